load = backend.load


def on_the_processor(spec):
    assert spec["device"] == "cuda"
    return load({**spec, "device": "cpu"})


backend.devices = lambda: ["cpu", "cuda"]
backend.load = on_the_processor
