import numpy as np

forward = backend.forward


def nan_without_mask(model, inputs):
    outputs = forward(model, inputs)
    if "attention_mask" not in inputs:
        outputs["logits"] = np.full_like(outputs["logits"], np.nan)
    return outputs


backend.forward = nan_without_mask
