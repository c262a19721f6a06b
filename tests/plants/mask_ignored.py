import numpy as np

forward = backend.forward


def without_mask(model, inputs):
    seen = {name: np.ones_like(value) if name == "attention_mask" else value for name, value in inputs.items()}
    return forward(model, seen)


backend.forward = without_mask
