"""Two stacks held against each other: the cases, and what is asked beside them.

One reference, of the old stack, gives truth and noise; both stacks' backends answer the same cases at the same time.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from compat import accounts, plan
from compat.changes import BREAKS, Change, Kind, apart, change_of, roots
from compat.encodings import Encodings
from compat.exchange import exchanged
from compat.judging import Judge, Judged
from compat.localise import WHERE, Localiser
from compat.seconds import slower
from fixtures.backends import REFERENCE
from fixtures.cases import Case, Checkpoint, called
from fixtures.checks import CHECKS as KNOWN
from fixtures.lab import Lab
from fixtures.options import Options
from fixtures.stacks import Stack, packages
from fixtures.verdicts import CaseFailed

SAFETENSORS = "safetensors"  # the package without which a stack reads ``.bin`` files alone
# Checks that ask in another way than one answer a case, of a trained checkpoint or of a configuration, compare frameworks and
# not stacks; variants go through `outputs`.
OF_STACKS = tuple(name for name, check in KNOWN.items() if check.candidate and name != "variants")
# Compiling adds minutes, and is the framework's work more than the library's.
CHECKS = tuple(name for name in OF_STACKS if name != "compiled")


@dataclass
class Upgrade:
    """Two stacks and what was found between them.

    ``every`` change is there before those of one root are told as one. ``compared`` counts the cases in which both gave an
    answer, ``values`` those of tokenizers; ``uncompared`` says of which checkpoints a stack gave no account, and why.
    """

    old: Stack
    new: Stack
    options: Options
    compared: int = 0
    values: int = 0
    every: list[Change] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    uncompared: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        both = [backend for backend in self.options.backends if backend in self.new.backends]
        everywhere = all(SAFETENSORS in packages(stack) for stack in (self.old, self.new))
        self.both = replace(self.options, backends=tuple(both), format="" if everywhere else "bin")
        self.cases = _in_order(self.both)
        self.twins = {id(case): replace(case, stack=self.called) for case in self.cases}

    @property
    def called(self) -> str:
        """What cases call the new stack: it may be the old one once more."""
        return self.new.name if self.new.name != self.old.name else f"{self.new.name} again"

    @property
    def sides(self) -> tuple[str, str]:
        """What cases call the two stacks."""
        return self.old.name, self.called

    def run(self, lab: Lab, localise: bool = True) -> list[Change]:
        """Every change at its root, worst first."""
        for backend in self.both.backends:
            for side in self.sides:
                lab.worker(backend, side).begin()
        found = [*self._removed(), *self._accounts(lab)]
        found += self.compared_cases(lab, self.cases)
        found += self._beside(lab)
        self.every = found
        self.changes = roots(found)
        if localise:
            localiser = Localiser(lab, self.options.results)
            self.changes = roots([_with_cause(localiser, change) for change in self.changes])
        return self.changes

    def shows(self, lab: Lab, known: Change) -> Change | None:
        """The change between these stacks that is in the place of the ``known`` one between others, None when there is none.

        It may be of another kind. Nothing else is asked.
        """
        if known.of:
            found = self.compared_cases(lab, [case for case in self.cases if case.id == known.of.id])
        elif known.check in ("tokenizer", "exchange"):
            found = self._beside(lab)
        else:
            found = [*self._removed(), *self._accounts(lab)]
        return next((change for change in found if change.what == known.what), None)

    def compared_cases(self, lab: Lab, cases: Sequence[Case]) -> Iterator[Change]:
        """The changes in these cases, which are the upgrade's own."""
        judge = Judge(lab)
        lab.follow([each for case in cases for each in (case, self.twins[id(case)])])
        yield from (change for case in cases if (change := self._compare(judge, case)))
        lab.follow([])

    def _compare(self, judge: Judge, case: Case) -> Change | None:
        started = time.monotonic()
        before, after = judge.judge(case), judge.judge(self.twins[id(case)])
        self.compared += before.has_answer and after.has_answer
        return change_of(before, after, lambda: _apart(judge, before, after), time.monotonic() - started)

    def _removed(self) -> Iterator[Change]:
        for backend in self.options.backends:
            if backend not in self.new.backends:
                text = f"removed: {self.new.name} has no {backend} backend"
                do = "pin the old release for what runs there, or move to a backend that is still there"
                yield Change(Kind.LOUD, "backend", "every checkpoint", "", backend, "", "runs", text, do=do)

    def _accounts(self, lab: Lab) -> Iterator[Change]:
        """What the two say of each checkpoint that stands for its body, and of each odd one."""
        if self._whole:
            workers = [lab.worker("reference"), lab.worker(REFERENCE, self.called)]
            said = [worker.ask("account_of_library").value["names"] for worker in workers]
            about = {"architecture": "the library", "head": "", "backend": ""}
            yield from accounts.gone_names(*said, about)
        shown = [checkpoint for checkpoint in self.both.checkpoints if checkpoint.shown]
        for checkpoint in [*shown, *self.both.odd] if self._whole else ():
            yield from self._account(lab, checkpoint)

    def _account(self, lab: Lab, checkpoint: Checkpoint) -> Iterator[Change]:
        case = plan.first_of(self.both, checkpoint)
        workers = [lab.worker("reference"), lab.worker(REFERENCE, self.called)]
        said: list[accounts.Account] = []
        try:
            spec, inputs = case.spec(lab.directory(case)), lab.inputs(case)
            asked = [worker.submit("account", inputs, spec=spec) for worker in workers]
            for future in asked:
                said.append(future.result().value)
        except CaseFailed as error:
            named = called(checkpoint.architecture, checkpoint.name)
            self.uncompared[f"{named}/{checkpoint.head} on {self.sides[len(said)]}"] = (
                f"{error.verdict}: {error.reason}"
            )
            return
        yield from accounts.compare_accounts(*said, checkpoint, whole=checkpoint not in self.both.odd)

    def _beside(self, lab: Lab) -> Iterator[Change]:
        """What is not asked case by case: files that go from one stack to the other, tokenizers, seconds."""
        written = [case for case in self.cases if case.check == "roundtrip"]
        yield from exchanged(Judge(lab), lab, self.sides, written)
        if self._whole or "tokenizer" in self.options.checks:
            encodings = Encodings(lab, self.sides)
            yield from encodings.changes(self.both)
            self.values = encodings.compared
        if self._whole:
            for checkpoint in self.options.own or [self.options.trained]:
                for backend in self.both.backends:
                    case = plan.first_of(self.both, checkpoint, backend)
                    directory = str(checkpoint.path) if checkpoint.has_tokenizer else ""
                    yield from slower(lab, self.sides, case, directory)

    @property
    def _whole(self) -> bool:
        """Whether every kind of change was asked for."""
        return not self.options.checks and REFERENCE in self.both.backends

    @property
    def verdict(self) -> str:
        """One word for all of it."""
        if not self.compared + self.values:
            return "nothing compared"
        if any(change.kind in BREAKS for change in self.changes):
            return "breaks"
        return "changed" if self.changes else "same"


