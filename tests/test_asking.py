"""What the localiser asks of workers, with workers that only note what they were asked."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from compat.asking import Asking
from compat.shrink import Failing
from fixtures.cases import Case

ANSWER = {"hidden_states.0": np.ones((2, 3, 4))}
SAID = {"loading": {"weights": {}, "computed": []}, "tensors": {}}


@dataclass
class Noting:
    """A worker that answers everything alike and notes the specs that it was given."""

    specs: list = field(default_factory=list)

    def ask(self, call, *given, spec=None, **more):
        self.specs.append(spec)
        return SimpleNamespace(arrays=ANSWER, value=SAID)

    def submit(self, call, *given, **more):
        reply = self.ask(call, *given, **more)
        return SimpleNamespace(result=lambda: reply)


@pytest.fixture
def asking(tmp_path):
    return about(tmp_path, "flax")


def about(tmp_path, backend, inputs=None):
    """What is asked of a case on this backend."""
    (tmp_path / "config.json").write_text("{}")
    workers = {"reference": Noting(), backend: Noting()}
    lab = SimpleNamespace(worker=workers.get, worker_of=lambda case: workers[case.backend])
    lab.directory, lab.inputs = lambda case: tmp_path, lambda case: inputs or {}
    lab.stacks = {"now": SimpleNamespace(interpreter="", environment={})}
    own = SimpleNamespace(head="base", trusted=True, architecture="own", name="own")
    return Asking(lab, Case("compat", "attention", own, "full", backend, "now", "cpu", "float32", "bin", "sdpa"))


def test_a_checkpoint_with_code_of_its_own_is_cut_with_it(asking, tmp_path):
    failing = Failing(tmp_path, {}, {})

    assert asking.cutter(str(tmp_path))(failing, {"n_layer": 1}) == tmp_path / "n_layer1"
    [spec] = asking.reference.specs
    assert (spec["directory"], spec["head"], spec["trusted"]) == (str(tmp_path), "base", True)


@pytest.mark.parametrize(("backend", "left"), [("flax", ["input_ids"]), ("tensorflow", ["input_ids", "labels"])])
def test_labels_are_given_to_models_that_take_them(tmp_path, backend, left):
    assert list(about(tmp_path, backend, {"input_ids": np.ones((2, 3)), "labels": np.ones(2)}).inputs) == left


def test_the_candidate_is_asked_in_its_cases_mode_and_the_reference_is_not(asking, tmp_path):
    asking.measured(tmp_path, {"input_ids": np.ones((2, 3))})

    assert {spec["attention"] for spec in asking.candidate.specs} == {"sdpa"}
    assert {spec["attention"] for spec in asking.reference.specs if spec} == {"eager"}


@pytest.mark.parametrize(("name", "compared"), [("attention_mask", 8), ("global_attention_mask", 24)])
def test_a_mask_of_global_attention_is_no_padding(asking, tmp_path, name, compared):
    inputs = {"input_ids": np.ones((2, 3)), name: np.array([[1, 0, 0]] * 2)}

    assert asking.measured(tmp_path, inputs).each[0].values == compared
