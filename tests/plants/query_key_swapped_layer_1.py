load = backend.load


def swapped(spec):
    model, reported = load(spec)
    for name, module in model.named_modules():
        if name.endswith("layer.1.attention.self"):
            module.query, module.key = module.key, module.query
    return model, reported


backend.load = swapped
