"""Files that one stack writes and the other reads: the same weights, the same answers."""

import filecmp
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from compat.budget import RMSE_BUDGET
from compat.changes import EXCHANGE, WAYS, Change, Kind, apart
from compat.compare import assert_within_budget, compare_outputs
from compat.judging import NO_ANSWER, Judge
from compat.loading import assert_all_kept
from fixtures.arrays import Arrays
from fixtures.cases import Case, called
from fixtures.lab import Lab
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply, Worker

SETTINGS = ("config.json", "generation_config.json")  # each stack writes its own version into these
ABREAST = 2  # models whose files are written and read at the same time


class Exchange:
    """Has each stack read what the other wrote; ``compared`` names the ways that files went and could be asked about.

    ``sides`` is what cases call the old and the new stack.
    """

    def __init__(self, lab: Lab, sides: tuple[str, str]):
        self.lab = lab
        self.sides = sides
        self.judge = Judge(lab)
        self.compared: list[str] = []
        # Without the stacks' names, so that a change can be found between other stacks too.
        self.ways = dict(zip(sides, WAYS, strict=True))

    def changes(self, cases: Iterable[Case]) -> Iterator[Change]:
        """A change for each case of ``roundtrip``, both ways, in which the other stack doesn't read what one wrote.

        What the reader can't do with the checkpoint itself, or makes of its own file as well, is not told again.
        """
        by_model = defaultdict(list)
        for case in cases:
            by_model[_model_of(case)].append(case)
        for group in by_model.values():
            self._prepare(group[0])
        with ThreadPoolExecutor(max_workers=ABREAST, thread_name_prefix="exchange") as pool:
            for compared, found in pool.map(self._of_model, by_model.values()):
                self.compared += compared
                yield from found

    def _prepare(self, case: Case) -> None:
        """Have workers and files there before several threads ask for them."""
        self.lab.worker("reference")
        for side in self.sides:
            self._worker(case, side)
        with suppress(CaseFailed):  # it is told when the case is asked
            self.lab.directory(case)

    def _of_model(self, cases: Sequence[Case]) -> tuple[list[str], list[Change]]:
        """Which ways the files of one checkpoint on one backend went, and what changed; what a stack reads is asked once."""
        wanted: dict[str, Reply] = {}
        compared, found, read = [], [], set()
        for case in cases:
            with tempfile.TemporaryDirectory(prefix="concord-written-") as place:
                folders = {side: Path(place) / str(number) for number, side in enumerate(self.sides)}
                reference = self._reference(case)
                for reader in self.sides:
                    if reader not in wanted:
                        with suppress(CaseFailed):  # as above
                            wanted[reader] = self._ask(case, reader)
                wrote = [
                    side
                    for side in self.sides[::-1]
                    if self._other(side) in wanted and self._write(case, side, folders[side])
                ]
                compared += [f"{case.mode}: {self.ways[side]}" for side in wrote]
                if len(wrote) == len(self.sides) and read.issuperset(wrote) and _same_weights(*folders.values()):
                    continue  # who reads the other's file reads its own, and the other's settings it has read
                for writer in wrote:
                    change = self._read(case, writer, folders[writer], wanted, reference)
                    found += filter(None, [change])
                    read.update([] if change else [writer])
        return compared, found

    def _reference(self, case: Case) -> tuple[Arrays, Arrays] | None:
        """The truth and its rounded counterpart, None where there is none: answers are then held against each other alone."""
        with suppress(CaseFailed):
            return self.judge.reference.truth(case), self.judge.reference.rounded(case)
        return None

    def _read(
        self,
        case: Case,
        writer: str,
        folder: Path,
        wanted: Mapping[str, Reply],
        reference: tuple[Arrays, Arrays] | None,
    ) -> Change | None:
        """What changed if the other stack makes of ``folder`` what it doesn't make of the checkpoint, told by ``wanted``."""
        reader = self._other(writer)
        try:
            read = self._ask(case, reader, str(folder))
            weights = [reply.value["loading"]["weights"] for reply in (wanted[reader], read)]
            self._assert_kept(case, *weights)
            self._assert_same(case, reader, wanted[reader].arrays, read.arrays, reference)
        except CaseFailed as error:
            own = self.judge.judge(replace(case, stack=reader))
            alike = (own.verdict, own.reason) == (error.verdict, error.reason)
            wavers = any(self._wavers(case, side) for side in self.sides)
            by_chance = not reference and error.verdict not in NO_ANSWER and wavers
            if not alike and not by_chance:
                return self._change(case, writer, error)
        return None

    def _wavers(self, case: Case, side: str) -> bool:
        """Whether a stack answers otherwise each time that it loads the checkpoint."""
        return bool(self.judge.unsettled(replace(case, stack=side, check="outputs")))

    def _drawn(self, case: Case) -> set[str]:
        """Weights that either stack gives other values each time that it loads the checkpoint."""
        return {name for side in self.sides for name in self.judge.drawn(replace(case, stack=side))}

    def _assert_kept(self, case: Case, wanted: Mapping[str, str], read: Mapping[str, str]) -> None:
        """Raise `CaseFailed` when a weight is another, unless it is another at each load of the checkpoint itself."""
        try:
            assert_all_kept(wanted, read, case.title)
        except CaseFailed:
            drawn = self._drawn(case)
            settled = ({name: value for name, value in side.items() if name not in drawn} for side in (wanted, read))
            assert_all_kept(*settled, case.title)

    def _assert_same(
        self, case: Case, reader: str, wanted: Arrays, read: Arrays, reference: tuple[Arrays, Arrays] | None
    ) -> None:
        """Raise `CaseFailed` when what was ``read`` is another answer than the reader's own to the checkpoint, ``wanted``."""
        try:
            self._assert_alike(case, wanted, read, reference)
        except CaseFailed:
            if not self._wavers(case, reader):
                raise

    def _assert_alike(self, case: Case, wanted: Arrays, read: Arrays, reference: tuple[Arrays, Arrays] | None) -> None:
        if reference:
            masks = self.judge.reference.masks(case)
            try:
                assert_within_budget(compare_outputs(wanted, *reference, masks, case.title), case.title)
            except CaseFailed:
                pass  # the reader's own answer is no measure of the truth's kind
            else:
                assert_within_budget(compare_outputs(read, *reference, masks, case.title), case.title)
                return
        ratio = apart(read, wanted, case.dtype, case.title)
        if ratio > RMSE_BUDGET:
            text = f"{case.title}: another answer than to the checkpoint itself, ratio {ratio:.3g}"
            raise CaseFailed(Verdict.MISMATCH, text)

    def _ask(self, case: Case, name: str, folder: str = "") -> Reply:
        """The answer of the stack ``name`` to the checkpoint, or to what lies in ``folder``; raises `CaseFailed`."""
        written = {"directory": folder, "source": case.backend} if folder else {}
        spec = {**case.spec(self.lab.directory(case)), **written}
        return self._worker(case, name).ask("forward", self.lab.inputs(case), spec=spec)

    def _write(self, case: Case, writer: str, folder: Path) -> bool:
        """Have a stack save the checkpoint in ``folder``; whether it could, for the checkpoint's own cases tell why not."""
        spec = case.spec(self.lab.directory(case))
        with suppress(CaseFailed):
            self._worker(case, writer).ask("saved", spec=spec, mode=case.mode, directory=str(folder))
            return True
        return False

    def _other(self, side: str) -> str:
        return next(each for each in self.sides if each != side)

    def _worker(self, case: Case, name: str) -> Worker:
        return self.lab.worker_of(replace(case, stack=name))

    def _change(self, case: Case, writer: str, error: CaseFailed) -> Change:
        reader = self._other(writer)
        return Change(
            kind=Kind.FORMAT,
            check=EXCHANGE,
            architecture=called(case.checkpoint.architecture, case.checkpoint.name),
            head=case.checkpoint.head,
            backend=case.backend,
            case=f"{case.mode}: {self.ways[writer]}",
            old="read as it was written",
            new=f"{error.verdict}: {error.reason.removeprefix(f'{case.title}: ')}",
            do=f"save with {reader} what {reader} is to read",
            first=str(error.verdict),
        )


def _model_of(case: Case) -> tuple:
    """What cases have in common that a stack answers alike: the checkpoint's files, the inputs, the backend."""
    return (case.checkpoint, case.format, case.inputs, case.backend, case.dtype)


def _same_weights(one: Path, other: Path) -> bool:
    """Whether two folders have the same files, but for `SETTINGS` to the last bit."""
    names = {path.name for path in one.iterdir()}
    if names != {path.name for path in other.iterdir()}:
        return False
    weights = sorted(names.difference(SETTINGS))
    return bool(weights) and not any(filecmp.cmpfiles(one, other, weights, shallow=False)[1:])
