"""How long each stack takes, coarsely: the shortest of a few alternating rounds, told when it is several times the other's.

One round is enough where the new stack takes next to no time, two where nothing comes near that: a process's first round
has what is done once in it, and the old stack goes first.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from compat import accounts
from compat.changes import Change
from fixtures.backends import REFERENCE
from fixtures.cases import Case, called
from fixtures.lab import Lab
from fixtures.text.sentences import FINANCE, REVIEWS
from fixtures.verdicts import CaseFailed

ROUNDS = 3
TEXTS = [*FINANCE, *(review for review, _ in REVIEWS)] * 4


def slower(lab: Lab, sides: tuple[str, str], case: Case, tokenizer: str) -> Iterator[Change]:
    """Phases of one case that are several times slower; ``tokenizer`` is a directory, empty for none."""
    found: tuple[list, list] = ([], [])
    try:
        for count in range(1, ROUNDS + 1):
            for side, told in zip(sides, found, strict=True):
                told.append(_phases(lab, side, case, tokenizer))
            least = [{phase: min(one[phase] for one in told) for phase in told[0]} for told in found]
            if accounts.at_once(least[1]) or (count > 1 and not accounts.near_slower(*least)):
                break
    except CaseFailed:
        return  # what can't run has no time, and is told as what it is
    about = {"architecture": called(case.checkpoint.architecture, case.checkpoint.name), "head": case.checkpoint.head}
    yield from accounts.compare_seconds(*least, {**about, "backend": case.backend})


def _phases(lab: Lab, name: str, case: Case, tokenizer: str) -> Mapping[str, float]:
    """Seconds by phase; of the import the CPU's, for both stacks' processes start at the same time."""
    worker = lab.worker_of(replace(case, stack=name))
    told = worker.ask(
        "time", lab.inputs(case), spec=case.spec(lab.directory(case)), warmup=1, rounds=5, seconds=0.3
    ).value
    phases = {
        accounts.IMPORT: worker.about["import"]["cpu_seconds"],
        "load": told["load"]["seconds"],
        "first call": told["first"]["seconds"],
        "forward": min(told["wall"]),
    }
    if tokenizer and case.backend == REFERENCE:
        spec = {"directory": tokenizer, "class": "", "fast": True}
        value = worker.ask("time_tokenizer", tokenizer=spec, texts=TEXTS).value
        phases.update({"tokenizer load": value["load"]["seconds"], "tokenisation": value["encode"]["seconds"]})
    return phases