def _in_order(options: Options) -> list[Case]:
    """Every case to compare, of the old stack, in an order in which workers can keep a loaded model."""
    wanted = [check for check in options.checks or CHECKS if check in OF_STACKS]
    found = [case for check in wanted for case in plan.declared(options, check)]
    others = [*options.variants, *options.odd]
    if "outputs" in wanted:
        found += [plan.first_of(options, one, backend) for one in others for backend in options.backends]
    order = {id(checkpoint): place for place, checkpoint in enumerate([*options.checkpoints, *others])}
    return sorted(found, key=lambda case: order[id(case.checkpoint)])


def _apart(judge: Judge, before: Judged, after: Judged) -> float:
    return apart(judge.arrays(after.case), judge.arrays(before.case), before.case.dtype, before.case.title)


def _with_cause(localiser: Localiser, change: Change) -> Change:
    """The change with what the localiser finds about it, where it can look into it."""
    verdict = change.new.partition(":")[0]
    if change.of is None or change.kind is not Kind.SILENT or verdict not in {word.value for word in WHERE}:
        return change
    try:
        found = localiser.localise(change.of, change.first or verdict)
    except Exception as broken:  # what changed stands whatever becomes of its explanation
        return replace(change, cause=f"the localiser itself failed: {type(broken).__name__}: {broken}")
    return replace(change, cause=found if isinstance(found, str) else found.told)
