"""A worker is put together from parts."""

from collections import Counter

import numpy as np
import pytest

from fixtures.backends import REFERENCE
from fixtures.backends.fingerprint import fingerprint
from fixtures.backends.serve import Held
from fixtures.backends.timing import key_of


def test_no_two_parts_of_a_worker_give_one_name_to_different_calls():
    parts = [part for part in Held.__mro__ if part is not object]
    names = Counter(name for part in parts for name in vars(part) if not name.startswith("__"))

    assert [name for name, count in names.items() if count > 1] == []


class Counting:
    """A backend whose losses count its steps, over every model."""

    steps = 0

    def load(self, spec):
        return object(), {}

    def devices(self):
        return ["cpu"]

    def weights(self, model):
        yield "weight", np.ones(2)

    def trainer(self, model, settings):
        def step(batch):
            self.steps += 1
            return float(self.steps)

        return step


def test_a_training_is_kept_for_the_same_batch_and_not_for_its_rows_in_another_order():
    held, batch = Held(Counting()), {"labels": np.array([1, 2, 3])}
    other = {"labels": batch["labels"][::-1]}

    firsts = [held.learn({"device": "cpu"}, rows, {"steps": 1})[1]["losses"][0, 0] for rows in (batch, batch, other)]

    assert firsts == [1.0, 1.0, 2.0]


def test_a_load_for_something_else_counts_among_the_loads_that_are_told():
    held, spec = Held(Counting()), {"device": "cpu", "dtype": "float32"}

    held._load(spec)
    first = dict(held.loads[key_of(spec)])
    held._load(spec)

    assert all(held.loads[key_of(spec)][clock] <= took for clock, took in first.items())


class Drawing:
    """A backend that draws its pooler at each load, and answers with ``outputs`` of the weights."""

    def __init__(self, outputs):
        self.drawn = 0.0
        self.outputs = outputs

    def load(self, spec):
        self.drawn += 1.0
        return {"body": np.ones(2), "pooler": np.full(2, self.drawn)}, {}

    def devices(self):
        return ["cpu"]

    def weights(self, model):
        yield from model.items()

    def unlike_new(self, model):
        return []

    def forward(self, model, inputs):
        assert "labels" not in inputs
        return self.outputs(model)


@pytest.mark.parametrize(
    ("outputs", "wavering"),
    [
        (lambda model: {"logits": model["body"]}, []),
        (lambda model: {"logits": model["body"] * np.nan}, []),
        (lambda model: {"logits": model["body"], "pooled": model["pooler"]}, ["pooled"]),
        (
            lambda model: {"logits": model["body"], f"pooled {model['pooler'][0]:g}": model["body"]},
            ["pooled 1", "pooled 2"],
        ),
    ],
    ids=["of no weight that is drawn", "not a number", "of it", "another name"],
)
def test_an_audit_names_the_outputs_that_another_load_changes(outputs, wavering):
    inputs = {"input_ids": np.array([[1]]), "labels": np.array([1])}

    said, _ = Held(Drawing(outputs)).audit({"device": "cpu", "dtype": "float32"}, inputs, answers=True)

    assert (said["differing"], said["wavering"]) == (["pooler"], wavering)


@pytest.mark.parametrize(("table", "told"), [(0.5, []), (0.25, ["table"])], ids=["of the file", "of nobody"])
def test_a_table_is_left_over_where_neither_the_code_nor_the_file_has_it(table, told):
    backend = Drawing(lambda model: {})
    backend.load = lambda spec: ({"table": np.full(2, table)}, {})
    backend.unlike_new = lambda model: ["table"]  # the code computes others
    backend.stored = lambda directory: {"model.table": fingerprint(np.full(2, 0.5))}

    said, _ = Held(backend).audit({"device": "cpu", "dtype": "float32", "directory": "mine"}, {})

    assert said["unlike_new"] == told


def test_an_audit_of_a_model_that_can_not_be_run_on_its_inputs_tells_of_its_weights_alone():
    def fail(model):
        raise TypeError("no such input")

    said, _ = Held(Drawing(fail)).audit({"device": "cpu", "dtype": "float32"}, {}, answers=True)

    assert said["differing"] == ["pooler"]
    assert "wavering" not in said


def test_what_a_library_prints_is_no_part_of_what_a_run_says(lab, capfd):
    worker = lab.launch(REFERENCE, 1, plant="import os; print('on the way'); os.write(1, b'from below')")

    assert worker.start()["library"]["cpu_seconds"] > 0
    worker.close()
    assert capfd.readouterr() == ("", "")
