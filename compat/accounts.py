"""What two stacks say of one checkpoint beside its answers, and the changes between what they say."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from compat.changes import ACCOUNT, ARGUMENTS, GENERATED, NAMES, SAVING, SECONDS, TOKENIZER, Change, Kind, advice
from compat.configs import flat
from compat.exact import compare_entries, difference
from fixtures.backends import REFERENCE
from fixtures.cases import Checkpoint, called
from fixtures.verdicts import CaseFailed, Verdict

Account = Mapping[str, Any]
# By class or call: its ``own`` names, ``all`` with those that it inherits, what a call takes for what is not ``given``.
Names = Mapping[str, Mapping[str, Any]]
PARTS = {  # of a worker's ``account``
    "dtypes": "loading with no dtype named",
    "defaults": "defaults",
    "names": "names",
    "written": "save_pretrained",
    "halved": "loading in bfloat16 by name",
    "generated": "running as it is loaded with no dtype named",
}
OF = {"default-dtype": "dtypes", "tying": "dtypes", "defaults": "defaults", NAMES: "names", SAVING: "written"}
OF |= {"asked-dtype": "halved", GENERATED: "generated", ARGUMENTS: "names"}  # which part a check's changes are found in
LOADED = ("written", "generated")  # parts that are asked of the model of the first
EVERYTHING = "defaults and names"  # where there is no account at all
SHOWN = 8
IMPORT, LIBRARY_ALONE = IMPORTS = ("import", "import of the library alone")  # of the first the framework is a part
NOISE = 2.0  # times, by which plain timings of the same work differ on a busy machine
SLOWER = 3.0
AT_LEAST = 0.3  # seconds: below this a ratio is a matter of a few system calls
JUDGED = ("import", "load", "first call", "forward", "tokenizer load", "tokenisation")  # phases that `ab` has as well
VERDICT = ", or ask for the verdict of `ab`: `--speed`"
MODEL = "model"  # begins what a worker calls the model's class and what is called on it
OFF = (False, "", "no")  # in the words of one release and of another
KEYWORDS = "**"  # how a worker says that a call takes any name
DTYPE = ("dtype", "torch_dtype")  # its name changed, and what a model is loaded in has a row of its own
PIN = "pin, or write the old value into the file that it is read from"


def compare_accounts(old: Account, new: Account, checkpoint: Checkpoint, whole: bool = True) -> Iterator[Change]:
    """Changed defaults, another dtype on loading, other files on saving, names that are gone, announcements that are new.

    ``old`` and ``new`` are answers of a worker's ``account``. Not ``whole``: only what differs from checkpoint to checkpoint.
    """
    about = {
        "architecture": called(checkpoint.architecture, checkpoint.name),
        "head": checkpoint.head,
        "backend": "",
    }
    yield from _failing(old, new, about)
    both = [name for name in old if name in new]
    if "defaults" in both:
        defaults = [fields_of(side["defaults"]) for side in (old, new)]
        yield from _values(*defaults, about)
        yield from _fields(*defaults, about) if whole else ()
    if "dtypes" in both:
        yield from _loaded(old["dtypes"], new["dtypes"], about)
    if "halved" in both and old["halved"] and new["halved"] and (said := _other_dtypes(old["halved"], new["halved"])):
        do = "look at the dtypes after loading: some weights are no longer, or only now, in the one that was asked for"
        yield Change(Kind.SILENT, "asked-dtype", case="bfloat16", old=said[0], new=said[1], do=do, **about)
    if "generated" in both and old["generated"] != new["generated"]:
        told = difference(new["generated"], old["generated"], None, None)
        do = "set max_new_tokens and the rest yourself: what generate does when nothing is asked of it changed"
        yield Change(Kind.SILENT, GENERATED, case="no settings", old="as generated before", new=told, do=do, **about)
    if "names" in both:
        names = [side["names"] if whole else {"config": side["names"]["config"]} for side in (old, new)]
        yield from gone_names(*names, about)
        yield from other_arguments(*names, about)
    if whole and "written" in both:
        yield from files(old["written"], new["written"], about)
    if whole and not set(old["failed"]).difference(new["failed"]):
        yield from announced(old["announced"], new["announced"], about)


def of_any_backend(account: Account) -> Account:
    """What an account says that holds wherever the checkpoint is run: nothing of PyTorch's model."""
    parts = {name: account[name] for name in ("defaults", "names") if name in account}
    if "names" in parts:
        parts["names"] = {name: said for name, said in parts["names"].items() if not name.startswith(MODEL)}
    failed = {part: why for part, why in account["failed"].items() if part in ("defaults", "names")}
    return {**parts, "failed": failed, "announced": []}


def told(account: Account) -> list[str]:
    """The parts that a stack tells of itself."""
    return [part for part in PARTS if part in account]


