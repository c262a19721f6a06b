forward = backend.forward


def one_further(model, inputs):
    return forward(model, {**inputs, "position_ids": inputs["position_ids"] + 1})


backend.forward = one_further
