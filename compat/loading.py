"""Whether a checkpoint was loaded whole: by what the tensors hold, not by what the loader says."""

from collections.abc import Mapping
from typing import Any

from fixtures.verdicts import CaseFailed, Verdict


def assert_loaded_whole(
    loading: Mapping[str, Any], stored: Mapping[str, str], own: Mapping[str, Any], title: str
) -> None:
    """Every weight of the model holds a tensor of the file, and every tensor of the file is held by a weight.

    ``loading["weights"]`` and ``stored`` map names to fingerprints, the model's and the file's. ``own`` is the reference's
    account of its own loading: what it leaves unused, as a base model leaves a head, others may leave as well, and what it
    computes itself, as sinusoidal positions, others may compute, to the same bits. Raises `CaseFailed` with
    ``load-incomplete``.
    """
    left = {*not_in_model(own["weights"], stored), *own["computed"]}
    computed = {own["weights"][name] for name in own["computed"]}
    initial = [name for name, digest in not_in_file(loading["weights"], stored).items() if digest not in computed]
    unused = [name for name in not_in_model(loading["weights"], stored) if name not in left]
    parts = [f"left at an initial value: {_some(initial)}"] if initial else []
    parts += [f"in the file and not used: {_some(unused)}"] if unused else []
    if parts:
        said = {name: loading[name] for name in ("missing", "unexpected") if loading[name]}
        parts.append(f"the loader itself said {said}" if said else "the loader itself said nothing")
        raise CaseFailed(Verdict.LOAD_INCOMPLETE, f"{title}: {'; '.join(parts)}")


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