def unaccounted(old: Account) -> dict[str, str]:
    """What the old stack can't tell of itself, so that nothing is known of the new one: part to reason."""
    return {PARTS[part]: why for part, why in old["failed"].items()}


def hiding(known: Change) -> tuple[str, ...]:
    """What an account's failures are called that leave nothing to see a change by which an account tells."""
    own = next((part for part, case in PARTS.items() if case == known.case), "") if known.check == ACCOUNT else ""
    part = own or OF.get(known.check, "")
    if not part:  # a warning may come with any
        return (EVERYTHING, *PARTS.values())
    before = [PARTS["dtypes"]] if part in LOADED else []
    return (EVERYTHING, *before, *([] if own else [PARTS[part]]))


def _failing(old: Account, new: Account, about: Mapping[str, str]) -> Iterator[Change]:
    """A change for each part that the new stack alone can't do."""
    for part, why in new["failed"].items():
        if part in old:
            do = advice(Kind.LOUD, Verdict(why.partition(":")[0]), why)
            asked = {**about, "backend": REFERENCE}  # as the cases that fail by the same error
            yield Change(Kind.LOUD, ACCOUNT, case=PARTS[part], old="works", new=why, do=do, **asked)


def _loaded(old: Mapping[str, int], new: Mapping[str, int], about: Mapping[str, str]) -> Iterator[Change]:
    """Another dtype, and another number, of the weights of a model that was loaded with no dtype named."""
    if said := _other_dtypes(old, new):
        do = "name the dtype on loading"
        yield Change(Kind.SILENT, "default-dtype", case="no dtype named", old=said[0], new=said[1], do=do, **about)
    if sum(old.values()) != sum(new.values()):
        do = "save the checkpoint without the copy: tied weights that are no longer tied learn apart"
        said = [f"{sum(counts.values())} separate weights" for counts in (old, new)]
        yield Change(Kind.SILENT, "tying", case="load", old=said[0], new=said[1], do=do, **about)


def _other_dtypes(old: Mapping[str, int], new: Mapping[str, int]) -> list[str]:
    """What each side's weights are of, where that is not the same; of other numbers of weights their kinds alone tell."""
    if sorted(old) != sorted(new):
        return [", ".join(sorted(names)) for names in (old, new)]
    if old != new and sum(old.values()) == sum(new.values()):
        return [", ".join(f"{name} in {counts[name]}" for name in sorted(counts)) for counts in (old, new)]
    return []


def fields_of(said: Mapping[str, Mapping[str, Any] | None]) -> dict[str, Any]:
    """The fields of ``config`` and ``generation`` by their paths, as ``config.eps``; how a dtype is spelled is none."""
    paths = {f"{name}.{path}": value for name, fields in said.items() if fields for path, value in flat(fields).items()}
    return {path: value for path, value in paths.items() if path.rpartition(".")[2] not in DTYPE}


def files(
    old: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]], about: Mapping[str, str]
) -> Iterator[Change]:
    """One change when ``save_pretrained`` writes other files, and one when what it writes has other tensors in it."""
    do = "change what reads these {} by name; whether the old stack still reads them has a row of its own"
    for kind, case, named in (("files", "save_pretrained", "files"), ("keys", "key names", "tensors")):
        gone, come = (sorted(set(a[kind]) - set(b[kind])) for a, b in ((old, new), (new, old)))
        if not gone and not come:
            continue
        parts = (*(f"no longer {name}" for name in gone), *(f"now {name}" for name in come))
        writes = {side: _writes(names) for side, names in (("old", gone), ("new", come))}
        yield Change(Kind.FORMAT, SAVING, case=case, do=do.format(named), parts=parts, **writes, **about)


def _writes(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"writes {', '.join(names[:SHOWN]) or 'nothing more'}{more}"


def announced(old: Sequence[str], new: Sequence[str], about: Mapping[str, str]) -> Iterator[Change]:
    """One change for each warning of things to come that the old stack didn't give."""
    for text in sorted(set(new) - set(old)):
        do = "follow it before the next upgrade"
        yield Change(Kind.ANNOUNCED, "warnings", case="load and run", old="said nothing", new=text, do=do, **about)


def _values(old: Mapping[str, Any], new: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Change]:
    """Fields that both have with other values."""
    for name in _differing(old, new):
        if new[name] is not None:
            said = [_short(side[name]) for side in (old, new)]
            yield Change(Kind.SILENT, "defaults", case=name, old=said[0], new=said[1], do=PIN, **about)


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], about: Mapping[str, str]) -> Iterator[Change]:
    """Fields that are None now, and fields that are gone, each as one list."""
    unset = [name for name in _differing(old, new) if new[name] is None]
    if unset:
        do = "code that reads these fields gets None; whether generate still does the same has a row of its own"
        yield _list(Kind.SILENT, "fields unset", unset, old, "None", do, about)
    gone = [name for name in sorted(set(old) - set(new)) if old[name] is not None]
    if gone:
        do = "code that reads these fields gets AttributeError: read them with a default of your own"
        yield _list(Kind.LOUD, "fields gone", gone, old, "no such field", do, about)


