"""Whether a checkpoint was loaded whole: by what the tensors hold, not by what the loader says."""

from collections.abc import Mapping
from typing import Any

from compat.compare import Comparison, compare_outputs
from compat.layout import layouts, odd_ones
from fixtures.answers import Answer, Reference
from fixtures.arrays import Arrays
from fixtures.cases import Case
from fixtures.verdicts import CaseFailed, Verdict

LEFT_OVER = "not what the code computes"
RIGHT = "the answers are right"


def assert_loaded(case: Case, reference: Reference, answer: Answer) -> None:
    """`assert_all_loaded` of the model that gave an answer."""
    assert_all_loaded(answer.loading, reference.stored(case), reference.loading(case), case.title)


def assert_all_loaded(
    loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any], title: str
) -> None:
    """Every weight of the model holds a tensor of the file, or a table that the reference computes, to the same bits.

    ``loading["weights"]`` and ``stored`` map names to fingerprints, the model's and the file's; ``own`` is the reference's
    account of its own loading: ``computed`` names its tables, ``buffers`` what may be one where the file has nothing of the
    name. Raises `CaseFailed` with ``load-incomplete``.
    """
    initial = initial_weights(loading, stored, own)
    if initial:
        text = f"{title}: left at an initial value: {some(initial)}; {_said(loading)}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def assert_all_used(loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any], title: str) -> None:
    """Every tensor of the file is held by a weight; arguments as above. Raises `CaseFailed` with ``load-incomplete``.

    What the reference leaves unused, as a base model leaves a head, others may leave as well, and tables that it computes
    need not be read. A tensor that is not used can leave the answers right, so they are judged first.
    """
    left = {*not_in_model(own["weights"], stored), *own["computed"]}
    unused = [name for name in not_in_model(loading["weights"], stored) if name not in left]
    if unused:
        text = f"{title}: in the file and not used: {some(unused)}; {RIGHT}; {_said(loading)}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def compare_weights(weights: Arrays, tensors: Arrays, title: str) -> Comparison:
    """Hold every weight that is a tensor of the file against it, in the file's layout; equal bits measure 0.

    Raises `CaseFailed` with ``load-incomplete`` when no weight is, or when a square one is laid out otherwise than its kind.
    """
    found = layouts(weights, tensors, title)
    if not found:
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, f"{title}: no weight holds a tensor of the file")
    odd = odd_ones(found)
    if odd:
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, f"{title}: transposed, unlike the others of its kind: {some(odd)}")
    held = {name: layout.apply(weights[layout.variable]) for name, layout in found.items()}
    wanted = {name: tensors[name] for name in found}
    return compare_outputs(held, wanted, wanted, (), title)


def assert_audited(said: Mapping[str, Any], title: str) -> None:
    """Two loads gave the same bits, and tables that the code computes are what it computes.

    Raises `CaseFailed` with ``load-incomplete``.
    """
    if said["differing"]:
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, f"{title}: a second load differs in {some(said['differing'])}")
    if said["unlike_new"]:
        text = f"{title}: {LEFT_OVER}: {some(said['unlike_new'])}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def assert_all_kept(weights: Mapping[str, str], written: Mapping[str, str], title: str) -> None:
    """What was saved and loaded again has every weight, name to fingerprint; raises `CaseFailed` with ``load-incomplete``."""
    other = sorted(name for name, digest in weights.items() if written.get(name) != digest)
    if other or len(written) != len(weights):
        extra = sorted(set(written) - set(weights))
        text = f"{title}: saved and loaded again, {len(other)} of {len(weights)} weights are others: {some(other or extra)}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def assert_truth_loaded(stored: Mapping[str, str], own: Mapping[str, Any], title: str) -> None:
    """The reference was itself loaded whole; arguments as above. Raises `CaseFailed` with ``no-truth``."""
    try:
        assert_all_loaded(own, stored, own, title)
    except CaseFailed as error:
        raise CaseFailed(Verdict.NO_TRUTH, f"the reference can't be held to this file: {error.reason}") from None


def _said(loading: Mapping[str, Any]) -> str:
    said = {name: sorted(set(loading[name])) for name in ("missing", "unexpected") if loading[name]}
    told = [f"{len(names)} {kind}: {some(names)}" for kind, names in said.items()]
    return f"the loader itself said {' and '.join(told)}" if told else "the loader itself said nothing"


def initial_weights(loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any]) -> list[str]:
    """Names of the model's weights whose values are neither in the file nor in a table that the reference computes.

    Arguments as those of `assert_all_loaded`. Tables that the reference does not have, as another stack's model may, count
    as computed.
    """
    tables = {own["weights"].get(name) for name in _tables(own, stored)}
    strange = [name for name in _tables(loading, stored) if name not in own["weights"]]
    known = tables.union(loading["weights"].get(name) for name in strange).union(stored.values())
    return sorted(name for name, digest in loading["weights"].items() if digest not in known)


def _tables(side: Mapping[str, Any], stored: Mapping[str, str]) -> list[str]:
    """Names of what a side's code computes: what it says so of, and buffers that the file has nothing of."""
    return [*side.get("computed", ()), *(name for name in side.get("buffers", ()) if not _has(stored, name))]


def not_in_model(weights: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
    """Names of the file's tensors whose values are in no weight of the model."""
    values = set(weights.values())
    return sorted(name for name, digest in stored.items() if digest not in values)


def _has(stored: Mapping[str, str], name: str) -> bool:
    """Whether the file has a tensor of this name, with a prefix or without it."""
    return any(f".{name}".endswith(f".{other}") or f".{other}".endswith(f".{name}") for other in stored)


def some(names: list[str]) -> str:
    """The first few names and how many more there are."""
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
