forward = backend.forward


def hangs_on_one_token(model, inputs):
    while inputs["input_ids"].shape[-1] == 1:
        pass
    return forward(model, inputs)


backend.forward = hangs_on_one_token
