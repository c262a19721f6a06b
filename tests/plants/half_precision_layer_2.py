load = backend.load


def stored_in_half_precision(spec):
    model, reported = load(spec)
    for name, parameter in model.named_parameters():
        if "layer.2." in name:
            parameter.data = parameter.data.half().float()
    return model, reported


backend.load = stored_in_half_precision
