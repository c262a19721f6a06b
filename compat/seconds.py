"""How long each stack takes, coarsely: the shortest of a few rounds, told when it is several times the other's.

Both are asked at the same time, so that whatever else the machine does meets both. One round is enough where nothing comes near
that. A first call has in it what a process does once, as it has for a user; of loads the process has done others before.
"""

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from compat import accounts
from compat.changes import SECONDS, TOKENIZER, Change, Kind, advice
from fixtures.arrays import Arrays
from fixtures.cases import Case, called
from fixtures.lab import Lab
from fixtures.text.sentences import FINANCE, REVIEWS
from fixtures.tokenizers.cases import auto
from fixtures.verdicts import CaseFailed
from fixtures.worker import Worker

ROUNDS = 3
TEXTS = [*FINANCE, *(review for review, _ in REVIEWS)] * 4
TOKENS = 32  # that a model writes
ADDED = 2000  # tokens, as many as a vocabulary is extended by for a domain of its own
# What is timed, by the check that its failure is told under: an error that the check's own cases show is told once.
RUN, WRITE, USE = "load and run, timed", "write, timed", "load and use, timed"
UNDER = {RUN: "outputs", WRITE: "generation", USE: TOKENIZER}
WRITING, OF_TOKENIZERS = "generation", ("tokenizer load", "tokenisation")  # phases

Seconds = Mapping[str, float]  # by phase


@dataclass
class Side:
    """One stack's worker, its rounds, and why a part of them can't be timed."""

    worker: Worker
    rounds: list[Seconds] = field(default_factory=list)
    failed: dict[str, CaseFailed] = field(default_factory=dict)

    def once(self, parts: Mapping[str, Callable[[Worker], Seconds]]) -> None:
        """One more round of each part that has not failed yet."""
        phases: dict[str, float] = {}
        for part, time in parts.items():
            if part not in self.failed:
                try:
                    phases.update(time(self.worker))
                except CaseFailed as error:
                    self.failed[part] = error
        self.rounds.append(phases)

    @property
    def least(self) -> Seconds:
        """The shortest of each phase that every round has."""
        return {
            name: min(one[name] for one in self.rounds)
            for name in self.rounds[0]
            if all(name in one for one in self.rounds)
        }


class Timed(NamedTuple):
    """What timing one case tells: the changes, whether anything of the old stack could be timed, and why a part could not."""

    changes: list[Change]
    anything: bool
    untimed: dict[str, str]


def slower(lab: Lab, sides: tuple[str, str], case: Case, tokenizer: str, prompt: Case | None) -> Timed:
    """Phases of one case that are several times slower or can't be timed any more.

    ``tokenizer`` is a directory, empty for none; ``prompt`` the case whose inputs the model goes on from, None where it can't.
    """
    try:
        spec, inputs = case.spec(lab.directory(case)), lab.inputs(case)
        old, new = both = [Side(lab.worker_of(replace(case, stack=side))) for side in sides]
        parts: dict[str, Callable[[Worker], Seconds]] = {RUN: partial(_run, spec=spec, inputs=inputs)}
        if prompt:
            parts[WRITE] = partial(_write, spec=spec, inputs=lab.inputs(prompt))
    except CaseFailed as error:
        return Timed([], False, {RUN: f"{error.verdict}: {error.reason}"})
    with tempfile.TemporaryDirectory(prefix="concord-added-") as folder, ThreadPoolExecutor(len(both)) as pool:
        for how, directory in _tokenizers(old.worker, case, tokenizer, folder).items():
            parts[f"{USE}{how}"] = partial(_use, how=how, tokenizer=_tokenizer_of(case, directory))
        for _ in range(ROUNDS):
            list(pool.map(lambda side: side.once(parts), both))
            if not accounts.near_slower(old.least, new.least):
                break
    about = {
        "architecture": called(case.checkpoint.architecture, case.checkpoint.name),
        "head": case.checkpoint.head,
        "backend": case.backend,
    }
    lost = [_lost(part, error, about) for part, error in new.failed.items() if part not in old.failed]
    untimed = {part: f"{error.verdict}: {error.reason}" for part, error in old.failed.items()}
    return Timed([*accounts.compare_seconds(old.least, new.least, about), *lost], bool(old.least), untimed)


def is_of_seconds(change: Change) -> bool:
    """Whether `slower` is what would find a change."""
    return change.check == SECONDS or change.case.startswith(tuple(UNDER))


def part_of(phase: str) -> str:
    """What has to work for a phase to be timed, as the change is called that tells that it doesn't."""
    used = next((phase.removeprefix(name) for name in OF_TOKENIZERS if phase.startswith(name)), None)
    if used is not None:
        return f"{USE}{used}"
    return WRITE if phase == WRITING else RUN


def _lost(part: str, error: CaseFailed, about: Mapping[str, str]) -> Change:
    """What the old stack could be timed at and the new one can't; one that takes too long for any clock is among it."""
    check = next(check for begins, check in UNDER.items() if part.startswith(begins))
    where = {**about, "head": TOKENIZER, "backend": ""} if check == TOKENIZER else about
    new, do = f"{error.verdict}: {error.reason}", advice(Kind.LOUD, error.verdict)
    return Change(Kind.LOUD, check, case=part, old="works", new=new, do=do, **where)


def _tokenizers(old: Worker, case: Case, directory: str, folder: str) -> dict[str, str]:
    """The directory of the tokenizer by what is said after its phase: as it is, and with tokens that the old stack adds."""
    if not directory:
        return {}
    found = {"": directory}
    with suppress(CaseFailed):
        plain = [f"<concord{number}>" for number in range(ADDED)]
        added = {"added": {"plain": plain, "special": []}}
        old.ask("save_tokenizer", tokenizer={**_tokenizer_of(case, directory), **added}, directory=folder)
        found[f", {ADDED:,} tokens added"] = folder
    return found


def _run(worker: Worker, spec: Mapping[str, Any], inputs: Arrays) -> Seconds:
    """Of the import the CPU's, for more processes than there are cores start at the same time."""
    told = worker.ask("time", inputs, spec=spec, warmup=0, rounds=3, seconds=0.3).value
    about = _started_again(worker) if worker.about.get("fresh") else worker.about
    return {
        accounts.IMPORT: about["import"]["cpu_seconds"],
        accounts.LIBRARY_ALONE: about["library"]["cpu_seconds"],
        "load": told["least"]["seconds"],
        "first call": told["first"]["seconds"],
        "forward": min(told["wall"]),
    }


def _started_again(worker: Worker) -> Mapping[str, Any]:
    """What another process of the worker's says: the first of an environment compiles all that it imports."""
    again = Worker(worker.launch)
    try:
        return again.start()
    finally:
        again.close()


def _write(worker: Worker, spec: Mapping[str, Any], inputs: Arrays) -> Seconds:
    value = worker.ask("time_writing", inputs, spec=spec, tokens=TOKENS, rounds=1).value
    return {WRITING: min(took["seconds"] for took in value["whole"])}


def _tokenizer_of(case: Case, directory: str) -> dict[str, Any]:
    return auto(directory, trusted=case.checkpoint.trusted)


def _use(worker: Worker, how: str, tokenizer: Mapping[str, Any]) -> Seconds:
    value = worker.ask("time_tokenizer", tokenizer=dict(tokenizer), texts=TEXTS).value
    took = (value["load"]["seconds"], value["encode"]["seconds"])
    return {f"{phase}{how}": seconds for phase, seconds in zip(OF_TOKENIZERS, took, strict=True)}
