import time
from types import SimpleNamespace

import jax

load, place, calling = backend.load, backend.place, backend.calling
block_until_ready = jax.block_until_ready
owed = []


def on_the_processor(spec):
    model, reported = load({**spec, "device": "cpu"})
    model.processor = model.concord_device
    model.concord_device = SimpleNamespace(memory_stats=lambda: {"peak_bytes_in_use": 7 * 2**20})
    return model, reported


def placed_on_the_processor(model, inputs):
    owed.append(0.5)
    return place(SimpleNamespace(concord_device=model.processor), inputs)


def queued(model, mode):
    run = calling(model, mode)
    return lambda placed: (run(placed), owed.append(0.05))[0]


def wait(values):
    while owed:
        time.sleep(owed.pop())
    return block_until_ready(values)


backend.devices = lambda: ["cpu", "cuda"]
backend.load = on_the_processor
backend.place = placed_on_the_processor
backend.calling = queued
jax.block_until_ready = wait
