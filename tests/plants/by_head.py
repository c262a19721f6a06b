# One fault a head: SOURCES, which the test puts before this text, maps heads to the sources of other plants.
import types

load, forward = backend.load, backend.forward
planted = {}
for head, source in SOURCES.items():
    planted[head] = types.SimpleNamespace(load=load, forward=forward)
    exec(source, {"backend": planted[head]})


def load_planted(spec):
    model, reported = planted[spec["head"]].load(spec)
    model.concord_head = spec["head"]
    return model, reported


backend.load = load_planted
backend.forward = lambda model, inputs: planted[model.concord_head].forward(model, inputs)
