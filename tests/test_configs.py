import pytest

from compat.configs import entries, flat, read_alike
from compat.exact import assert_identical, compare_entries
from fixtures.configs import off_default
from fixtures.verdicts import CaseFailed

SAID = {
    "config": {"hidden_size": 64, "rates": [0.1], "encoder": {"layers": 2}, "id2label": {"0": "no"}},
    "generation": None,
}


def compare(found):
    assert_identical(compare_entries(entries(found, "loaded"), entries(SAID, "loaded"), "x"), "x")


def with_field(**fields):
    return {**SAID, "config": {**SAID["config"], **fields}}


def test_a_configuration_inside_another_has_a_path():
    assert flat({"encoder": {"layers": 2, "act": {}}}) == {"encoder.layers": 2, "encoder.act": {}}


def test_bookkeeping_is_left_out_at_any_depth():
    assert flat({"transformers_version": "4", "encoder": {"_name_or_path": "x", "layers": 2}}) == {"encoder.layers": 2}


def test_the_same_fields_agree():
    compare(with_field(transformers_version="3.1.0"))


def test_another_value_is_named():
    with pytest.raises(CaseFailed, match=r"^mismatch: x: 'config loaded': encoder\.layers is 3, it should be 2"):
        compare(with_field(encoder={"layers": 3}))


def test_another_kind_of_value_is_named():
    with pytest.raises(CaseFailed, match="hidden_size is '64', it should be 64"):
        compare(with_field(hidden_size="64"))


def test_a_field_that_came_is_named():
    with pytest.raises(CaseFailed, match=r"^keys-differ: x: 'config loaded' has dtype as well"):
        compare(with_field(dtype="float32"))


def test_a_field_that_went_is_named():
    with pytest.raises(CaseFailed, match=r"^keys-differ: x: 'config loaded' lacks id2label\.0"):
        compare({**SAID, "config": {name: SAID["config"][name] for name in ("hidden_size", "rates", "encoder")}})


def test_a_configuration_that_is_not_there_is_a_difference():
    with pytest.raises(CaseFailed, match=r"^keys-differ"):
        compare({**SAID, "generation": {"num_beams": 4}})


def test_what_a_file_does_not_name_is_a_default():
    read = {"config": {"hidden_size": 64, "dropout": 0.1}, "generation": None}

    assert read_alike(read, {"config": {"hidden_size": 64}, "generation": None}) == [
        {"of": "config read", "values": {"hidden_size": 64}}
    ]


def test_every_fraction_is_set_to_another():
    fields = {"dropout": 0.0, "layers": 2, "encoder": {"dropout": 0.15}}

    assert off_default(fields, ()) == {"dropout": 0.01, "layers": 2, "encoder": {"dropout": 0.145}}


def test_a_setting_of_generation_stays_as_it_is():
    assert off_default({"diversity_penalty": 0.0}, ("diversity_penalty",)) == {"diversity_penalty": 0.0}
