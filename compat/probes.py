"""Probes: the reference is run with one known mistake, and the mistake that gives the candidate's answer is the likely cause."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fixtures.arrays import Arrays

WHOLE = ("config", "embeddings")  # changes that can't be held to a part
NOTHING = -1e9  # what a mask adds to a score that must not count


@dataclass(frozen=True)
class Probe:
    """A mistake to run the reference with.

    ``name`` completes "the likely cause: …". ``change`` is what `fixtures.backends.changes` makes of the model; ``alter`` makes
    other inputs of the case's, or None where there is nothing to alter.
    """

    name: str
    change: Mapping[str, Any] | None = None
    alter: Callable[[Arrays, int], Arrays | None] | None = None

    def within(self, parts: tuple[str, ...]) -> Mapping[str, Any] | None:
        """The change, held to the parts of these names; None for a probe that alters the inputs."""
        return {**self.change, "within": list(parts)} if self.change else None


def _replaced(name: str, make: Callable[[np.ndarray], np.ndarray]) -> Callable[[Arrays, int], Arrays | None]:
    return lambda inputs, pad: {**inputs, name: make(inputs[name])} if name in inputs else None


def _without(name: str) -> Callable[[Arrays, int], Arrays | None]:
    return lambda inputs, pad: {key: inputs[key] for key in inputs if key != name} if name in inputs else None


def _with(name: str, make: Callable[[Arrays, int], np.ndarray]) -> Callable[[Arrays, int], Arrays | None]:
    # Rows of several choices have their tokens on another axis; what is given to them can be replaced, nothing made for them.
    return lambda inputs, pad: {**inputs, name: make(inputs, pad)} if inputs["input_ids"].ndim == 2 else None


def _real(inputs: Arrays, pad: int) -> np.ndarray:
    ids = inputs["input_ids"]
    return inputs.get("attention_mask", np.ones_like(ids))


def _without_causality(inputs: Arrays, pad: int) -> np.ndarray:
    """A mask of padding alone, added to scores of shape (rows, heads, queries, keys)."""
    mask = _real(inputs, pad).astype(np.float64)
    return np.broadcast_to((1.0 - mask)[:, None, None, :] * NOTHING, (len(mask), 1, mask.shape[1], mask.shape[1]))


def _with_causality(inputs: Arrays, pad: int) -> np.ndarray:
    """A mask of shape (rows, queries, keys): padding, and nothing that comes later."""
    mask = _real(inputs, pad)
    return mask[:, None, :] * np.tril(np.ones((mask.shape[1],) * 2, np.int64))


def _counted(inputs: Arrays, pad: int) -> np.ndarray:
    """Positions that count real tokens alone."""
    return np.maximum(0, np.cumsum(_real(inputs, pad), axis=-1) - 1)


def _counted_from(pad: int) -> Callable[[Arrays, int], np.ndarray]:
    """Positions as RoBERTa counts them when its pad id is ``pad``."""

    def positions(inputs: Arrays, _: int) -> np.ndarray:
        real = (inputs["input_ids"] != pad).astype(np.int64)
        return np.cumsum(real, axis=-1) * real + pad

    return positions


def _arranged(inputs: Arrays, pad: int) -> np.ndarray:
    """Positions that count every token, padding too."""
    ids = inputs["input_ids"]
    return np.broadcast_to(np.arange(ids.shape[-1]), ids.shape).copy()


ACTIVATIONS = {
    "gelu": "exact GELU",
    "gelu_new": "tanh GELU",
    "quick_gelu": "sigmoid GELU",
    "relu": "ReLU",
    "silu": "SiLU",
    "tanh": "tanh as the activation",
}
EPSILONS = (1e-12, 1e-8, 1e-6, 1e-5, 1e-3)

PROBES: tuple[Probe, ...] = (
    *(Probe(told, {"kind": "activation", "value": value}) for value, told in ACTIVATIONS.items()),
    *(Probe(f"epsilon {value:g} in the norms", {"kind": "epsilon", "value": value}) for value in EPSILONS),
    Probe("weights rounded to float16", {"kind": "rounded", "value": "float16"}),
    Probe("weights rounded to bfloat16", {"kind": "rounded", "value": "bfloat16"}),
    Probe("query and key swapped", {"kind": "swapped", "value": None}),
    Probe("attention scores not scaled", {"kind": "scaled", "value": "not"}),
    Probe("attention scores scaled twice", {"kind": "scaled", "value": "by-root"}),
    Probe("attention scores scaled by the model's width", {"kind": "scaled", "value": "by-width"}),
    *(Probe(f"position {move:+d}", {"kind": "positions", "value": move}) for move in (1, -1, 2, -2)),
    Probe("variance of the norms unbiased", {"kind": "unbiased", "value": None}),
    Probe("biases left out", {"kind": "biases", "value": None}),
    Probe("square weights transposed", {"kind": "transposed", "value": None}),
    Probe("embeddings multiplied by the root of their width", {"kind": "embeddings", "value": "times"}),
    Probe("embeddings not multiplied by the root of their width", {"kind": "embeddings", "value": "over"}),
    Probe("causal mask missing (is_decoder not read)", {"kind": "config", "value": {"is_decoder": False}}),
    Probe("causal mask where there should be none", {"kind": "config", "value": {"is_decoder": True}}),
    Probe("attention window one key wider", {"kind": "config", "value": {"sliding_window": {"plus": 1}}}),
    Probe("attention window one key narrower", {"kind": "config", "value": {"sliding_window": {"plus": -1}}}),
    Probe("attention window missing", {"kind": "config", "value": {"sliding_window": {"plus": 1 << 20}}}),
    Probe("attention mask ignored", alter=_replaced("attention_mask", np.ones_like)),
    Probe("attention mask inverted", alter=_replaced("attention_mask", lambda mask: 1 - mask)),
    Probe("decoder's attention mask ignored", alter=_replaced("decoder_attention_mask", np.ones_like)),
    Probe(
        "padding masked without being asked",
        alter=_with("attention_mask", lambda given, pad: given["input_ids"] != pad),
    ),
    Probe("causal mask missing", alter=_with("attention_mask", _without_causality)),
    Probe("causal mask where there should be none", alter=_with("attention_mask", _with_causality)),
    Probe("position_ids ignored", alter=_without("position_ids")),
    Probe("positions that count real tokens alone", alter=_with("position_ids", _counted)),
    Probe("positions that count the padding", alter=_with("position_ids", _arranged)),
    Probe(
        "token type 1 everywhere", alter=_with("token_type_ids", lambda given, pad: np.ones_like(given["input_ids"]))
    ),
    Probe(
        "token type 0 everywhere", alter=_with("token_type_ids", lambda given, pad: np.zeros_like(given["input_ids"]))
    ),
    Probe("token types swapped", alter=_replaced("token_type_ids", lambda types: 1 - types)),
)


def runs(inputs: Arrays, pad: int, scopes: tuple[tuple[str, ...], ...]) -> Iterator[tuple[str, Arrays, Mapping | None]]:
    """Name, inputs and change of every run of the reference that the probes ask for.

    ``scopes``: the parts that a change is held to, the likeliest first; an empty one is the whole model.
    """
    for probe in PROBES:
        if probe.change:
            for parts in scopes if probe.change["kind"] not in WHOLE else [()]:
                yield probe.name + _where(parts), inputs, probe.within(parts)
        else:
            altered = probe.alter(inputs, pad)
            if altered is not None and any(altered.get(name) is not inputs.get(name) for name in {*altered, *inputs}):
                yield probe.name, altered, None


def _where(parts: tuple[str, ...]) -> str:
    if len(parts) > 2:
        return f" in {parts[0]} and {len(parts) - 1} parts more, not elsewhere"
    return f" in {' and '.join(parts)} alone" if parts else ""
