"""The localiser's parts, on arrays alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from compat import reproducer, weights
from compat.blocks import origin, part_of
from compat.budget import Measurement
from compat.probes import PROBES, runs
from compat.shrink import Failing, shrink

STATES = [f"hidden_states.{index}" for index in range(4)]
NORMAL = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)
SQUARE = np.random.default_rng(1).normal(size=(4, 4)).astype(np.float32)


def plain(*ratios):
    return [Measurement(name, ratio, 0.0, 0.0, 1) for name, ratio in zip([*STATES, "logits"], ratios, strict=True)]


def test_a_block_that_errs_from_the_truths_state_errs_by_itself_and_the_others_inherit():
    found = origin(plain(1, 1, 90, 80, 70), plain(1, 1, 50, 1, 1), STATES[1:])

    assert (found.own, found.inherited) == (("hidden_states.2",), ("hidden_states.3", ""))
    assert found.told == "own error of block 1, inherited by block 2 and the head"


def test_errors_that_only_grow_are_nobodys_own():
    found = origin(plain(1, 3, 3.9, 4.2, 4.5), plain(1, 1, 1, 1, 1), STATES[1:])

    assert found.own == ()
    assert "the error grows over block 2 and the head" in found.told


def test_a_head_is_judged_only_where_its_state_was_right():
    assert origin(plain(1, 1, 1, 1, 70), plain(1, 1, 1, 1, 70), STATES[1:]).own == ("",)
    assert origin(plain(1, 1, 1, 60, 70), plain(1, 1, 1, 60, 70), STATES[1:]).own == ("hidden_states.3",)


def test_nan_counts_as_wrong():
    nan = float("nan")

    assert origin(plain(1, nan, nan, nan, nan), plain(1, nan, 1, 1, 1), STATES[1:]).own == ("hidden_states.1",)


def test_without_blocks_nothing_is_guessed():
    found = origin(plain(1, 9, 9, 9, 9), plain(1, 9, 9, 9, 9), ())

    assert not found.judged
    assert "can't be told" in found.told


@pytest.mark.parametrize(
    ("tensor", "state"),
    [
        ("attentions.1", "hidden_states.2"),
        ("last_hidden_state", "hidden_states.3"),
        ("logits", ""),
    ],
)
def test_an_output_belongs_to_the_block_that_made_it(tensor, state):
    assert part_of(tensor, STATES) == state


@pytest.mark.parametrize(
    ("tensor", "state"),
    [
        ("cross_attentions.0", "decoder_hidden_states.1"),
        ("encoder_last_hidden_state", "encoder_hidden_states.1"),
        ("last_hidden_state", "decoder_hidden_states.1"),
    ],
)
def test_an_encoder_decoders_outputs_belong_to_their_own_stack(tensor, state):
    names = [f"{stack}_hidden_states.{index}" for stack in ("encoder", "decoder") for index in range(2)]

    assert part_of(tensor, names) == state


@pytest.mark.parametrize(
    ("loaded", "told"),
    [
        (NORMAL * 0, "is 0 everywhere"),
        (NORMAL.astype(np.float16).astype(np.float32), "is the file's rounded to float16"),
        (NORMAL.T.astype(np.float16).astype(np.float32), "is the file's rounded to float16"),
        (NORMAL * np.float32(1.01), "is the file's times 1.01"),
        (NORMAL + np.eye(6, 4, dtype=np.float32), "differs from the file's by up to 1"),
        (NORMAL[:3], "has shape (3, 4), the file's (6, 4)"),
    ],
)
def test_a_weights_difference_is_told(loaded, told):
    assert weights.difference(loaded, NORMAL) == told


def test_a_framework_s_name_finds_its_tensor():
    file = ["bert.encoder.layer.0.attention.self.query.weight", "bert.encoder.layer.1.attention.self.query.weight"]

    assert weights.namesake("tf_bert/bert/encoder/layer_._1/attention/self/query/kernel:0", file) == file[1]


def test_two_weights_that_changed_places_are_named():
    file = {"h.0.query.weight": "4:a", "h.0.key.weight": "4:b", "h.0.value.weight": "4:c"}
    loaded = {"m/h/0/query/kernel": "4:b", "m/h/0/key/kernel": "4:a", "m/h/0/value/kernel": "4:c"}

    found = weights.exchanged(loaded, file)

    assert found == {"m/h/0/query/kernel": "h.0.key.weight", "m/h/0/key/kernel": "h.0.query.weight"}


def test_a_square_weight_that_is_transposed_against_its_kind_is_named():
    loaded = {"a.kernel": NORMAL.T, "b.kernel": SQUARE, "c.kernel": SQUARE.T, "d.bias": NORMAL[0]}
    file = {"a.weight": NORMAL, "b.weight": SQUARE, "c.weight": SQUARE, "d.bias": NORMAL[0]}

    found = weights.disordered(loaded, file, {name: name.replace("kernel", "weight") for name in loaded})

    assert found == {"b.kernel": "is transposed"}


def test_a_weight_whose_numbers_no_transposition_puts_in_order_is_named():
    loaded = {"a.kernel": NORMAL[::-1].T}

    found = weights.disordered(loaded, {"a.weight": NORMAL}, {"a.kernel": "a.weight"})

    assert found == {"a.kernel": "holds the file's numbers in another order"}


def test_every_probe_has_a_name_of_its_own_way():
    ways = [(probe.name, str(probe.change)) for probe in PROBES]

    assert len(set(ways)) == len(ways)
    assert all((probe.change is None) != (probe.alter is None) for probe in PROBES)


def test_probes_are_held_to_the_likely_part_first():
    inputs = {"input_ids": np.ones((1, 3), np.int64)}

    asked = [name for name, _, change in runs(inputs, 0, (("h.1",), ())) if change and change["kind"] == "swapped"]

    assert asked == ["query and key swapped in h.1 alone", "query and key swapped"]


def test_probes_alter_a_copy_of_the_inputs():
    inputs = {"input_ids": np.full((2, 5), 7), "attention_mask": np.array([[1, 1, 1, 0, 0]] * 2)}

    altered = {name: given for name, given, change in runs(inputs, 3, ((),)) if change is None}

    assert altered["attention mask ignored"]["attention_mask"].all()
    assert altered["positions that count real tokens alone"]["position_ids"].tolist() == [[0, 1, 2, 2, 2]] * 2
    assert inputs["attention_mask"].sum() == 6


def test_a_failure_is_shrunk_as_far_as_it_survives():
    inputs = {"input_ids": np.arange(192).reshape(4, 48)}

    def survives(one):
        return one.inputs["input_ids"].shape[1] >= 17 and 96 in one.inputs["input_ids"]

    found = shrink(Failing(Path("whole"), inputs, {}), {"n_layer": 3}, 2, survives, lambda one, fields: Path("cut"))

    assert found.told == "1 row of 18 tokens, n_layer 1"
    assert found.directory == Path("cut")


def test_a_checkpoint_that_can_not_be_cut_is_kept_whole():
    inputs = {"input_ids": np.zeros((1, 1), np.int64)}
    whole = Failing(Path("whole"), inputs, {})

    assert shrink(whole, {"n_layer": 3}, 0, lambda one: True, lambda one, fields: None).directory == Path("whole")


def test_nothing_is_shrunk_once_time_is_up():
    whole = Failing(Path("whole"), {"input_ids": np.zeros((2, 9), np.int64)}, {})

    assert shrink(whole, {"n_layer": 3}, 0, lambda one: False, lambda one, fields: Path("cut")) == whole


def test_a_large_checkpoint_is_named_by_its_path(tmp_path, monkeypatch):
    monkeypatch.setattr(reproducer, "LARGEST", 10)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "model.safetensors").write_bytes(b"0" * 11)
    shown = reproducer.Shown("hidden_states.1", np.zeros((1, 1, 2)), 1e-6)
    script = reproducer.Script("load({directory})\nfound = output{member}\n", "Model", {})

    file = reproducer.write(tmp_path / "out", tmp_path / "own", {"input_ids": np.ones((1, 1))}, shown, script, "title")

    assert json.dumps(str(tmp_path / "own")) in file.read_text()
    assert not (tmp_path / "out" / "checkpoint").exists()
    assert 'output["hidden_states"][1]' in file.read_text()
