import time

import tensorflow as tf

load, place, calling = backend.load, backend.place, backend.calling
owed = []


def on_the_processor(spec):
    model, reported = load({**spec, "device": "cpu"})
    model.concord_device = "/GPU:0"
    return model, reported


def placed_on_the_processor(model, inputs):
    owed.append(0.5)
    model.concord_device = "/CPU:0"
    placed = place(model, inputs)
    model.concord_device = "/GPU:0"
    return placed


def queued(model, mode):
    run = calling(model, mode)
    return lambda placed: (run(placed), owed.append(0.05))[0]


def synchronize():
    while owed:
        time.sleep(owed.pop())


backend.devices = lambda: ["cpu", "cuda"]
backend.load = on_the_processor
backend.place = placed_on_the_processor
backend.calling = queued
tf.test.experimental.sync_devices = synchronize
tf.config.experimental.get_memory_info = lambda device: {"GPU:0": {"peak": 7 * 2**20}}[device]
