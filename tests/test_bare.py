"""The loop without a worker, which what the harness itself costs is held against, runs in a stack's own interpreter."""

from contextlib import closing

import numpy as np

from bench.alone import Alone
from fixtures.backends import REFERENCE
from fixtures.checkpoints.named import film_reviews


def test_the_bare_loop_times_as_many_calls_as_it_is_asked_for(lab, tmp_path):
    np.savez(tmp_path / "inputs.npz", input_ids=np.ones((1, 8), np.int64))
    spec = {
        "directory": str(film_reviews().path),
        "head": "seq-cls",
        "device": "cpu",
        "dtype": "float32",
        "attention": "",
    }
    asked = {"backend": REFERENCE, "threads": 1, "spec": spec, "inputs": str(tmp_path / "inputs.npz")}

    with closing(Alone(lab, asked)) as bare:
        seconds = bare.block(3)

    assert len(seconds) == 3
    assert min(seconds) > 0
