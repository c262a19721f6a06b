"""A whole comparison: two sets of launches, the second for what the first calls slower or faster, and a word for every row."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.paired import CONTROL, Job, Launched, launch, orders, rows
from bench.speed import DECIDED, TOLD, Row, Verdict, Word, adjusted_chances, confirmed, disturbed, judge
from fixtures.exits import Exit
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply, Worker

ENOUGH = 8  # launches, of which an interval of 95 % leaves out the three outermost averages on either side
TURNS = 72  # a launch at most: each order of the three arms twelve times

Start = Callable[[Job, str], Worker]
SameWork = Callable[[Job, str, Reply], None]


class DifferentWork(Exception):
    """An arm's answer is beyond the budget; the text says which and how far."""


@dataclass(frozen=True)
class Told:
    """A row and its verdict; ``row`` holds no launches where there was nothing to measure."""

    row: Row
    verdict: Verdict

    def as_json(self) -> dict[str, Any]:
        """One row of the JSON and of the table; ``launches`` are those of the set that the figures are of."""
        named = ("backend", "checkpoint", "phase", "metric")
        found = {name: getattr(self.verdict, name) for name in self.verdict.__dataclass_fields__}
        launches = {"new": list(self.row.new), "again": list(self.row.again)}
        return {
            **{name: getattr(self.row, name) for name in named},
            "old": self.row.size,
            **found,
            "launches": launches,
        }


def nothing(backend: str, checkpoint: str, word: Word, reason: str, phase: str = "all") -> Told:
    """The one row of what can't be measured."""
    return Told(Row(backend, checkpoint, phase, "", (), ()), Verdict(word, reason=reason))


@dataclass
class Comparison:
    """Jobs timed on both sides. ``keep`` is handed every launch as it ends, ``say`` a line now and then."""

    start: Start
    same_work: SameWork
    keep: Callable[[Job, int, Launched], None]
    say: Callable[[str], None] = lambda text: None
    count: int = ENOUGH
    turns: int = TURNS
    chosen: random.Random = field(default_factory=lambda: random.Random(0))

    def run(self, jobs: Sequence[Job]) -> list[Told]:
        """Every row with its word."""
        firsts = {id(job): self.measured(job, 1) for job in jobs}
        flagged = [
            (job, each) for job in jobs for each in firsts[id(job)] if each.verdict.word in DECIDED and not _aside(each)
        ]
        again = {id(job): self.measured(job, 2) for job in {id(job): job for job, _ in flagged}.values()}
        second = {(key, each.row.key): each for key, found in again.items() for each in found}
        pairs = [(each, second.get((id(job), each.row.key))) for job, each in flagged]
        final = self._confirm(pairs)
        return [final.get(each.row.key, each) for job in jobs for each in firsts[id(job)]]

    def _confirm(self, pairs: Sequence[tuple[Told, Told | None]]) -> dict[tuple, Told]:
        measured = [(first, then) for first, then in pairs if then is not None and then.row.new]
        chances = adjusted_chances([first.verdict for first, _ in measured], [then.row for _, then in measured])
        found = {first.row.key: _unconfirmed(first) for first, _ in pairs}
        for (first, then), adjusted in zip(measured, chances, strict=True):
            verdict = then.verdict
            if verdict.word is not Word.CONTAMINATED:
                verdict = confirmed(first.verdict, then.row, adjusted)
            found[first.row.key] = Told(then.row, verdict)
        return found

    def measured(self, job: Job, number: int) -> list[Told]:
        """The rows of one set of launches, judged by it alone; one row with a reason where the job can't be measured."""
        try:
            launches = list(self._launches(job, number))
        except DifferentWork as error:
            return [nothing(job.backend, job.checkpoint, Word.DIFFERENT_WORK, str(error))]
        except CaseFailed as error:
            return [nothing(job.backend, job.checkpoint, Word.NOT_COMPARABLE, f"{error.verdict}: {error.reason}")]
        measured = rows(job, launches)
        why = disturbed([row for row in measured if row.phase == CONTROL])
        found = [Told(row, judge(row)) for row in measured]
        told = [_contaminated(each, why) for each in found] if why else found
        untimed = [
            nothing(job.backend, job.checkpoint, *each.untimed, "tokenizer") for each in launches if each.untimed
        ]
        return told + untimed[:1]

    def _launches(self, job: Job, number: int) -> Iterator[Launched]:
        for index, order in enumerate(orders(self.count, self.chosen)):
            made = launch(
                job,
                lambda arm: self.start(job, arm),
                order,
                orders(self.turns, self.chosen),
                lambda arm, reply: self.same_work(job, arm, reply),
            )
            self.keep(job, number, made)
            self.say(f"{job.checkpoint} on {job.backend}: set {number}, launch {index + 1} of {self.count}")
            yield made


def exit_code(found: Sequence[Told]) -> Exit:
    """1 when something is slower; 0 when every row could be told; else 3, for "could not tell" is neither."""
    words = [each.verdict.word for each in found if not _aside(each)]
    if Word.SLOWER in words:
        return Exit.BREAKAGE
    return Exit.EXPECTED if words and all(word in TOLD for word in words) else Exit.NOTHING


def counted(found: Sequence[Told]) -> Mapping[Word, int]:
    """Rows by their word, the control's aside."""
    words = [each.verdict.word for each in found if not _aside(each)]
    return {word: words.count(word) for word in Word if word in words}


def _aside(each: Told) -> bool:
    return each.row.phase == CONTROL


def _contaminated(each: Told, why: str) -> Told:
    return each if _aside(each) else Told(each.row, replace(each.verdict, word=Word.CONTAMINATED, reason=why))


def _unconfirmed(first: Told) -> Told:
    reason = f"called {first.verdict.word} by the first set of launches, and not measured by the second"
    return Told(first.row, replace(first.verdict, word=Word.INCONCLUSIVE, reason=reason))
