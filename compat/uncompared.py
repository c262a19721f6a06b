"""What an upgrade was asked for and could not compare, by name, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from compat.changes import ACCOUNT, SECONDS, TOKENIZER
from compat.judging import Judged
from fixtures.cases import Case, Checkpoint, called
from fixtures.options import Options
from fixtures.stacks import Stack
from fixtures.verdicts import Verdict

# What a stack says of what it never had; it is no failure of a case that was asked of everything there is.
ABSENT = (Verdict.NOT_OFFERED, Verdict.NOT_INSTALLED, Verdict.REMOVED, Verdict.REFUSED)
BESIDE = (TOKENIZER, ACCOUNT, SECONDS)  # checks that are made of no cases
NONE = "there is no such case"


@dataclass(frozen=True)
class Outcome:
    """How a case ended on both stacks, and whether that was held against each other."""

    before: Judged
    after: Judged
    compared: bool

    @property
    def case(self) -> Case:
        """The case, of the old stack."""
        return self.before.case

    @property
    def reason(self) -> str:
        """Why it was not: the old stack gave nothing to hold the new one's answer against."""
        whose = f"{self.case.stack} gives no answer" if self.after.has_answer else "neither stack gives an answer"
        said = self.before.reason.removeprefix(f"{self.case.title}: ")
        return f"{whose}: {self.before.verdict}: {said}"


def in_vain(options: Options, old: Stack, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """What was asked for by name and of which no case could be compared: name to reason.

    Checkpoints of one's own, architectures and heads, checks, and backends.
    """
    lost = _lost(options, outcomes)
    # Of what is beside the cases each tells by itself of which checkpoints there was nothing.
    cases_alone = bool(outcomes and options.checks) and not set(BESIDE).intersection(options.checks)
    unasked = [own for own in options.own if cases_alone and not any(one.case.checkpoint is own for one in outcomes)]
    whys = {**dict.fromkeys(unasked, NONE), **lost}
    found = {f"{called(one.architecture, one.name)}/{one.head}": why for one, why in whys.items()}
    found |= _named(options, outcomes) | _checks(options, outcomes, lost)
    if options.asked:
        absent = [backend for backend in options.backends if backend not in old.backends]
        found |= {f"everything on {backend}": f"{old.name} has no {backend} backend" for backend in absent}
        found |= _backends([one for one in outcomes if one.case.checkpoint not in lost])
    return found


def _named(options: Options, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Architectures and heads; where no case was asked for, those that no checkpoint is of. Tokenizers are of no head."""
    found = {}
    if not outcomes and TOKENIZER not in options.checks:
        return {
            f"everything of {name}": NONE
            for name in options.named
            if not any(options.of_name(name, each) for each in options.checkpoints)
        }
    for name in options.named if outcomes else ():
        of = [one for one in outcomes if options.of_name(name, one.case.checkpoint)]
        if not any(one.compared for one in of):
            found[f"everything of {name}"] = of[0].reason if of else NONE
    return found


def _checks(options: Options, outcomes: Sequence[Outcome], lost: Collection[Checkpoint]) -> dict[str, str]:
    """Checks that are made of cases; where every one is of a checkpoint that is ``lost``, that says it."""
    found = {}
    for name in options.checks:
        of = [one for one in outcomes if one.case.check == name]
        said = of and all(one.case.checkpoint in lost for one in of)
        if name not in BESIDE and not said and not any(one.compared for one in of):
            found[f"everything of {name}"] = of[0].reason if of else NONE
    return found


def failures(options: Options, outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Backends and single cases on which the old stack failed, so that nothing is known of the new one: name to reason.

    A checkpoint of one's own that can't be compared at all is told by `in_vain`.
    """
    lost = _lost(options, outcomes)
    rest = [one for one in outcomes if one.case.checkpoint not in lost]
    missed = [one for one in rest if not one.compared and one.before.verdict not in ABSENT]
    return {**_backends(rest), **{one.case.title: one.reason for one in missed}}


def _lost(options: Options, outcomes: Sequence[Outcome]) -> dict[Checkpoint, str]:
    """Checkpoints of one's own of which no case could be compared, and why."""
    by_own = {own: [one for one in outcomes if one.case.checkpoint is own] for own in options.own}
    return {own: of[0].reason for own, of in by_own.items() if _nothing_of(of)}


def _backends(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Backends of which no case could be compared."""
    names = dict.fromkeys(one.case.backend for one in outcomes)
    by_name = {name: [one for one in outcomes if one.case.backend == name] for name in names}
    return {f"everything on {name}": of[0].reason for name, of in by_name.items() if _nothing_of(of)}


def _nothing_of(outcomes: Sequence[Outcome]) -> bool:
    """Whether there were cases, and none could be compared."""
    return bool(outcomes) and not any(one.compared for one in outcomes)
