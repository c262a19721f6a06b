import torch

load = backend.load


def with_tanh(spec):
    model, reported = load(spec)
    for module in model.modules():
        if hasattr(module, "intermediate_act_fn"):
            module.intermediate_act_fn = torch.nn.GELU(approximate="tanh")
    return model, reported


backend.load = with_tanh
