"""Files that two stacks read from each other: who misreads which is told, model by model, though models are asked abreast."""

from concurrent.futures import Future
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest

from compat import pair
from compat.exchange import Exchange
from fixtures.verdicts import CaseFailed
from fixtures.worker import Reply
from tests import pretended
from tests.pretended import LOADING, OTHERS, OUTPUTS, WEIGHTS, Pretended, checkpoint_in


class Reading(Pretended):
    """Writes a file named by its kind, and answers otherwise where it reads one of the kind ``misread`` from a model."""

    def __init__(self, misread="", outputs=OUTPUTS, writes=b""):
        super().__init__(outputs)
        self.misread, self.writes = misread, writes or id(self).to_bytes(8, "little")
        self.own, self.read = [], []

    def submit(self, call, arrays=None, arrays_are="inputs", **arguments):
        answer: Future = Future()
        if call == "saved":
            of = Path(arguments["spec"]["directory"]).name
            folder = Path(arguments["directory"])
            folder.mkdir()
            (folder / f"{of}.{arguments['mode']}").write_bytes(self.writes)
            answer.set_result(Reply({}, {}))
            return answer
        if call == "forward" and "source" in arguments["spec"]:
            read = next(Path(arguments["spec"]["directory"]).iterdir()).name
            self.read.append(read)
            outputs = OTHERS if read == self.misread else OUTPUTS
            answer.set_result(Reply({"loading": LOADING, "repeatable": True}, outputs))
            return answer
        if call == "forward":
            self.own.append(arguments["spec"]["directory"])
        return super().submit(call, arrays, arrays_are, **arguments)


@pytest.fixture
def exchanged(monkeypatch, tmp_path):
    """Two checkpoints' files, exchanged between an old and a new stack's workers."""
    pretended.built(monkeypatch)
    made = [checkpoint_in(tmp_path / name) for name in ("mine", "other")]
    asked = [part for each in made for part in ("--checkpoint", str(each))]
    labs = []

    def run(old, new, truth=OUTPUTS):
        upgrade = pretended.prepared(*asked, "--checks", "roundtrip", "--backend", "torch")
        labs.append(pretended.lab_of(upgrade, old, new, Pretended(truth)))
        exchange = Exchange(labs[-1], upgrade.sides)
        found = list(exchange.changes(upgrade.written))
        return [(change.architecture, change.case, change.new.partition(":")[0]) for change in found], len(
            exchange.compared
        )

    yield run
    for lab in labs:
        lab.close()


def test_every_file_of_every_model_goes_both_ways(exchanged):
    assert exchanged(Reading(), Reading()) == ([], 12)  # two models, three kinds of files


def test_the_same_bytes_are_read_once_under_the_others_settings(exchanged):
    old, new = Reading(writes=b"bits"), Reading(writes=b"bits")

    assert exchanged(old, new) == ([], 12)
    assert sorted(old.read) == sorted(new.read) == ["mine.safetensors", "other.safetensors"]


def test_the_same_bytes_are_read_again_where_they_were_misread_at_first(exchanged):
    old, new = Reading("mine.safetensors", writes=b"bits"), Reading(writes=b"bits")

    assert len(exchanged(old, new)[0]) == 1
    assert sorted(name for name in old.read if name.startswith("mine")) == ["mine.bin", "mine.safetensors"]


def test_the_file_that_one_stack_misreads_is_told_of_its_model_and_its_reader(exchanged):
    old, new = Reading("other.bin"), Reading("mine.sharded")

    assert exchanged(old, new)[0] == [
        ("mine", "sharded: the old stack writes, the new one reads", "mismatch"),
        ("other", "bin: the new stack writes, the old one reads", "mismatch"),
    ]


def test_what_a_stack_makes_of_the_checkpoint_itself_is_asked_once(exchanged):
    old = Reading()

    exchanged(old, Reading())

    assert sorted(Path(each).name for each in old.own) == ["mine", "other"]


