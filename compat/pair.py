"""Two stacks held against each other: the cases, and what is asked beside them.

One reference, of the old stack, gives truth and noise; both stacks' backends answer the same cases at the same time.
"""

import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compat import plan
from compat.accounting import Accounting
from compat.changes import (
    ACCOUNT,
    BREAKS,
    NOT_LOCALISED,
    PIPELINE,
    SECONDS,
    TOKENIZER,
    Change,
    Kind,
    answers,
    apart,
    change_of,
    near,
    settled,
)
from compat.encodings import Encodings
from compat.exchange import Exchange
from compat.judging import Judge, Judged
from compat.localise import WHERE, Localiser
from compat.piped import Pipes
from compat.roots import roots
from compat.seconds import Timed, slower
from compat.speed_verdict import CHECK as SPEED
from compat.uncompared import NONE, Outcome, failures, in_vain
from fixtures.backends import REFERENCE
from fixtures.cases import Case, Checkpoint, called
from fixtures.checks import CHECKS as KNOWN
from fixtures.lab import Lab
from fixtures.once import Once
from fixtures.options import Options
from fixtures.stacks import Stack, packages

SAFETENSORS = "safetensors"  # the package without which a stack reads ``.bin`` files alone
# Checks that ask in another way than one answer a case, of a trained checkpoint or of a configuration, compare frameworks and
# not stacks; variants go through `outputs`.
OF_STACKS = tuple(name for name, check in KNOWN.items() if check.candidate and name != "variants")
# Compiling adds minutes, and is the framework's work more than the library's.
CHECKS = tuple(name for name in OF_STACKS if name != "compiled")


