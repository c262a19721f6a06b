"""What every backend is taught: the same reviews, in the same order, at the same rates."""

import numpy as np
import pytest

from fixtures.backends.errors import CannotUse
from fixtures.backends.finetuning import Finetuning
from fixtures.backends.learning import rates, split
from fixtures.finetuning import Course, Lessons
from fixtures.text.nsmc import Reviews

COURSE = Course(rows=4, tokens=8, steps=6, warm_up=2, peak=0.1, held_out=None)
REVIEWS = Reviews(tuple("가나다라마바사아자차"), (0, 1) * 5, "ten reviews of one letter")
KNOWN = {token: index for index, token in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", *REVIEWS.texts))}


def lessons(**changed):
    return Lessons(**{"course": COURSE, "reviews": REVIEWS, "known": KNOWN, **changed})


def taught(batches, step):
    return batches[f"{step}.input_ids"][:, 1].tolist()


def test_the_rate_rises_from_nothing_to_its_peak_and_falls_to_nothing_behind_the_last_step():
    assert COURSE.rates == pytest.approx([0.0, 0.05, 0.1, 0.075, 0.05, 0.025])


def test_a_backend_without_rates_of_its_own_keeps_the_one_that_it_was_given():
    constant = rates({"learning_rate": 0.5})

    assert [next(constant) for _ in range(3)] == [0.5] * 3
    assert list(rates({"learning_rate": 0.5, "rates": [0.1, 0.2]})) == [0.1, 0.2]


def test_every_review_is_taught_once_a_turn():
    order = lessons().order.ravel()

    assert sorted(order[:10]) == sorted(order[10:20]) == list(range(10))
    assert order[:10].tolist() != order[10:20].tolist()


def test_the_order_is_the_same_for_everybody():
    assert np.array_equal(lessons().order, lessons().order)


def test_batches_are_full_and_carry_their_own_labels():
    batches = lessons().batches(1, 3)

    assert set(batches) == {f"{step}.{name}" for step in (1, 2) for name in ("input_ids", "attention_mask", "labels")}
    assert batches["1.input_ids"].shape == (4, 8)
    assert [REVIEWS.labels[token - 4] for token in taught(batches, 1)] == batches["1.labels"].tolist()


def test_a_turned_batch_has_the_same_rows_in_another_order():
    plain, turned = taught(lessons().batches(0, 1), 0), taught(lessons(turned=1).batches(0, 1), 0)

    assert plain != turned
    assert sorted(plain) == sorted(turned)


@pytest.mark.parametrize(
    "changed", [{"known": {**KNOWN, "##가": 14}}, {"reviews": Reviews(REVIEWS.texts, (1,) * 10, "")}]
)
def test_other_work_has_another_digest(changed):
    assert lessons().digest == lessons().digest
    assert lessons(**changed).digest != lessons().digest


def test_a_worker_takes_its_batches_in_the_order_of_their_steps():
    arrays = {f"{step}.labels": np.array([step]) for step in (10, 9, 11)}

    assert [batch["labels"].tolist() for batch in split(arrays)] == [[9], [10], [11]]


class Pretended(Finetuning):
    """A worker whose model learns nothing, and whose loss is the sum of a batch's labels."""

    def __init__(self):
        self.module, self.training = self, None

    def _load(self, spec):
        return "model", {}

    def trainer(self, model, settings):
        return lambda batch: float(batch["labels"].sum())


BATCHES = {"1.labels": np.array([3]), "0.labels": np.array([1, 1])}


def test_every_step_has_its_loss_and_its_seconds():
    told, arrays = Pretended().train({}, BATCHES, {})

    assert arrays["losses"].tolist() == [2.0, 3.0]
    assert len(told["wall"]) == len(told["cpu"]) == 2
    assert told["peak_bytes"] > 2**20


def test_a_model_is_kept_where_it_is_to_be_asked_and_only_there():
    worker = Pretended()

    worker.train({}, BATCHES, {}, keep=True)
    assert worker.training is not None

    worker.train({}, BATCHES, {})
    with pytest.raises(CannotUse, match="no training was begun"):
        worker.predict({"input_ids": np.zeros((1, 1))}, 1)
