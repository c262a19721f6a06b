"""Runs in a worker before a fault file: puts each fault on the one checkpoint that it is named after.

``@on("bert-masked-lm")`` calls the decorated function with that checkpoint's model after every load.
"""

FAULTS = {}


def on(place):
    def remember(change):
        FAULTS[place] = change
        return change

    return remember


def place_of(spec):
    # …/checkpoints/bert-masked-lm-0123456789abcdef/safetensors
    return spec["directory"].replace("\\", "/").split("/")[-2].rpartition("-")[0]


def wrap(name, place):
    """Replace the backend's function called ``name`` for one place; the new one gets the old one first."""
    usual = getattr(backend, name)

    def remember(change):
        def wrapped(model, *arguments):
            if getattr(model, "concord_place", "") == place:
                return change(usual, model, *arguments)
            return usual(model, *arguments)

        setattr(backend, name, wrapped)
        return change

    return remember


_load = backend.load


def _planted(spec):
    model, reported = _load(spec)
    model.concord_place = place_of(spec)
    if model.concord_place in FAULTS:
        FAULTS[model.concord_place](model)
    return model, reported


backend.load = _planted
