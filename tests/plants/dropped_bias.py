load = backend.load


def without_bias(spec):
    model, reported = load(spec)
    for variable in model.weights:
        if "layer_._1/intermediate/dense/bias" in variable.name:
            variable.assign(variable * 0.0)
    return model, reported


backend.load = without_bias