@dataclass
class Upgrade:
    """Two stacks and what was found between them.

    ``every`` change is there before those of one root are told as one. ``compared`` counts the cases in which there was an
    outcome of the old stack's to hold the new one's against, ``values`` those of tokenizers, ``scripts`` those of users,
    ``accounts`` those of checkpoints, ``timed`` how often there were seconds to hold others against.
    ``uncompared`` says what was not, and why. ``incomplete``: something that was asked for by name is among that; ``broken``:
    something that Concord itself failed on.
    """

    old: Stack
    new: Stack
    options: Options
    compared: int = 0
    values: int = 0
    scripts: int = 0
    accounts: int = 0
    every: list[Change] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    uncompared: dict[str, str] = field(default_factory=dict)
    timed: int = 0
    incomplete: bool = False
    broken: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    launch: int = 1  # which of the new stack's, where it is asked in several
    remembered: Once = field(default_factory=Once)  # what the old stack said, which launches share

    def __post_init__(self) -> None:
        both = [name for name in self.options.backends if name in self.old.backends and name in self.new.backends]
        everywhere = all(SAFETENSORS in packages(stack) for stack in (self.old, self.new))
        self.both = replace(self.options, backends=tuple(both), format="" if everywhere else "bin")
        self.cases = _in_order(self.both)
        self.twins = {id(case): replace(case, stack=self.called) for case in self.cases}

    @property
    def called(self) -> str:
        """What cases call the new stack: it may be the old one once more."""
        name = self.new.name if self.new.name != self.old.name else f"{self.new.name} again"
        return name if self.launch == 1 else f"{name}, launch {self.launch}"

    @property
    def sides(self) -> tuple[str, str]:
        """What cases call the two stacks."""
        return self.old.name, self.called

    def launched(self, number: int) -> "Upgrade":
        """The same upgrade, with the same cases, to another launch of the new stack."""
        other = Upgrade(self.old, self.new, self.options, launch=number, remembered=self.remembered)
        other.cases = self.cases
        other.twins = {id(case): replace(case, stack=other.called) for case in self.cases}
        return other

    def run(self, lab: Lab, localise: bool = True) -> list[Change]:
        """Every change at its root, worst first."""
        self.begin(lab)
        found = [*self.at_first(lab), *self.compared_cases(lab, self.cases), *self.beside(lab), *self.at_last(lab)]
        return self.concluded(lab, found, localise)

    def lab(self) -> Lab:
        """The workers of both stacks; close it after use."""
        return lab_of([self])

    def begin(self, lab: Lab) -> None:
        """Start the workers of both stacks, all at once."""
        for backend in self.both.backends:
            for side in self.sides:
                lab.worker(backend, side).begin()

    def at_first(self, lab: Lab) -> Iterator[Change]:
        """What is told without a case."""
        yield from self.removed()
        if self._asks(ACCOUNT):
            yield from _timed(self.accounting(lab))

    def concluded(self, lab: Lab, found: list[Change], localise: bool) -> list[Change]:
        """All that was ``found`` at its root, worst first, with its causes where they are asked for."""
        self.uncompared |= failures(self.options, self.outcomes)
        asked = in_vain(self.options, self.old, self.outcomes)
        # What Concord failed on has no outcome, though there is such a case.
        self.lacks({name: why for name, why in asked.items() if not (self.broken and why == NONE)})
        if self.outcomes and not self.compared and not self.incomplete:  # what else there was doesn't stand for them
            self.lacks({"every case": self.outcomes[0].reason})
        self.every = found
        self.changes = roots(found)
        if localise:
            localiser = Localiser(lab, self.options.results)
            self.changes = roots([_with_cause(localiser, change) for change in self.changes])
        return self.changes

    def lacks(self, asked: Mapping[str, str]) -> None:
        """Note what was asked for by name and could not be compared: name to reason. It stands for each part of it."""
        parts = {name: why for name, why in self.uncompared.items() if not name.startswith(tuple(asked))}
        self.uncompared = {**asked, **parts}
        self.incomplete = self.incomplete or bool(asked)

    def compared_cases(self, lab: Lab, cases: Sequence[Case]) -> Iterator[Change]:
        """The changes in these cases, which are the upgrade's own."""
        judge = Judge(lab)
        lab.follow([each for case in cases for each in (case, self.twins[id(case)])])
        yield from (change for case in cases if (change := self.compare(judge, case)))
        lab.follow([])

    def compare(self, judge: Judge, case: Case) -> Change | None:
        """What changed in one case, None when nothing did."""
        started = time.monotonic()
        try:
            before, after = judge.judge(case), judge.judge(self.twins[id(case)])
            change = change_of(
                before,
                after,
                lambda: _apart(judge, before, after),
                time.monotonic() - started,
                lambda: near(judge, before.case, after.case),
            )
            if change is not None and change.kind in (Kind.SILENT, Kind.FIXED):
                before, change = settled(judge, before, change)
        except Exception as error:  # what the other cases show stands
            traceback.print_exception(error)
            self._fails(case.title, error)
            return None
        compared = before.has_answer or change is not None
        self.compared += compared
        self.outcomes.append(Outcome(before, after, compared))
        return change

    def _fails(self, name: str, error: Exception) -> None:
        self.broken = True
        self.lacks({name: f"Concord itself failed: {type(error).__name__}: {error}"})

    def removed(self) -> Iterator[Change]:
        """A change for each backend that the old stack has and the new one hasn't."""
        for backend in self.options.backends:
            if backend in self.old.backends and backend not in self.new.backends:
                text = f"removed: {self.new.name} has no {backend} backend"
                do = "pin the old release for what runs there, or move to a backend that is still there"
                yield Change(Kind.LOUD, "backend", "every checkpoint", "", backend, "", "runs", text, do=do)

    def accounting(self, lab: Lab) -> Iterator[Change]:
        """What changed in what the stacks say of themselves and of each checkpoint beside its answers."""
        accounting = Accounting(lab, self.sides, self.remembered)
        yield from accounting.changes(self.both)
        self.accounts = len(accounting.compared)
        self.uncompared.update(accounting.uncompared)
        if ACCOUNT in self.options.checks:
            self.lacks(accounting.missing(self.both))

    def beside(self, lab: Lab) -> Iterator[Change]:
        """What is not asked case by case and not timed: files that go from one stack to the other, tokenizers."""
        yield from _timed(Exchange(lab, self.sides).changes(self.written))
        if self._asks(PIPELINE):
            pipes = Pipes(lab, self.sides, self.remembered)
            yield from pipes.changes(self.piped)
            self.outcomes += pipes.outcomes
            self.compared += pipes.compared
            for name, error in pipes.failed.items():
                self._fails(name, error)
        if self._asks(TOKENIZER):
            encodings = Encodings(lab, self.sides, self.remembered)
            yield from _timed(encodings.changes(self.both))
            self.values = encodings.compared
            self.uncompared.update(encodings.uncompared)
            if TOKENIZER in self.options.checks:
                self.lacks(encodings.missing(self.both))

    def at_last(self, lab: Lab) -> Iterator[Change]:
        """What is timed, when nothing else is asked at the same time."""
        if self._asks(SECONDS):
            yield from _timed(self.seconds(lab))

    @property
    def piped(self) -> list[Case]:
        """The cases of pipelines."""
        return [*plan.pipeline_cases(self.both, PIPELINE), *plan.own_pipeline_cases(self.both, PIPELINE)]

    @property
    def written(self) -> list[Case]:
        """The cases whose files the two stacks read from each other."""
        return [case for case in self.cases if case.check == "roundtrip"]

    def seconds(self, lab: Lab) -> Iterator[Change]:
        """The phases that take several times as long, of one checkpoint or of one's own."""
        if SECONDS in self.options.checks and not self._to_time():
            self.lacks({SECONDS: "no checkpoint stands for what was named"})
        for checkpoint in self._to_time():
            named = f"{called(checkpoint.architecture, checkpoint.name)}/{checkpoint.head}"
            directory = str(checkpoint.path) if getattr(checkpoint, "has_tokenizer", False) else ""
            for place, backend in enumerate(self.both.backends):
                told = self._timed_as_it_loads(lab, checkpoint, backend, "" if place else directory)
                self.timed += told.anything
                if SECONDS in self.options.checks:  # else the cases tell
                    self.lacks({f"{named} on {backend}: {part}": why for part, why in told.untimed.items()})
                yield from told.changes

    def _timed_as_it_loads(self, lab: Lab, checkpoint: Checkpoint, backend: str, directory: str) -> Timed:
        """The seconds of a checkpoint from the first of its files that the old stack's backend reads."""
        case = plan.first_of(self.both, checkpoint, backend)
        prompt = plan.prompt_of(self.both, checkpoint, backend)
        for format in dict.fromkeys((case.format, *checkpoint.formats)):
            asked = prompt and replace(prompt, format=format)
            told = slower(lab, self.sides, replace(case, format=format), directory, asked)
            if told.anything:
                break
        return told

    def _to_time(self) -> Sequence[Checkpoint]:
        """One's own checkpoints, or two that stand for all; those that were named where nothing but seconds is asked for."""
        shown = [one for one in self.options.checkpoints if one.shown]
        if self.options.own or (SECONDS in self.options.checks and self.options.named):
            return self.options.own or shown
        return [self.options.trained, *[one for one in shown if plan.PROMPT in one.more_inputs][:1]]

    def _asks(self, check: str) -> bool:
        """Whether what is no case is to be asked: what was named, or all of it where there are cases and both have the reference.

        Whichever backends are asked for: a model gets its tokens and its config from the library on any of them.
        """
        everything = bool(self.both.backends) and all(REFERENCE in stack.backends for stack in (self.old, self.new))
        return check in self.options.checks or (not self.options.checks and everything)

    @property
    def verdict(self) -> str:
        """One word for all of it: what breaks is worse than what is not known."""
        # Where there were cases to compare, tokenizers alone don't stand for them.
        asked = {ACCOUNT: self.accounts, SECONDS: self.timed}
        beside = self.values + sum(count for check, count in asked.items() if check in self.options.checks)
        counted = self.compared + self.scripts or (0 if self.cases else beside)
        if not counted and (self.both.backends or not self.changes):
            return "nothing compared"
        if any(change.kind in BREAKS or change.check == SPEED for change in self.changes):
            return "breaks"
        if self.incomplete:
            return "incomplete"
        return "changed" if self.changes else "same"


