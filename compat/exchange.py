"""Files that one stack writes and the other reads: the same weights, the same answers."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from compat.changes import Change, Kind
from compat.compare import assert_within_budget, compare_outputs
from compat.judging import Judge
from compat.loading import assert_all_kept
from fixtures.cases import Case, called
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed
from fixtures.worker import Worker


def exchanged(judge: Judge, lab: Lab, sides: tuple[str, str], cases: Iterable[Case]) -> Iterator[Change]:
    """A change for each case of ``roundtrip``, both ways, in which the other stack doesn't read what one wrote.

    ``sides`` is what cases call the old and the new stack. What the reader can't do with the checkpoint itself is not told again.
    """
    for case in cases:
        for writer, reader in (sides[::-1], sides):
            try:
                wanted = _worker(lab, case, reader).ask(
                    "forward", lab.inputs(case), spec=case.spec(lab.directory(case))
                )
                truth, rounded = judge.reference.truth(case), judge.reference.rounded(case)
            except CaseFailed:
                continue
            masks = judge.reference.masks(case)
            try:
                with tempfile.TemporaryDirectory(prefix="concord-written-") as folder:
                    _write(lab, case, writer, Path(folder))
                    spec = {**case.spec(lab.directory(case)), "directory": folder, "source": case.backend}
                    read = _worker(lab, case, reader).ask("forward", lab.inputs(case), spec=spec)
                assert_all_kept(wanted.value["loading"]["weights"], read.value["loading"]["weights"], case.title)
                assert_within_budget(compare_outputs(read.arrays, truth, rounded, masks, case.title), case.title)
            except _CannotWrite:
                continue
            except CaseFailed as error:
                yield _change(case, writer, reader, error)


class _CannotWrite(Exception):
    """The writer failed; its own round trip tells."""


def _write(lab: Lab, case: Case, writer: str, folder: Path) -> None:
    try:
        _worker(lab, case, writer).ask(
            "saved", spec=case.spec(lab.directory(case)), mode=case.mode, directory=str(folder)
        )
    except CaseFailed as error:
        raise _CannotWrite from error


def _worker(lab: Lab, case: Case, name: str) -> Worker:
    return lab.worker_of(replace(case, stack=name))


def _change(case: Case, writer: str, reader: str, error: CaseFailed) -> Change:
    reason = error.reason.removeprefix(f"{case.title}: ")
    return Change(
        kind=Kind.FORMAT,
        check="exchange",
        architecture=called(case.checkpoint.architecture, case.checkpoint.name),
        head=case.checkpoint.head,
        backend=case.backend,
        case=f"{case.mode}: {writer} writes, {reader} reads",
        old="read as it was written",
        new=f"{error.verdict}: {reason}",
        do=f"save with {reader} what {reader} is to read",
        first=str(error.verdict),
    )
