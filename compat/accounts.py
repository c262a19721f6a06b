"""What two stacks say of one checkpoint beside its answers, and the changes between what they say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compat.changes import Change, Kind
from compat.exact import compare_entries
from fixtures.cases import Checkpoint, called
from fixtures.verdicts import CaseFailed

Account = Mapping[str, Any]
SHOWN = 8
SLOWER = 3.0  # on a busy machine plain timings of the same work differ by up to 2
AT_LEAST = 0.3  # seconds: below this a ratio is a matter of a few system calls
PIN = "pin, or write the old value into the file that it is read from"


def compare_accounts(old: Account, new: Account, checkpoint: Checkpoint) -> Iterator[Change]:
    """Changed defaults, another dtype on loading, other files on saving, names that are gone, announcements that are new.

    ``old`` and ``new`` are answers of a worker's ``account``.
    """
    about = {
        "architecture": called(checkpoint.architecture, checkpoint.name),
        "head": checkpoint.head,
        "backend": "",
    }
    yield from _defaults(old["defaults"], new["defaults"], about)
    if old["dtypes"] != new["dtypes"]:
        said = [_counted(side["dtypes"]) for side in (old, new)]
        yield Change(
            Kind.SILENT,
            "default-dtype",
            case="no dtype named",
            old=said[0],
            new=said[1],
            do="name the dtype on loading",
            **about,
        )
    if old["written"] != new["written"]:
        gone, come = (sorted(set(a["written"]) - set(b["written"])) for a, b in ((old, new), (new, old)))
        said = [", ".join(names) or "nothing more" for names in (gone, come)]
        do = "change what reads these files by name; see the format rows for whether the old stack still reads them"
        yield Change(
            Kind.FORMAT,
            "saving",
            case="save_pretrained",
            old=f"writes {said[0]}",
            new=f"writes {said[1]}",
            do=do,
            **about,
        )
    yield from gone_names(old["names"], new["names"], about)
    yield from announced(old["announced"], new["announced"], about)


def announced(old: Sequence[str], new: Sequence[str], about: Mapping[str, str]) -> Iterator[Change]:
    """One change for each warning of things to come that the old stack didn't give."""
    for text in sorted(set(new) - set(old)):
        do = "follow it before the next upgrade"
        yield Change(Kind.ANNOUNCED, "warnings", case="load and run", old="said nothing", new=text, do=do, **about)


def _defaults(old: Mapping[str, Any], new: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Change]:
    """Fields that both have with other values, fields that are None now, and fields that are gone."""
    differing = [name for name in sorted(set(old) & set(new)) if _plainly(old[name]) != _plainly(new[name])]
    unset = [name for name in differing if new[name] is None]
    for name in (name for name in differing if name not in unset):
        said = [_short(side[name]) for side in (old, new)]
        yield Change(Kind.SILENT, "defaults", case=name, old=said[0], new=said[1], do=PIN, **about)
    for names, now, do in (
        (
            unset,
            "None",
            "code that reads these fields gets None; whether generate still does the same has a row of its own",
        ),
        (
            [name for name in sorted(set(old) - set(new)) if old[name] is not None],
            "no such field",
            "code that reads these fields gets AttributeError: read them with a default of your own",
        ),
    ):
        if names:
            said = ", ".join(f"{name} = {_short(old[name])}" for name in names[:SHOWN])
            kind, case = (Kind.SILENT, "fields unset") if now == "None" else (Kind.LOUD, "fields gone")
            yield Change(kind, "defaults", case=case, old=said, new=now, do=do, also=tuple(names[SHOWN:]), **about)


def gone_names(
    old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]], about: Mapping[str, str]
) -> Iterator[Change]:
    """One change for each class or call that lost names, or is gone itself."""
    for owner in sorted(old):
        gone = sorted(set(old[owner]) - set(new.get(owner, ())))
        if not gone:
            continue
        what = "arguments" if owner.endswith("()") else "names"
        said = f"has {', '.join(gone[:SHOWN])}" if owner in new else "is there"
        text = f"removed: {len(gone)} {what} gone" if owner in new else "removed: it is gone"
        do = "search your code for them: each raises AttributeError or TypeError"
        yield Change(Kind.LOUD, "names", case=owner, old=said, new=text, do=do, also=tuple(gone[SHOWN:]), **about)


def compare_encodings(
    old: Sequence[Mapping], new: Sequence[Mapping], about: Mapping[str, str], case: str, title: str
) -> Iterator[Change]:
    """One change for a tokenizer that encodes or decodes otherwise; ``old`` and ``new`` are lists of entries."""
    try:
        agreement = compare_entries(new, old, title)
    except CaseFailed as error:
        yield Change(
            Kind.SILENT, "tokenizer", case=case, old="other answers", new=f"{error.verdict}: {error.reason}", **about
        )
        return
    if agreement.differing:
        count = f"{len(agreement.differing)} of {len(agreement.measurements)} values differ"
        do = "pin; the model was trained on the old ids, so retraining or the old tokenizer files are the only cures"
        yield Change(
            Kind.SILENT,
            "tokenizer",
            case=case,
            old="as encoded before",
            new=f"{agreement.worst.difference}; {count}",
            do=do,
            size=float(len(agreement.differing)),
            first=agreement.worst.tensor,
            **about,
        )


def compare_seconds(old: Mapping[str, float], new: Mapping[str, float], about: Mapping[str, str]) -> Iterator[Change]:
    """Phases that take `SLOWER` times as long and `AT_LEAST` seconds more; values are seconds by phase."""
    for phase in old:
        if phase in new and new[phase] > SLOWER * old[phase] and new[phase] - old[phase] > AT_LEAST:
            said = [f"{seconds:.2g} s" for seconds in (old[phase], new[phase])]
            yield Change(
                Kind.SLOWER,
                "seconds",
                case=phase,
                old=said[0],
                new=f"{said[1]}, {new[phase] / old[phase]:.1f} times as long",
                do="measure it with your own load before you decide",
                size=new[phase] / old[phase],
                **about,
            )


def _plainly(value: Any) -> Any:
    """A value as JSON readers see it: 1 and 1.0 are one, keys are texts."""
    if isinstance(value, Mapping):
        return {str(key): _plainly(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plainly(item) for item in value]
    return value


def _counted(dtypes: Mapping[str, int]) -> str:
    return ", ".join(f"{dtype.removeprefix('torch.')}: {count} weights" for dtype, count in sorted(dtypes.items()))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}…"
