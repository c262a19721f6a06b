import ctypes

forward = backend.forward


def dies_on_one_row(model, inputs):
    if len(inputs["input_ids"]) == 1:
        ctypes.string_at(0)
    return forward(model, inputs)


backend.forward = dies_on_one_row
