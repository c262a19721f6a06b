load = backend.load


def with_another_epsilon(spec):
    model, reported = load(spec)
    for name, module in model.named_modules():
        if "layer.1." in name and hasattr(module, "eps"):
            module.eps = 1e-3
    return model, reported


backend.load = with_another_epsilon