def lab_of(upgrades: Sequence[Upgrade]) -> Lab:
    """The workers of upgrades from one stack to another, which differ in the launch of the new one."""
    # A fault that is planted in both would be no change.
    first, settings = upgrades[0], upgrades[0].options.settings
    lab = Lab(first.old, replace(settings, plants=None), others={each.called: each.new for each in upgrades})
    for each in upgrades:
        for backend, plant in (settings.plants or {}).items():
            lab.workers[each.called, backend] = lab.launch(backend, settings.threads, plant=plant, stack=each.new)
    return lab


def _timed(found: Iterator[Change]) -> Iterator[Change]:
    """Changes with the seconds since the one before, which is what finding them took where several come of one question."""
    since = time.monotonic()
    for change in found:
        now = time.monotonic()
        yield replace(change, seconds=round(now - since, 3))
        since = now


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
    sides = (answers(each.case.check, judge.arrays(each.case)) for each in (after, before))
    return apart(*sides, before.case.dtype, before.case.title)


def _with_cause(localiser: Localiser, change: Change) -> Change:
    """The change with what the localiser finds about it, where it can look into it."""
    verdict = change.new.partition(":")[0]
    if change.of is None or change.kind is not Kind.SILENT or verdict not in {word.value for word in WHERE}:
        return change
    try:
        found = localiser.localise(change.of, change.first or verdict)
    except Exception as broken:  # what changed stands whatever becomes of its explanation
        return replace(change, cause=f"{NOT_LOCALISED}: it failed itself: {type(broken).__name__}: {broken}")
    return replace(change, cause=found if isinstance(found, str) else found.told)
