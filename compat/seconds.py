"""How long each stack takes, coarsely: the shortest of a few rounds, told when it is several times the other's.

Both are asked at the same time, so that whatever else the machine does meets both. One round is enough where the new stack
takes next to no time, two where nothing comes near that: a process's first round has what is done once in it.
"""

import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from compat import accounts
from compat.changes import TOKENIZER, Change, Kind, advice
from fixtures.arrays import Arrays
from fixtures.backends import REFERENCE
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


def slower(lab: Lab, sides: tuple[str, str], case: Case, tokenizer: str, prompt: Case | None) -> Iterator[Change]:
    """Phases of one case that are several times slower, and tokenizers that only the old stack can load and use.

    ``tokenizer`` is a directory, empty for none; ``prompt`` the case whose inputs the model goes on from, None where it can't.
    """
    found: tuple[list, list] = ([], [])
    failed: tuple[dict, dict] = ({}, {})
    about = {"architecture": called(case.checkpoint.architecture, case.checkpoint.name), "head": case.checkpoint.head}
    with tempfile.TemporaryDirectory(prefix="concord-added-") as folder, ThreadPoolExecutor(len(sides)) as pool:
        try:
            spec, inputs = case.spec(lab.directory(case)), lab.inputs(case)
            prompts = lab.inputs(prompt) if prompt else None
            workers = [lab.worker_of(replace(case, stack=side)) for side in sides]
            tokenizers = _tokenizers(workers[0], case, tokenizer, folder)

            def once(worker: Worker, lost: dict[str, CaseFailed]) -> dict[str, float]:
                return _phases(worker, spec, inputs, prompts) | _of_tokenizers(worker, tokenizers, lost)

            for count in range(1, ROUNDS + 1):
                for told, phases in zip(found, pool.map(once, workers, failed), strict=True):
                    told.append(phases)
                least = [_least(told) for told in found]
                if accounts.at_once(least[1]) or (count > 1 and not accounts.near_slower(*least)):
                    break
        except CaseFailed:
            return  # what can't run has no time, and is told as what it is
    yield from accounts.compare_seconds(*least, {**about, "backend": case.backend})
    for how, error in failed[1].items():
        if how not in failed[0]:
            text, do = f"{error.verdict}: {error.reason}", advice(Kind.LOUD, error.verdict)
            told = {"case": f"load and use{how}", "old": "works", "new": text, "do": do, "backend": ""}
            yield Change(Kind.LOUD, TOKENIZER, **{**about, "head": TOKENIZER, **told})


def _least(told: list[Mapping[str, float]]) -> dict[str, float]:
    """The shortest of each phase that every round has."""
    return {phase: min(one[phase] for one in told) for phase in told[0] if all(phase in one for one in told)}


def _tokenizers(old: Worker, case: Case, directory: str, folder: str) -> dict[str, str]:
    """The directory of the tokenizer by what is said after its phase: as it is, and with tokens that the old stack adds."""
    if not directory or case.backend != REFERENCE:
        return {}
    found = {"": directory}
    with suppress(CaseFailed):
        plain = [f"<concord{number}>" for number in range(ADDED)]
        added = {"plain": plain, "special": []}
        old.ask("save_tokenizer", tokenizer={**auto(directory), "added": added}, directory=folder)
        found[f", {ADDED:,} tokens added"] = folder
    return found


def _of_tokenizers(worker: Worker, directories: Mapping[str, str], failed: dict[str, CaseFailed]) -> dict[str, float]:
    """Seconds by phase of each of `_tokenizers`; why there are none is put into ``failed``."""
    phases = {}
    for how, directory in directories.items():
        try:
            value = worker.ask("time_tokenizer", tokenizer=auto(directory), texts=TEXTS).value
        except CaseFailed as error:
            failed[how] = error
            continue
        phases[f"tokenizer load{how}"] = value["load"]["seconds"]
        phases[f"tokenisation{how}"] = value["encode"]["seconds"]
    return phases


def _phases(worker: Worker, spec: Mapping[str, Any], inputs: Arrays, prompts: Arrays | None) -> dict[str, float]:
    """Seconds by phase; of the import the CPU's, for more processes than there are cores start at the same time."""
    told = worker.ask("time", inputs, spec=spec, warmup=1, rounds=5, seconds=0.3).value
    phases = {
        accounts.IMPORT: worker.about["import"]["cpu_seconds"],
        "load": told["load"]["seconds"],
        "first call": told["first"]["seconds"],
        "forward": min(told["wall"]),
    }
    if prompts is not None:
        with suppress(CaseFailed):
            value = worker.ask("time_writing", prompts, spec=spec, tokens=TOKENS, rounds=1).value
            phases["generation"] = min(took["seconds"] for took in value["whole"])
    return phases
