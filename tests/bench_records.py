"""Records of benchmarks as a run writes them, for tests of what is drawn from them."""

import numpy as np

from fixtures.records import FIELDS, Run

HEADER = {
    "suite": "bench",
    "run": "0" * 32,
    "started": "2026-11-22T06:00:00+00:00",
    "stack": {"name": "tr457", "python": "3.11", "packages": {"transformers": "4.57.6", "torch": "2.13.0"}},
    "machine": {"cpu": "a processor", "cores": 2},
    "device": "cpu",
    "threads": 1,
}
ONCE = {"seconds": 3.7123, "cpu_seconds": 3.512}


def record(**changed):
    base = dict.fromkeys(FIELDS, "")
    base.update(suite="bench", check="inference", architecture="bert", head="base", checkpoint="mini", case="1x64")
    base.update(backend="torch", mode="eager", stack="tr457", device="cpu", dtype="float32", format="safetensors")
    base.update(verdict="pass", expected="pass", ratio=1.25, tensors=2, source="NSMC (ratings_test.txt)")
    return {**base, **changed}


def timed(milliseconds, spread=0.5, launches=1, **changed):
    """An inference record whose calls' median is as given, within ``spread``, in ms; each launch is a millisecond later."""
    calls = [(milliseconds + later + spread * np.linspace(-2, 2, 101)) / 1000 for later in range(launches)]
    told = [
        {"launch": f"{place:032x}", "import": ONCE, "load": ONCE, "first": ONCE, "second": ONCE}
        | {"wall": wall.tolist(), "cpu": (0.9 * wall).tolist()}
        for place, wall in enumerate(calls)
    ]
    return record(launches=told, **changed)


def written(**changed):
    """A decoding record: 10 ms to the first of 33 tokens, and 1 ms for each of the others."""
    one, whole = [{"seconds": 0.010, "cpu_seconds": 0.010}] * 8, [{"seconds": 0.042, "cpu_seconds": 0.042}] * 8
    launch = {"launch": "0", "load": ONCE, "first": [ONCE, ONCE], "one": one, "whole": whole}
    return record(check="decoding", mode="", case="1x32+33", written=33, ratio=0.0, launches=[launch], **changed)


def encoded(**changed):
    """A tokenisation record: a thousand texts in 0.25 s."""
    rounds = [{"seconds": 0.25, "cpu_seconds": 0.25}] * 8
    launch = {"launch": "0", "load": ONCE, "encode": rounds[0], "rounds": rounds, "kind": "fast"}
    return record(check="tokenisation", mode="fast", case="1000 texts", ratio=0.0, launches=[launch], **changed)


def held(host, device=None, **changed):
    """A memory record, sizes in MiB; the import takes 200."""
    sizes = {"imported": 200 * 2**20, "host": host * 2**20, "device": device and device * 2**20}
    return record(check="memory", peak={"launch": "0", **sizes}, **changed)


def counted(instructions, tool="perf", why="", **changed):
    """A record of instructions a call."""
    told = {"tool": tool, "instructions": instructions, "why": why}
    return record(check="instructions", mode="", case="length-1", counted=told, **changed)


def taught(milliseconds, correct=800, reference=True, **changed):
    """A record of a course of 41 steps: the first takes 3 s, the others' median is as given, in ms."""
    wall = [3.0, *((milliseconds + np.linspace(-2, 2, 40)) / 1000)]
    phases = {"launch": "0", "import": ONCE, "load": ONCE, "wall": wall, "cpu": wall, "peak_bytes": 500 * 2**20}
    told = {
        "phases": phases,
        "losses": np.linspace(0.7, 0.5, 41).tolist(),
        "score": {"correct": correct, "asked": 1000},
    }
    expected = {"share": 0.25, "losses": [0.6] * 41, "expected": {"correct": 805, "asked": 1000}}
    told["following"] = expected if reference else None
    about = {"check": "nsmc", "checkpoint": "albert-char-fresh", "case": "32x48x41", "mode": "", "seconds": 90.0}
    return record(**{**about, **told, **changed})


def run(*cases):
    return Run(HEADER, cases, {})
