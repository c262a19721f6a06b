forward = backend.forward


def all_of_the_second_sentence(model, inputs):
    return forward(model, {**inputs, "token_type_ids": inputs["input_ids"] * 0 + 1})


backend.forward = all_of_the_second_sentence
