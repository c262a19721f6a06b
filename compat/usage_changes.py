"""What changed for users' scripts between two stacks: outcomes, and the values that their last lines hold."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Over 60 releases of the library what float32 rounds differently stayed below 2.4e-6, and every real change was above 1e-4.
RELATIVE = 1e-4
NOTHING = 1e-6  # of the largest, or of 1, is what rounding leaves of a zero
MASK = 1e4  # what is as large in a list of floats stands for "nowhere", and is no scale of the others
BROKEN = ("breaks", "not-offered")
UNREAD = "it ran, and what it answers was not compared: the last line that it prints is not JSON"


@dataclass(frozen=True)
class UsageChange:
    """A script that ends otherwise: ``what`` is ``outcome``, or the place of the first value that differs in its answer."""

    script: str
    what: str
    old: Any
    new: Any
    reason: str


def ran(record: Mapping[str, Any]) -> bool:
    """Whether a script ran to its end."""
    return record["verdict"] not in BROKEN


def has_answer(record: Mapping[str, Any]) -> bool:
    """Whether it ran, and printed what another answer can be held against."""
    return ran(record) and record["answer"] is not None


def compare_usage(old: Iterable[Mapping[str, Any]], new: Iterable[Mapping[str, Any]]) -> list[UsageChange]:
    """The scripts whose outcome or answer differs between the records of two stacks, in the old one's order.

    A script that either side has no record of is a change as well: nobody knows how it ended there.
    """
    before = {record["case"]: record for record in old}
    after = {record["case"]: record for record in new}
    names = [*before, *(name for name in after if name not in before)]
    return [change for name in names for change in _changes(name, before.get(name), after.get(name))]


def _changes(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[UsageChange]:
    if old is None or new is None:
        absent = "old" if old is None else "new"
        sides = [record and record["verdict"] for record in (old, new)]
        yield UsageChange(name, "outcome", *sides, f"the {absent} stack has no record of it")
    elif old["verdict"] != new["verdict"]:
        yield UsageChange(name, "outcome", old["verdict"], new["verdict"], new["reason"] or old["reason"])
    if old and new and ran(old) and ran(new):
        yield from answer_changes(old, new)


def answer_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[UsageChange]:
    """The first place where the answers of two records of one script differ; none where they don't, or neither has one."""
    if has_answer(old) is not has_answer(new):
        said = _short(old["answer"] if has_answer(old) else new["answer"])
        reason = (
            f"the last line was {said} and holds no answer now" if has_answer(old) else f"the last line is {said} now"
        )
        yield UsageChange(old["case"], "answer", old["answer"], new["answer"], reason)
        return
    for place, one, other in differences(old["answer"], new["answer"]):
        reason = f"{place or 'the answer'} was {_short(one)} and is {_short(other)}"
        yield UsageChange(old["case"], place, one, other, reason)
        break


def differences(old: Any, new: Any, place: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Where two answers differ: the place, and both values; of floats see `_close`."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in [*old, *(name for name in new if name not in old)]:
            yield from differences(old.get(name), new.get(name), f"{place}.{name}".lstrip("."))
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"len({place})", len(old), len(new)
        elif _numbers(old) and _numbers(new):
            if not _close(old, new):
                yield place, old, new
        else:
            for at, (one, other) in enumerate(zip(old, new, strict=True)):
                yield from differences(one, other, f"{place}[{at}]")
    elif _numbers([old]) and _numbers([new]):
        if not _close([old], [new]):
            yield place, old, new
    elif type(old) is not type(new) or old != new:
        yield place, old, new


def _numbers(values: list[Any]) -> bool:
    return all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)


def _close(old: list[float], new: list[float]) -> bool:
    """Integers are equal or not; floats by `RELATIVE` to the largest of a list of them alone, to their own size among others."""
    each = [value for value in (*old, *new) if isinstance(value, float)]
    largest = max((abs(value) for value in each if abs(value) < MASK), default=0.0)
    alone = len(old) > 1 and len(each) == len(old) + len(new)
    return all(_equal(one, other, largest, alone) for one, other in zip(old, new, strict=True))


def _equal(one: float, other: float, largest: float, alone: bool) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    size = max(abs(one), abs(other))
    if alone and largest > 0.0 and size < MASK:
        return abs(one - other) <= RELATIVE * largest
    return abs(one - other) <= max(RELATIVE * size, NOTHING * min(largest, 1.0))


def _short(value: Any, length: int = 60) -> str:
    text = str(value)
    return text if len(text) <= length else f"{text[:length]}…"
