forward = backend.forward


def right_only_together(model, inputs):
    outputs = forward(model, inputs)
    if len(inputs["input_ids"]) == 1:
        outputs["logits"] = outputs["logits"] * 1.001
    return outputs


backend.forward = right_only_together
