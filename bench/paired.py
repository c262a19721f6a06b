"""Live launches of old, new and old-again side by side, and what they come to as rows.

A launch starts every arm's process anew, in an order of its own; a turn asks each for a block of calls, and the same control
work right after it. So an arm is held against the one that ran a moment before, and a drift of the machine meets all alike.
"""

import itertools
import math
import random
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

import numpy as np

from bench.speed import Row, Word
from fixtures.arrays import Arrays
from fixtures.tokenizers.cases import auto
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply, Worker

ARMS = ("old", "new", "again")
BLOCK_SECONDS = 0.02  # of calls in one turn: long against the clock, short against what disturbs a machine
LONGEST_BLOCK = 200
# What disturbs one turn does not the next, so that many turns tell more than long ones; slow models have fewer of them.
LAUNCH_SECONDS = 6.0  # of calls of all arms
LEAST_ROUNDS = 2  # of turns in which each order of the arms comes once
WARM_UP = 3
TOKENIZER_TURNS = 6  # of a tokenizer's load and of one batch of texts; each order of the arms comes once
CONTROL = "control"
# Threads that wait would spin on the one core that another arm computes on.
PASSIVE = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "OPENBLAS_THREAD_TIMEOUT": "4"}

Figures = dict[str, dict[str, list[float]]]  # phase, metric: seconds or bytes, one a turn or one a launch


@dataclass(frozen=True)
class Job:
    """What is timed: ``spec`` as a worker's ``load`` takes it, the model's inputs, and a tokenizer's directory or none."""

    backend: str
    checkpoint: str
    spec: Mapping[str, Any]
    arrays: Arrays
    tokenizer: str = ""
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Launched:
    """One launch of every arm: raw figures by arm, phase and metric.

    ``untimed`` is the word and the reason of a tokenizer that has none.
    """

    order: tuple[str, ...]
    figures: Mapping[str, Figures]
    untimed: tuple[Word, str] | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started: float = field(default_factory=time.time)

    def as_json(self) -> dict[str, Any]:
        """All of it, to be kept."""
        return asdict(self)


def orders(count: int, chosen: random.Random) -> list[tuple[str, ...]]:
    """``count`` orders of the arms by chance, none of the six more than once oftener than another."""
    found: list[tuple[str, ...]] = []
    while len(found) < count:
        found += chosen.sample(list(itertools.permutations(ARMS)), 6)
    return found[:count]


def launch(
    job: Job,
    start: Callable[[str], Worker],
    order: Sequence[str],
    turns: Sequence[Sequence[str]],
    same_work: Callable[[str, Reply], None],
) -> Launched:
    """Start every arm and a control, and time them in turns.

    ``turns``: the arms' orders; where calls take long only the first of them. ``start`` gives a process by arm, or `CONTROL`'s.
    ``same_work`` is called with an arm and what it answered, before any of its calls is timed, and raises when it must not be.
    Raises `CaseFailed` for a worker that fails.
    """
    workers: dict[str, Worker] = {}
    figures: dict[str, Figures] = {}
    untimed = None
    try:
        for arm in order:
            workers[arm] = start(arm)
            figures[arm] = _begun(workers[arm], job, lambda reply, arm=arm: same_work(arm, reply))
        control = workers[CONTROL] = start(CONTROL)
        control.ask("prepare", spec={"device": "cpu"}, inputs={}, warmup=WARM_UP)
        calls, count = _blocks(workers["old"])
        for turn in turns[:count]:
            for arm in turn:
                _add(figures[arm], "forward", _middle(workers[arm].ask("block", calls=calls).value))
                _add(figures[arm], CONTROL, _middle(control.ask("block", calls=3).value))
        if job.tokenizer:
            untimed = _time_tokenizers(workers, figures, job, turns[:TOKENIZER_TURNS])
    finally:
        for worker in workers.values():
            worker.close()
    return Launched(tuple(order), figures, untimed)


def rows(job: Job, launches: Sequence[Launched]) -> list[Row]:
    """A row for every phase and metric that all arms have figures of, in every launch."""
    first = launches[0].figures["old"]
    named = [(phase, metric) for phase in first for metric in first[phase]]
    return [row for phase, metric in named if (row := _row(job, launches, phase, metric))]


