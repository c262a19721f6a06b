"""Shrinking a failure: fewer rows, layers, heads and tokens, for as long as it survives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fixtures.arrays import Arrays

LAYERS = (
    *("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    *("encoder_layers", "decoder_layers", "num_decoder_layers"),
)
HEADS = (
    *("num_attention_heads", "n_head", "n_heads", "num_heads", "num_key_value_heads"),
    *("encoder_attention_heads", "decoder_attention_heads"),
)


@dataclass(frozen=True)
class Failing:
    """A checkpoint and inputs on which the failure shows; ``fields`` are those of its config that were cut."""

    directory: Path
    inputs: Arrays
    fields: Mapping[str, Any]

    @property
    def told(self) -> str:
        """Its size, as a message says it."""
        ids = next(iter(self.inputs.values()))
        cut = [f"{name} {value}" for name, value in self.fields.items()]
        return ", ".join([f"{_count(len(ids), 'row')} of {_count(ids.shape[-1], 'token')}", *cut])


def shrink(
    failing: Failing,
    config: Mapping[str, Any],
    row: int,
    survives: Callable[[Failing], bool],
    cut: Callable[[Failing, Mapping[str, Any]], Path | None],
) -> Failing:
    """The smallest failure that a few steps lead to; everything at once comes first, since each step costs a run.

    ``row`` is the one to keep. ``survives`` tells whether the failure still shows, and says no to everything once time is up.
    ``cut`` writes the checkpoint with fields of its config changed, and returns None where its weights don't allow that.
    """
    one = replace(failing, inputs={name: array[row : row + 1] for name, array in failing.inputs.items()})
    layers, heads = ({name: 1 for name in names if _several(config.get(name))} for names in (LAYERS, HEADS))
    smallest = _cut(one, {**layers, **heads}, survives, cut)
    if smallest is one:
        smallest = one if survives(one) else failing
        for fields in (layers, heads, *({name: 1} for name in {**layers, **heads})):
            smallest = _cut(smallest, fields, survives, cut)
    for prefix in ("", "decoder_"):
        group = [name for name in smallest.inputs if name.startswith("decoder_") == bool(prefix)]
        smallest = _shortened(smallest, group, survives) if group else smallest
    return smallest


def _shortened(failing: Failing, group: list[str], survives: Callable[[Failing], bool]) -> Failing:
    """The first tokens of the inputs in ``group``, as few as needed, found by halving and to an eighth exactly."""
    too_few, enough = 0, failing.inputs[group[0]].shape[-1]
    tried = 1
    while enough - too_few > max(1, enough // 8):
        inputs = {name: array[..., :tried] if name in group else array for name, array in failing.inputs.items()}
        shorter = replace(failing, inputs=inputs)
        if survives(shorter):
            failing, enough = shorter, tried
        else:
            too_few = tried
        tried = (too_few + enough) // 2
    return failing


def _cut(
    failing: Failing, fields: Mapping[str, Any], survives: Callable[[Failing], bool], cut: Callable[..., Path | None]
) -> Failing:
    """The failure with these fields cut as well, where it survives that."""
    wanted = {**failing.fields, **fields}
    directory = cut(failing, wanted) if set(fields) - set(failing.fields) else None
    smaller = replace(failing, directory=directory, fields=wanted) if directory else None
    return smaller if smaller and survives(smaller) else failing


def _several(value: Any) -> bool:
    return isinstance(value, int) and value > 1


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
