trainer = backend.trainer


def with_a_larger_rate(model, settings):
    return trainer(model, {**settings, "rates": [1.01 * rate for rate in settings["rates"]]})


backend.trainer = with_a_larger_rate
