"""The comparison of what has no rounding: encodings, decoded text, labels; equal or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fixtures.backends.errors import NOT_TOLD
from fixtures.verdicts import CaseFailed, Verdict

Entry = Mapping[str, Any]
SHOWN = 60  # characters of a text in a message


@dataclass(frozen=True)
class Compared:
    """One value that was compared: its name, and where it differs, "" when it doesn't. It has no ratio and no error."""

    tensor: str
    verdict: Verdict
    difference: str = ""
    ratio: float | None = None
    max_abs: float | None = None


@dataclass(frozen=True)
class Agreement:
    """Every value that was compared, in order."""

    measurements: tuple[Compared, ...]

    @property
    def worst(self) -> Compared:
        """The first value that differs, other values before other keys, or the first of all."""
        differing = sorted(self.differing, key=lambda compared: compared.verdict is not Verdict.MISMATCH)
        return (differing or list(self.measurements))[0]

    @property
    def first(self) -> Compared | None:
        """The first value that differs, None when there is none."""
        return next(iter(self.differing), None)

    @property
    def differing(self) -> list[Compared]:
        """Every value that differs."""
        return [compared for compared in self.measurements if compared.difference]


def compare_entries(answer: Sequence[Entry], expected: Sequence[Entry], title: str) -> Agreement:
    """Hold the values of each entry against those expected: their keys, then each key's value, to the last item.

    An entry has ``of``, what was asked about, and ``values`` by key; what one of them does not tell is not compared. Raises
    `CaseFailed` with ``keys-differ`` when the two sides have other entries.
    """
    if [entry["of"] for entry in answer] != [entry["of"] for entry in expected] or not expected:
        text = f"{title}: {len(answer)} answers where there should be {len(expected)}, or to other questions"
        raise CaseFailed(Verdict.KEYS_DIFFER, text)
    pairs = zip(answer, expected, strict=True)
    return Agreement(tuple(compared for ours, theirs in pairs for compared in _compared(ours, theirs)))


def assert_identical(agreement: Agreement, title: str) -> None:
    """Raise `CaseFailed` with ``mismatch`` or ``keys-differ`` when anything differs."""
    if agreement.differing:
        worst, count = agreement.worst, len(agreement.differing)
        text = f"{title}: {worst.difference}; {count} of {len(agreement.measurements)} values differ"
        raise CaseFailed(worst.verdict, text)


def _compared(answer: Entry, expected: Entry) -> Iterator[Compared]:
    of, ours, theirs = _short(answer["of"]), answer["values"], expected["values"]
    missing, extra = sorted(set(theirs) - set(ours)), sorted(set(ours) - set(theirs))
    parts = [f"lacks {', '.join(missing)}"] * bool(missing) + [f"has {', '.join(extra)} as well"] * bool(extra)
    yield Compared("keys", Verdict.KEYS_DIFFER, f"{of} {' and '.join(parts)}" if parts else "")
    for key in theirs:
        if key in ours and NOT_TOLD not in (ours[key], theirs[key]):
            told = difference(ours[key], theirs[key], ours.get("tokens"), theirs.get("tokens"))
            yield Compared(key, Verdict.MISMATCH, f"{of}: {key} {told}" if told else "")


def difference(answer: Any, expected: Any, tokens: Sequence[str] | None, others: Sequence[str] | None) -> str:
    """Where two values part, and what is found and expected there; "" when they are equal.

    ``tokens`` and ``others`` are the tokens of the two sides, told beside ids.
    """
    if answer == expected and type(answer) is type(expected):
        return ""
    if not isinstance(answer, list) or not isinstance(expected, list):
        return f"is {_short(answer)}, it should be {_short(expected)}"
    shared = min(len(answer), len(expected))
    at = next((at for at in range(shared) if answer[at] != expected[at]), shared)
    found, wanted = (_item(answer, at, tokens), _item(expected, at, others))
    lengths = f" ({len(answer)} items, it should be {len(expected)})" if len(answer) != len(expected) else ""
    return f"at {at} is {found}, it should be {wanted}{lengths}"


def _item(values: Sequence[Any], at: int, tokens: Sequence[str] | None) -> str:
    if at >= len(values):
        return "at its end"
    token = f" {tokens[at]!r}" if tokens and len(tokens) == len(values) and tokens[at] != values[at] else ""
    return f"{_short(values[at])}{token}"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"
