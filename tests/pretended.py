"""An upgrade whose workers are pretended: each answers every model with the same arrays, or fails."""

import argparse
import json
from concurrent.futures import Future

import numpy as np
from safetensors.numpy import save_file

from compat import pair, upgrade
from fixtures.cases import Case
from fixtures.checkpoints.named import own_checkpoint
from fixtures.lab import Lab
from fixtures.options import add_options
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply

WEIGHTS = {"cls.weight": "its digest"}
LOADING = {"weights": WEIGHTS, "computed": [], "buffers": [], "missing": [], "unexpected": []}
OUTPUTS = {"logits": np.linspace(-2.0, 2.0, 64).astype(np.float32)}
OTHERS = {"logits": OUTPUTS["logits"] * np.float32(1.01)}
ABSENT = CaseFailed("not-installed", "no jax")
CONFIG = {
    "model_type": "bert",
    "architectures": ["BertForMaskedLM"],
    "vocab_size": 99,
    "max_position_embeddings": 64,
    "type_vocab_size": 2,
    "pad_token_id": 0,
}


class Pretended:
    """A worker that answers ``forward`` with ``outputs``, an exception for none, and knows what the file holds."""

    def __init__(self, outputs=OUTPUTS):
        failed = isinstance(outputs, Exception)
        forward = outputs if failed else Reply({"loading": LOADING, "repeatable": True}, outputs)
        self.answers = {"forward": forward, "stored": Reply({"tensors": WEIGHTS}, {})}

    def submit(self, call, arrays=None, arrays_are="inputs", **arguments):
        future = Future()
        answer = self.answers.get(call, CaseFailed("run-error", f"nobody can {call} here"))
        settle = future.set_exception if isinstance(answer, Exception) else future.set_result
        settle(answer)
        return future

    def ask(self, call, arrays=None, arrays_are="inputs", **arguments):
        return self.submit(call, arrays, arrays_are, **arguments).result()

    def begin(self):
        pass

    def close(self):
        pass


def lab_of(prepared, old, new, reference, absent="", others=()):
    """The upgrade's lab with these workers; each stands for every backend of its stack but the one that is ``absent``.

    ``others``: further launches of the upgrade, whose workers are to be put in.
    """
    stacks = {each.called: each.new for each in (prepared, *others)}
    lab = Lab(prepared.old, prepared.options.settings, others=stacks)
    lab.workers[prepared.old.name, "reference"] = reference
    for backend in prepared.options.backends:
        for stack, worker in ((prepared.old.name, old), (prepared.called, new)):
            lab.workers[stack, backend] = Pretended(ABSENT) if backend == absent else worker
    return lab


def built(monkeypatch):
    """Have every stack of tox.ini count as built."""
    monkeypatch.setattr(upgrade, "same_versions", lambda old, new: old.name == new.name)
    for module in (pair, upgrade):
        monkeypatch.setattr(module, "packages", lambda stack: {"safetensors": "0.6", "transformers": "4.57.6"})
    monkeypatch.setattr(upgrade, "build", lambda stack: None)


def prepared(*arguments, old="tr457", new="tr523"):
    """The upgrade that a command line asks for."""
    parser = argparse.ArgumentParser()
    add_options(parser.add_argument)
    return upgrade.prepare(old, new, parser.parse_args(arguments))


def checkpoint_in(folder):
    """A small checkpoint of a user's own, without a tokenizer."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    save_file({"cls.weight": np.zeros((99, 8), np.float32)}, folder / "model.safetensors")
    return folder


def own_case(folder, stack="tr457", check="outputs", inputs="plain"):
    """A case of such a checkpoint."""
    own = own_checkpoint(str(checkpoint_in(folder)), None, False)
    return Case("compat", check, own, inputs, "torch", stack, "cpu", "float32", "safetensors")
