import time

import torch

load, place, calling = backend.load, backend.place, backend.calling
owed = []


def on_the_processor(spec):
    return load({**spec, "device": "cpu"})


def placed_later(model, inputs):
    owed.append(0.5)
    return place(model, inputs)


def queued(model, mode):
    run = calling(model, mode)
    return lambda placed: (run(placed), owed.append(0.05))[0]


def synchronize():
    while owed:
        time.sleep(owed.pop())


backend.devices = lambda: ["cpu", "cuda"]
backend.load = on_the_processor
backend.place = placed_later
backend.calling = queued
backend._kind = lambda model: "cuda"
torch.cuda.synchronize = synchronize
torch.cuda.max_memory_allocated = lambda: 7 * 2**20
