"""A pretended backend whose device works on its own: what it is asked for is done later, in the order of asking.

``hurries``: the names of what it is asked for whose end its `ready` doesn't wait for, as a backend without a synchronisation.
"""

import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from fixtures.backends.timing import Timing

LATE = 0.05  # seconds that the device takes for anything


class LateDevice(Timing):
    """A worker's clock over such a backend; it is its own backend module."""

    def __init__(self, place=LATE, hurries=False):
        self.module = self
        self.placing = place
        self.hurries = hurries
        self._queue = ThreadPoolExecutor(max_workers=1)

    def class_of(self, spec):
        time.sleep(LATE)

    def _load(self, spec):
        return "model", {}

    def _asked(self, seconds, value):
        return self._queue.submit(lambda: (time.sleep(seconds), value)[1])

    def place(self, model, inputs):
        return self._asked(self.placing, inputs)

    def calling(self, model, mode):
        return lambda placed: self._asked(LATE, "output")

    def writer(self, model, count):
        return lambda placed: self._asked(LATE * count, "tokens")

    def ready(self, model, values):
        if isinstance(values, Future) and not self.hurries:
            values.result()
        return values

    def read(self, output):
        return {"logits": np.zeros(1)}

    def tokens(self, model, made):
        return {"sequences": np.zeros((1, 1))}

    def device_peak(self, model):
        return 2**20