def _row(job: Job, launches: Sequence[Launched], phase: str, metric: str) -> Row | None:
    found = [[each.figures[arm].get(phase, {}).get(metric, []) for arm in ARMS] for each in launches]
    if any(min(side, default=0) <= 0 for sides in found for side in sides):
        return None
    ratios = [(_paired(new, old), _paired(again, old)) for old, new, again in found]
    new, again = zip(*ratios, strict=True)
    return Row(job.backend, job.checkpoint, phase, metric, new, again, median(median(old) for old, _, _ in found))


def _paired(side: Sequence[float], old: Sequence[float]) -> float:
    return median(math.log(one / other) for one, other in zip(side, old, strict=True))


def _begun(worker: Worker, job: Job, same_work: Callable[[Reply], None]) -> Figures:
    """Import of the library and of the model's code, load and the first two calls of a new process, and the memory they took."""
    figures: Figures = {}
    _add(figures, "import", _seconds(worker.start()["import"]))
    prepared = worker.ask("prepare", job.arrays, spec=job.spec, warmup=WARM_UP)
    same_work(prepared)
    code, load = _seconds(prepared.value["code"]), _seconds(prepared.value["load"])
    _add(figures, "model code", code)
    _add(figures, "load", {metric: seconds - code[metric] for metric, seconds in load.items()})
    _add(figures, "first call", _seconds(prepared.value["first"]))
    _add(figures, "second call", _seconds(prepared.value["second"]))
    peak = worker.ask("proof", names=[]).value["peak_bytes"]
    figures["peak"] = {"memory": [peak or 0]}
    return figures


def _time_tokenizers(
    workers: Mapping[str, Worker], figures: Mapping[str, Figures], job: Job, turns: Sequence[Sequence[str]]
) -> tuple[Word, str] | None:
    """The tokenizer's load and a batch of texts, in turns; what its first load imports is warm by then.

    Returns the word and the reason when there is nothing to compare: an arm can't, or makes other ids than the old one.
    """

    tokenizer = auto(job.tokenizer, trusted=bool(job.spec.get("trusted")))

    def asked(arm: str) -> Reply:
        return workers[arm].ask("time_tokenizer", tokenizer=tokenizer, texts=list(job.texts))

    try:
        ids = {arm: asked(arm).arrays for arm in ARMS}
        for arm in ARMS:
            if not all(np.array_equal(ids[arm][name], array) for name, array in ids["old"].items()):
                return Word.DIFFERENT_WORK, f"{arm}'s tokenizer makes other ids of the same texts"
        told = [(arm, asked(arm).value) for turn in turns for arm in turn]
    except CaseFailed as error:
        return Word.NOT_COMPARABLE, f"{error.verdict}: {error.reason}"
    for arm, value in told:
        _add(figures[arm], "tokenizer load", _seconds(value["load"]))
        _add(figures[arm], "tokenisation", _seconds(value["encode"]))
    return None


def _seconds(told: Mapping[str, float]) -> dict[str, float]:
    return {"cpu": told["cpu_seconds"], "wall": told["seconds"]}


def _middle(block: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """A block's middle call."""
    return {metric: median(block[metric]) for metric in ("cpu", "wall")}


def _add(figures: Figures, phase: str, told: Mapping[str, float]) -> None:
    """One turn's figures, or a launch's where a phase comes once in it."""
    for metric, seconds in told.items():
        figures.setdefault(phase, {}).setdefault(metric, []).append(seconds)


def _blocks(worker: Worker) -> tuple[int, int]:
    """How many calls make a block, and how many turns at most make a launch."""
    one = max(median(worker.ask("block", calls=3).value["wall"]), 1e-6)
    calls = min(LONGEST_BLOCK, max(1, round(BLOCK_SECONDS / one)))
    orders_of_arms = math.factorial(len(ARMS))
    rounds = round(LAUNCH_SECONDS / (orders_of_arms * len(ARMS) * calls * one))
    return calls, orders_of_arms * max(LEAST_ROUNDS, rounds)