@pytest.mark.parametrize("left_over", [[], ["layers.0.inv_freq"]])
def test_a_stack_with_leftover_memory_in_a_model_is_not_held_to_its_own_answer(exchanged, left_over):
    new = Reading(outputs=OTHERS)  # of the checkpoint itself it makes what the truth is not
    new.answers["audit"] = Reply({"differing": [], "unlike_new": left_over}, {})

    told = [case for _, case, _ in exchanged(Reading(), new)[0] if case.endswith("the new one reads")]

    assert bool(told) is not bool(left_over)


@pytest.mark.parametrize(("wavering", "told"), [([], True), (["logits"], False)])
def test_a_weight_that_no_answer_depends_on_excuses_no_other_answer(exchanged, wavering, told):
    new = Reading(outputs=OTHERS)
    new.answers["audit"] = Reply({"differing": ["pooler.weight"], "unlike_new": [], "wavering": wavering}, {})

    found = [case for _, case, _ in exchanged(Reading(), new)[0] if case.endswith("the new one reads")]

    assert bool(found) is told


@pytest.mark.parametrize("own", [OUTPUTS, OTHERS, {"logits": 2 * OTHERS["logits"]}])
def test_what_a_stack_makes_of_its_own_file_as_well_is_no_change(exchanged, own):
    old = Reading("other.bin")
    old.answers["roundtrip"] = Reply({"loading": LOADING, "written": WEIGHTS, "files": ["other.bin"]}, own)

    told = [case for _, case, _ in exchanged(old, Reading())[0]]

    assert bool(told) is (own is not OTHERS)


NO_TRUTH = CaseFailed("run-error", "RuntimeError: no kernel for Double")


def test_what_is_no_case_says_how_long_finding_it_took(monkeypatch, tmp_path):
    pretended.built(monkeypatch)
    mine = str(checkpoint_in(tmp_path / "mine"))
    upgrade = pretended.prepared("--checkpoint", mine, "--checks", "roundtrip", "--backend", "torch")
    lab = pretended.lab_of(upgrade, Reading(), Reading("mine.bin"), Pretended())
    clock = count()
    monkeypatch.setattr(pair, "time", SimpleNamespace(monotonic=lambda: next(clock)))

    (change,) = list(upgrade.beside(lab))
    lab.close()

    assert change.seconds == 1


def test_a_file_that_is_misread_is_told_where_there_is_no_truth_as_well(exchanged):
    told, compared = exchanged(Reading(), Reading("mine.bin"), NO_TRUTH)

    assert (told, compared) == ([("mine", "bin: the old stack writes, the new one reads", "mismatch")], 12)
    assert exchanged(Reading(), Reading(), NO_TRUTH) == ([], 12)


def test_a_model_with_other_weights_each_time_and_no_truth_is_held_against_nothing(exchanged):
    new = Reading("mine.bin")
    new.answers["audit"] = Reply({"differing": ["head.weight"], "unlike_new": []}, {})

    assert exchanged(Reading(), new, NO_TRUTH)[0] == []


@pytest.mark.parametrize(("differing", "told"), [([], True), (["pooler.weight"], False), (["other.weight"], True)])
def test_a_weight_that_is_another_at_each_load_is_not_missed_in_a_file(exchanged, differing, told):
    class Drawing(Reading):
        """Reads a pooler of its own from the file of the old stack's."""

        def submit(self, call, arrays=None, arrays_are="inputs", **arguments):
            answer = super().submit(call, arrays, arrays_are, **arguments)
            if call != "forward" or "source" not in arguments["spec"]:
                return answer
            loading = {**LOADING, "weights": {**WEIGHTS, "pooler.weight": "of this load"}}
            drawn: Future = Future()
            drawn.set_result(Reply({"loading": loading, "repeatable": True}, answer.result().arrays))
            return drawn

    new = Drawing()
    loading = {**LOADING, "weights": {**WEIGHTS, "pooler.weight": "of another"}}
    new.answers["forward"] = Reply({"loading": loading, "repeatable": True}, OUTPUTS)
    new.answers["audit"] = Reply({"differing": differing, "unlike_new": []}, {})

    found, _ = exchanged(Reading(), new)

    assert any(case.endswith("the new one reads") for _, case, _ in found) is told
