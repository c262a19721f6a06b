"""The tables of the other phases: what happens once, before and at the first calls; what writes; what encodes."""

from collections.abc import Iterator, Sequence

from bench.intervals import Interval, of_launches, of_single, shown
from bench.section import Record, Section, passed, reasons, way, what

PHASES = ("import s", "load s", "first call s", "second call s")
NAMED = ("import", "load", "first", "second")
WRITING = ("first call s", "first token ms", "tokens/s", "tokens agree")
ENCODING = ("load s", "texts/s")


def sections(cases: Sequence[Record]) -> Iterator[Section]:
    """Of a run's cases, those that there are."""
    for title, checks, columns, line in (
        ("phases", ("inference", "loading"), ("checkpoint", "file", "rows × tokens", "backend", *PHASES), _once),
        ("writing", ("decoding",), ("checkpoint", "prompt + written", "backend", *WRITING), _writing),
        ("tokenisation", ("tokenisation",), ("checkpoint", "tokenizer", "texts", *ENCODING), _encoding),
    ):
        chosen = [case for case in cases if case["check"] in checks]
        if chosen:
            # Why a case of inference has no figures is said below its own table.
            silent = [case for case in chosen if case["check"] != "inference"]
            yield Section(title, columns, [line(case) for case in passed(chosen)], reasons(silent))


def _once(case: Record) -> list[str]:
    return [what(case), case["format"], case["case"], way(case), *(_phase(case, name) for name in NAMED)]


def _phase(case: Record, name: str) -> str:
    """Wall seconds, and CPU seconds in brackets."""
    wall, processor = (
        of_single([launch[name][clock] for launch in case["launches"]]) for clock in ("seconds", "cpu_seconds")
    )
    return f"{shown(wall.middle, wall.decimals)} ({shown(processor.middle, processor.decimals)})"


def _writing(case: Record) -> list[str]:
    prompt, _, _ = case["case"].partition("+")
    one = [_seconds(launch["one"]) for launch in case["launches"]]
    first = of_single([launch["first"][1]["seconds"] for launch in case["launches"]])
    return [
        *(what(case), f"{prompt} + {case['written']}", way(case), shown(first.middle, first.decimals)),
        _with_ends(of_launches(one).scaled(1000)),
        _rate(writing(case), case["written"] - 1),
        "identical" if case["ratio"] == 0 else "part at a near tie",
    ]


def writing(case: Record) -> Interval:
    """Seconds of all tokens but the first: what the longer continuation takes beyond the one of a token that ran before it."""
    return of_launches(
        [
            [whole - one for one, whole in zip(_seconds(launch["one"]), _seconds(launch["whole"]), strict=True)]
            for launch in case["launches"]
        ]
    )


def _encoding(case: Record) -> list[str]:
    texts = int(case["case"].split()[0])
    load = of_single([launch["load"]["seconds"] for launch in case["launches"]])
    return [
        *(what(case), case["mode"], f"{texts:,}", shown(load.middle, load.decimals)),
        _rate(of_launches([_seconds(launch["rounds"]) for launch in case["launches"]]), texts),
    ]


def _rate(seconds: Interval, amount: int) -> str:
    if amount < 1 or min(end for end in (seconds.middle, seconds.low) if end is not None) <= 0:
        return "not told: too few tokens, or times too uneven"
    return _with_ends(seconds.rate(amount))


def _with_ends(found: Interval) -> str:
    middle, *ends = (None if one is None else shown(one, found.decimals) for one in (found.middle, *found.ends))
    return f"{middle} (too few calls)" if None in ends else f"{middle} [{ends[0]}–{ends[1]}]"


def _seconds(taken: Sequence[dict[str, float]]) -> list[float]:
    return [took["seconds"] for took in taken]