def _list(
    kind: Kind, case: str, names: Sequence[str], old: Mapping[str, Any], new: str, do: str, about: Mapping[str, str]
) -> Change:
    said = ", ".join(f"{name} = {_short(old[name])}" for name in names[:SHOWN])
    also = {"also": tuple(names[SHOWN:]), "parts": tuple(names)}
    return Change(kind, "defaults", case=case, old=said, new=new, do=do, **also, **about)


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return [name for name in sorted(set(old) & set(new)) if old[name] != new[name]]


def gone_names(old: Names, new: Names, about: Mapping[str, str]) -> Iterator[Change]:
    """One change for each class or call that lost names, or is gone itself."""
    for owner in sorted(old):
        left = new[owner]["all"] if owner in new else ()
        gone = sorted(set(old[owner]["own"]) - {*left, KEYWORDS})
        if not gone:
            continue
        also = {"also": tuple(gone[SHOWN:]), "parts": tuple(gone)}
        if KEYWORDS in left:
            text = f"{len(gone)} arguments are no longer named; any name is taken, and what is not known is ignored"
            do = "search your code for them: they may have no effect any more, without an error"
            yield Change(Kind.SILENT, NAMES, case=owner, old=_has(gone), new=text, do=do, **also, **about)
            continue
        what = "arguments" if owner.endswith("()") else "names"
        said = _has(gone) if owner in new else "is there"
        text = f"removed: {len(gone)} {what} gone" if owner in new else "removed: it is gone"
        do = "search your code for them: each raises AttributeError or TypeError"
        yield Change(Kind.LOUD, NAMES, case=owner, old=said, new=text, do=do, **also, **about)


def other_arguments(old: Names, new: Names, about: Mapping[str, str]) -> Iterator[Change]:
    """One change for each argument that a call takes for another value when nobody gives it.

    None stands for what is found out later, which may be the value of before.
    """
    for call in sorted(set(old) & set(new)):
        before, after = (side[call].get("given", {}) for side in (old, new))
        for name in _differing(before, after):
            if after[name] is None or all(side[name] in OFF for side in (before, after)):
                continue
            said = [_short(side[name]) for side in (before, after)]
            do = "name it in the call: what is not given is another value now"
            yield Change(Kind.SILENT, ARGUMENTS, case=f"{call} {name}", old=said[0], new=said[1], do=do, **about)


def _has(names: Sequence[str]) -> str:
    return f"has {', '.join(names[:SHOWN])}"


def compare_encodings(
    old: Sequence[Mapping], new: Sequence[Mapping], about: Mapping[str, str], case: str, title: str
) -> Iterator[Change]:
    """One change for a tokenizer that encodes or decodes otherwise; ``old`` and ``new`` are lists of entries."""
    try:
        agreement = compare_entries(new, old, title)
    except CaseFailed as error:
        yield Change(
            Kind.SILENT, TOKENIZER, case=case, old="other answers", new=f"{error.verdict}: {error.reason}", **about
        )
        return
    if agreement.differing:
        count = f"{len(agreement.differing)} of {len(agreement.measurements)} values differ"
        do = "pin; the model was trained on the old ids, so retraining or the old tokenizer files are the only cures"
        yield Change(
            Kind.SILENT,
            TOKENIZER,
            case=case,
            old="as encoded before",
            new=f"{agreement.worst.difference}; {count}",
            do=do,
            size=float(len(agreement.differing)),
            first=agreement.worst.tensor,
            **about,
        )


def near_slower(old: Mapping[str, float], new: Mapping[str, float]) -> bool:
    """Whether a phase takes so much longer that, but for noise, `compare_seconds` might tell it; values are seconds by phase.

    A process imports once, and would take as long in every round.
    """
    return any(
        NOISE * new[phase] > SLOWER * old[phase] and NOISE * new[phase] - old[phase] > AT_LEAST
        for phase in old
        if phase in new and phase not in IMPORTS
    )


def compare_seconds(old: Mapping[str, float], new: Mapping[str, float], about: Mapping[str, str]) -> Iterator[Change]:
    """Phases that take `SLOWER` times as long and `AT_LEAST` seconds more; values are seconds by phase."""
    for phase in old:
        if phase in new and new[phase] > SLOWER * old[phase] and new[phase] - old[phase] > AT_LEAST:
            said = [f"{seconds:.2g} s" for seconds in (old[phase], new[phase])]
            yield Change(
                Kind.SLOWER,
                SECONDS,
                case=phase,
                old=said[0],
                new=f"{said[1]}, {new[phase] / old[phase]:.1f} times as long",
                do="measure it with your own load before you decide" + (VERDICT if phase in JUDGED else ""),
                size=new[phase] / old[phase],
                **about,
            )


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}…"
