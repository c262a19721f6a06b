"""Whether a checkpoint was loaded whole: by what the tensors hold, not by what the loader says."""

from collections.abc import Mapping
from typing import Any

from fixtures.verdicts import CaseFailed, Verdict


def assert_all_loaded(
    loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any], title: str
) -> None:
    """Every weight of the model holds a tensor of the file, or a table that the reference computes, to the same bits.

    ``loading["weights"]`` and ``stored`` map names to fingerprints, the model's and the file's; ``own`` is the reference's
    account of its own loading. Raises `CaseFailed` with ``load-incomplete``.
    """
    computed = {own["weights"][name] for name in own["computed"] if name in own["weights"]}
    initial = [name for name, digest in not_in_file(loading["weights"], stored).items() if digest not in computed]
    if initial:
        text = f"{title}: left at an initial value: {_some(initial)}; {_said(loading)}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def assert_all_used(loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any], title: str) -> None:
    """Every tensor of the file is held by a weight; arguments as above. Raises `CaseFailed` with ``load-incomplete``.

    What the reference leaves unused, as a base model leaves a head, others may leave as well, and tables that it computes
    need not be read. A tensor that is not used can leave the answers right, so they are judged first.
    """
    left = {*not_in_model(own["weights"], stored), *own["computed"]}
    unused = [name for name in not_in_model(loading["weights"], stored) if name not in left]
    if unused:
        text = f"{title}: in the file and not used: {_some(unused)}; the answers are right; {_said(loading)}"
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, text)


def _said(loading: Mapping[str, Any]) -> str:
    said = {name: loading[name] for name in ("missing", "unexpected") if loading[name]}
    return f"the loader itself said {said}" if said else "the loader itself said nothing"


def not_in_file(weights: Mapping[str, str], stored: Mapping[str, str]) -> dict[str, str]:
    """The model's weights whose values are in no tensor of the file, name to fingerprint."""
    values = set(stored.values())
    return {name: weights[name] for name in sorted(weights) if weights[name] not in values}


def not_in_model(weights: Mapping[str, str], stored: Mapping[str, str]) -> list[str]:
    """Names of the file's tensors whose values are in no weight of the model."""
    values = set(weights.values())
    return sorted(name for name, digest in stored.items() if digest not in values)


def _some(names: list[str]) -> str:
    shown = ", ".join(names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
