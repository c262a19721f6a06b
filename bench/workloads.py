"""What the benchmarks put through a checkpoint: real reviews, tokenised, in rows that are full."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from fixtures.arrays import Arrays
from fixtures.cases import Checkpoint
from fixtures.checkpoints.trained import TrainedCheckpoint
from fixtures.finetuning import OPTIMIZER, Score, known_to, score
from fixtures.inputs.batch import generator
from fixtures.text import characters
from fixtures.text.nsmc import held_out, read_reviews
from fixtures.verdicts import CaseFailed, Verdict
from fixtures.worker import Reply, Worker

# A model of KB-ALBERT's size with untrained weights runs away at the rate that the small one learns with.
LEARNING_RATES = {"kb-albert-char": 2e-5}
HELD_OUT = 1000


@dataclass(frozen=True)
class Workload:
    """Arrays of shape (rows, tokens) and where their text is from; ``digest`` tells two workloads apart."""

    arrays: Arrays
    source: str

    @property
    def digest(self) -> str:
        """Hex digest over names and values."""
        parts = b"".join(
            name.encode() + np.ascontiguousarray(self.arrays[name]).tobytes() for name in sorted(self.arrays)
        )
        return hashlib.sha256(parts).hexdigest()


@cache
def inference(checkpoint: Checkpoint, shape: str, builder: Worker, nsmc: str | None) -> Workload:
    """A batch of ``shape`` (``rows x tokens``, as in ``8x64``) made of test reviews, several to a row so that none is padded."""
    rows, tokens = (int(part) for part in shape.split("x"))
    reviews = read_reviews("test", rows * tokens // 4, nsmc)
    share = len(reviews.texts) // rows
    texts = [" ".join(reviews.texts[row * share : (row + 1) * share]) for row in range(rows)]
    return Workload(_encoded(checkpoint, texts, tokens, builder), reviews.source)


def assert_of_kind(kind: str, timed: Sequence[Reply]) -> None:
    """Raise `CaseFailed` with ``not-offered`` when the library gave a tokenizer of the other kind."""
    if any(reply.value["kind"] != kind for reply in timed):
        raise CaseFailed(Verdict.NOT_OFFERED, f"this release has no {kind} tokenizer for the checkpoint")


def optimizer(checkpoint: Checkpoint) -> dict[str, float]:
    """AdamW's settings for a checkpoint; weight decay is for matrices only."""
    return {**OPTIMIZER, "learning_rate": LEARNING_RATES.get(checkpoint.name, OPTIMIZER["learning_rate"])}


@cache
def training(checkpoint: Checkpoint, shape: str, steps: int, nsmc: str | None) -> Workload:
    """``steps`` batches of training reviews and labels by the checkpoint's characters, named ``step.input_ids`` and so on."""
    rows, tokens = (int(part) for part in shape.split("x"))
    reviews = read_reviews("train", rows * steps, nsmc)
    encoded = characters.encode(reviews.texts, tokens, known_to(checkpoint))
    encoded["labels"] = np.asarray(reviews.labels, np.int64)
    arrays = {
        f"{step}.{name}": values[step * rows : (step + 1) * rows]
        for step in range(steps)
        for name, values in encoded.items()
    }
    return Workload(arrays, reviews.source)


def learnt(worker: Worker, checkpoint: Checkpoint, shape: str, nsmc: str | None) -> Score | None:
    """What the model that the worker has trained makes of test reviews; None for a loud one, whose labels mean nothing."""
    if not isinstance(checkpoint, TrainedCheckpoint):
        return None
    return score(worker, held_out(HELD_OUT, nsmc), int(shape.split("x")[1]), known_to(checkpoint))


def _encoded(checkpoint: Checkpoint, texts: list[str], tokens: int, builder: Worker) -> Mapping[str, np.ndarray]:
    if not isinstance(checkpoint, TrainedCheckpoint) or checkpoint.characters:
        return characters.encode(texts, tokens, known_to(checkpoint))
    if not checkpoint.has_tokenizer:
        ids = generator(checkpoint.name, "bench").integers(5, checkpoint.config["vocab_size"], (len(texts), tokens))
        return {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    asked = {"directory": str(checkpoint.path), "texts": texts, "length": tokens, "trusted": checkpoint.trusted}
    encoded = builder.ask("encode", **asked).arrays
    return {name: encoded[name] for name in ("input_ids", "attention_mask")}
