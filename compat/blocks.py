"""Whose error it is: each block is run once more from the truth's own state, and errs by itself or inherits."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from compat.budget import RMSE_BUDGET, Measurement
from fixtures.backends.replay import STATE

ATTENTION = re.compile(r"(?P<stack>\w*?)(?:cross_)?attentions\.(?P<index>\d+)$")

HEAD = ""  # what is made of the last state


@dataclass(frozen=True)
class Origin:
    """Which parts of a model err by themselves and which only pass an error on, each by the state that it makes.

    ``judged`` is False where no block could be run by itself.
    """

    own: tuple[str, ...]
    inherited: tuple[str, ...]
    judged: bool

    @property
    def told(self) -> str:
        """One clause for a message."""
        if not self.judged:
            return "whose error it is can't be told: no part of it takes one state and returns the next"
        own, inherited = _listed(self.own), _listed(self.inherited)
        if not own:
            return f"the error grows over {inherited}, each within the budget by itself"
        return f"own error of {own}" + (f", inherited by {inherited}" if inherited else "")


def beyond(measured: Measurement) -> bool:
    """Whether a tensor is beyond the budget; NaN is."""
    return not measured.ratio <= RMSE_BUDGET


def origin(plain: Iterable[Measurement], replayed: Iterable[Measurement], blocks: Collection[str]) -> Origin:
    """Whose error it is, from a plain run's measurements and from those of a run of each block by itself.

    ``blocks``: the states that the blocks make which could be run so.
    """
    plain, replayed = list(plain), list(replayed)
    tensors = [measured.tensor for measured in plain]
    wrong = {part_of(measured.tensor, tensors) for measured in plain if beyond(measured)}
    alone = {part_of(measured.tensor, tensors) for measured in replayed if beyond(measured)}
    # A head is judged only where it got the truth, and embeddings get nothing but the inputs.
    last_errs = any(part in alone and _next(part) not in blocks for part in blocks)
    own = {part for part in blocks if part in alone}
    own |= {part for part in wrong if _is_input(part) or (part == HEAD and part in alone and not last_errs)}
    order = [part for part in dict.fromkeys(part_of(name, tensors) for name in tensors) if part in own | wrong]
    return Origin(
        tuple(part for part in order if part in own), tuple(part for part in order if part not in own), bool(blocks)
    )


def part_of(tensor: str, tensors: Collection[str]) -> str:
    """The state whose making an output belongs to: attentions belong to the block's that made them; the rest is the head's."""
    if STATE.match(tensor):
        return tensor
    found = ATTENTION.match(tensor)
    if found:
        states = [f"{stack}hidden_states.{int(found['index']) + 1}" for stack in (found["stack"], "decoder_")]
        return next((state for state in states if state in tensors), HEAD)
    stack, last, _ = tensor.rpartition("last_hidden_state")
    made = [name for name in tensors if last and (state := STATE.match(name)) and state[1] in (stack, "decoder_")]
    return max(made, key=lambda name: (STATE.match(name)[1] == stack, int(STATE.match(name)[2])), default=HEAD)


def name_of(part: str) -> str:
    """What a message calls the part that makes a state."""
    if not part:
        return "the head"
    stack, index = STATE.match(part).groups()
    whose = stack.replace("_", " ")
    return f"the {whose}embeddings" if index == "0" else f"{whose}block {int(index) - 1}"


def _is_input(part: str) -> bool:
    return bool(part) and STATE.match(part)[2] == "0"


def _next(part: str) -> str:
    stack, index = STATE.match(part).groups()
    return f"{stack}hidden_states.{int(index) + 1}"


def _listed(parts: tuple[str, ...]) -> str:
    names = [name_of(part) for part in parts]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)
