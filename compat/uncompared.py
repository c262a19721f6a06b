"""What an upgrade was asked for and could not compare, by name, and why."""

from collections.abc import Sequence
from dataclasses import dataclass

from compat.judging import Judged
from fixtures.cases import Case, called
from fixtures.options import Options
from fixtures.stacks import Stack
from fixtures.verdicts import Verdict

# What a stack says of what it never had; it is no failure of a case that was asked of everything there is.
ABSENT = (Verdict.NOT_OFFERED, Verdict.NOT_INSTALLED, Verdict.REMOVED, Verdict.REFUSED)


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
    """Checkpoints of one's own, and backends that were asked for, of which no case could be compared: name to reason."""
    found, rest = {}, list(outcomes)
    for own in options.own:
        of = [one for one in outcomes if one.case.checkpoint is own]
        if _nothing_of(of):
            found[f"{called(own.architecture, own.name)}/{own.head}"] = of[0].reason
            rest = [one for one in rest if one.case.checkpoint is not own]  # it is told once
    for backend in options.backends if options.asked else ():
        of = [one for one in rest if one.case.backend == backend]
        if backend not in old.backends:
            found[f"everything on {backend}"] = f"{old.name} has no {backend} backend"
        elif _nothing_of(of):
            found[f"everything on {backend}"] = of[0].reason
    return found


def _nothing_of(outcomes: Sequence[Outcome]) -> bool:
    """Whether there were cases, and none could be compared."""
    return bool(outcomes) and not any(one.compared for one in outcomes)


def failures(outcomes: Sequence[Outcome]) -> dict[str, str]:
    """Single cases on which the old stack failed, so that nothing is known of the new one's answer: title to reason."""
    missed = [one for one in outcomes if not one.compared and one.before.verdict not in ABSENT]
    return {one.case.title: one.reason for one in missed}
