"""The loop that workers time, in a process without a worker: what the harness itself costs is the ratio of the two.

Started with a stack's interpreter and one JSON object on standard input: ``root, backend, threads, spec, inputs`` (an
``.npz``), and ``outputs``, an ``.npz`` to write, for one that is not held to one core. It then runs one block of calls for each
line that it reads, and prints the block's seconds as JSON.
"""

import importlib
import json
import os
import sys
import time

del sys.path[0]  # this folder, whose modules have names of the standard library's

import numpy as np  # noqa: E402


def main():
    """Load, warm up, and time a block of calls for each line on standard input."""
    asked = json.loads(sys.stdin.readline())
    outputs = asked.get("outputs")
    if not outputs and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    sys.path.append(asked["root"])
    backend = importlib.import_module("fixtures.backends." + asked["backend"])
    backend.set_threads(asked["threads"])
    model, _ = backend.load(asked["spec"])
    placed = backend.place(model, dict(np.load(asked["inputs"])))
    for _ in range(5):
        backend.call(model, placed)
    if outputs:
        np.savez(outputs, **backend.read(backend.call(model, placed)))
    print(json.dumps("ready"), flush=True)
    still = importlib.import_module("fixtures.backends.still")
    still.settle()
    for line in sys.stdin:
        seconds = []
        with still.uncollected():
            for _ in range(int(line)):
                started = time.perf_counter()
                backend.call(model, placed)
                seconds.append(time.perf_counter() - started)
        print(json.dumps(seconds), flush=True)


if __name__ == "__main__":
    main()
