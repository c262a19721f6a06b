import pytest

from compat.accounts import (
    announced,
    compare_accounts,
    compare_encodings,
    compare_seconds,
    fields_of,
    gone_names,
    near_slower,
    other_arguments,
    unaccounted,
)
from compat.changes import Kind
from fixtures.backends import REFERENCE
from fixtures.checkpoints import ARCHITECTURES
from fixtures.checkpoints.named import minilm
from fixtures.checkpoints.odd import ODD
from tests.test_same_stack import PLANTS

CHECKPOINT = ARCHITECTURES["albert"].checkpoints[0]
ABOUT = {"architecture": "albert", "head": "base", "backend": ""}
DEFAULTS = {"config": {"eps": 1e-12, "old": 3}, "generation": {"num_beams": 1}}


def alone(*names):
    return {"own": list(names), "all": list(names)}


def taking(**given):
    return {**alone(*given), "given": given}


WRITTEN = {"files": ["config.json", "model.safetensors"], "keys": ["pooler.bias"]}
SAME = {
    "defaults": DEFAULTS,
    "dtypes": {"torch.float32": 20},
    "written": WRITTEN,
    "names": {
        "model": alone("forward", "generate"),
        "model.forward()": alone("input_ids", "head_mask"),
        "config": alone("eps", "pad_token_id"),
        "Trainer()": taking(optim="adamw_torch"),
    },
    "announced": [],
    "halved": {"torch.bfloat16": 20},
    "generated": [[1, 2, 3]],
    "failed": {},
}


def found(**changed):
    return list(compare_accounts(SAME, {**SAME, **changed}, CHECKPOINT))


def test_a_field_without_a_value_that_a_config_has_no_more_is_a_name_gone(lab):
    checkpoint = minilm()
    spec = {"directory": str(checkpoint.path), "head": "base", "device": "cpu", "dtype": "float32", "attention": ""}
    inputs = checkpoint.inputs("minimal", lab.builder, "safetensors")
    losing = lab.launch(REFERENCE, 1, plant=(PLANTS / "lost_field.py").read_text())

    said = [worker.ask("account", inputs, spec=spec).value for worker in (lab.worker("reference"), losing)]
    losing.close()
    changes = list(compare_accounts(*said, checkpoint))

    assert [(change.kind, change.check, change.case, change.parts) for change in changes] == [
        (Kind.LOUD, "names", "config", ("finetuning_task",))
    ]


def test_calls_are_told_with_what_they_take_arguments_for(lab):
    checkpoint = minilm()
    spec = {"directory": str(checkpoint.path), "head": "base", "device": "cpu", "dtype": "float32", "attention": ""}
    inputs = checkpoint.inputs("minimal", lab.builder, "safetensors")

    names = lab.worker("reference").ask("account", inputs, spec=spec).value["names"]
    tokenizer = {"directory": str(checkpoint.path), "class": "", "fast": True}
    asked = lab.worker("reference").ask("account_of_tokenizer", tokenizer=tokenizer).value["names"]

    assert names["TrainingArguments()"]["given"]["optim"] == "adamw_torch_fused"
    assert names["model.save_pretrained()"]["given"]["max_shard_size"] == "5GB"
    assert asked["tokenizer.apply_chat_template()"]["given"]["return_dict"] is False


def test_a_model_that_draws_by_default_writes_the_same_in_another_process(lab):
    checkpoint = next(one for one in ODD if "draws" in one.name)
    directory = checkpoint.directory(lab.builder, "safetensors")
    spec = {"directory": str(directory), "head": "causal-lm", "device": "cpu", "dtype": "float32", "attention": ""}
    inputs, other = checkpoint.inputs("full", lab.builder, "safetensors"), lab.launch(REFERENCE, 1)

    said = [worker.ask("account", inputs, spec=spec).value for worker in (lab.worker("reference"), other)]
    other.close()

    assert said[0]["defaults"]["generation"]["do_sample"] is True
    assert len(said[0]["generated"][0]) == 6 + 12
    assert list(compare_accounts(*said, checkpoint)) == []


SPEECHLESS = """
import functools
from transformers import GenerationMixin

@functools.wraps(GenerationMixin.generate)
def fail(*given, **named):
    raise ValueError("no such kwargs")

GenerationMixin.generate = fail
"""


def test_a_model_that_can_not_generate_gives_no_account_of_it_rather_than_an_error_for_tokens(lab):
    checkpoint = next(one for one in ODD if "draws" in one.name)
    directory = checkpoint.directory(lab.builder, "safetensors")
    spec = {"directory": str(directory), "head": "causal-lm", "device": "cpu", "dtype": "float32", "attention": ""}
    worker, inputs = lab.launch(REFERENCE, 1, plant=SPEECHLESS), checkpoint.inputs("full", lab.builder, "safetensors")

    said = [each.ask("account", inputs, spec=spec).value for each in (lab.worker("reference"), worker)]
    worker.close()
    (change,) = compare_accounts(*said, checkpoint)

    assert said[1]["failed"] == {"generated": "run-error: ValueError: no such kwargs"}
    assert (change.kind, change.new) == (Kind.LOUD, "run-error: ValueError: no such kwargs")


def test_a_library_says_the_same_of_itself_whatever_was_loaded_before(lab):
    checkpoint, worker = minilm(), lab.launch(REFERENCE, 1)
    spec = {"directory": str(checkpoint.path), "head": "base", "device": "cpu", "dtype": "float32", "attention": ""}

    before = worker.ask("account_of_library").value
    worker.ask("account", checkpoint.inputs("minimal", lab.builder, "safetensors"), spec=spec)
    after = worker.ask("account_of_library").value
    worker.close()

    assert after == before


def test_the_same_account_is_no_change():
    assert found() == []


def test_one_and_a_float_of_it_are_the_same_default():
    assert found(defaults={**DEFAULTS, "generation": {"num_beams": 1.0}}) == []


@pytest.mark.parametrize(
    ("changed", "check", "kind"),
    [
        ({"defaults": {**DEFAULTS, "config": {"eps": 1e-5, "old": 3}}}, "defaults", Kind.SILENT),
        ({"defaults": {**DEFAULTS, "generation": {"num_beams": None}}}, "defaults", Kind.SILENT),
        ({"defaults": {**DEFAULTS, "config": {"eps": 1e-12}}}, "defaults", Kind.LOUD),
        ({"defaults": {**DEFAULTS, "generation": None}}, "defaults", Kind.LOUD),
        ({"dtypes": {"torch.float16": 20}}, "default-dtype", Kind.SILENT),
        ({"dtypes": {"torch.float32": 21}}, "tying", Kind.SILENT),
        ({"written": {**WRITTEN, "files": ["config.json", "pytorch_model.bin"]}}, "saving", Kind.FORMAT),
        ({"written": {**WRITTEN, "keys": ["pool.bias"]}}, "saving", Kind.FORMAT),
        ({"names": {**SAME["names"], "model": alone("forward")}}, "names", Kind.LOUD),
        ({"names": {**SAME["names"], "Trainer()": taking(optim="adamw_torch_fused")}}, "arguments", Kind.SILENT),
        ({"halved": {"torch.bfloat16": 18, "torch.float32": 2}}, "asked-dtype", Kind.SILENT),
        ({"generated": [[1, 2, 4]]}, "own-generation", Kind.SILENT),
        ({"announced": ["x is deprecated"]}, "warnings", Kind.ANNOUNCED),
    ],
)
def test_what_differs_is_one_change_of_its_kind(changed, check, kind):
    (change,) = found(**changed)

    assert (change.check, change.kind) == (check, kind)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [(False, True, 1), (None, "none", 1), ("all", None, 0), (False, "no", 0), ("", False, 0), ("5GB", "50GB", 1)],
)
def test_an_argument_s_value_is_told_where_it_means_something_else(old, new, told):
    sides = [{"Trainer()": taking(it=value)} for value in (old, new)]

    assert len(list(other_arguments(*sides, ABOUT))) == told


def test_more_weights_of_one_dtype_and_fewer_of_another_are_a_change():
    mixed = {"torch.float16": 19, "torch.float32": 1}
    old = {**SAME, "dtypes": mixed, "halved": mixed}
    new = {name: {"torch.float16": 1, "torch.float32": 19} for name in ("dtypes", "halved")}

    found = list(compare_accounts(old, {**SAME, **new}, CHECKPOINT))

    assert [change.check for change in found] == ["default-dtype", "asked-dtype"]
    assert found[0].old == "torch.float16 in 19, torch.float32 in 1"


def test_a_part_that_only_the_new_stack_can_not_give_is_loud_and_the_others_are_compared():
    failing = {name: value for name, value in SAME.items() if name not in ("dtypes", "generated")}
    new = {
        **failing,
        "failed": {"dtypes": "load-error: ValueError: no"},
        "written": {**WRITTEN, "files": ["config.json"]},
    }

    loud, saving = compare_accounts(SAME, new, CHECKPOINT)

    assert (loud.kind, loud.check, loud.case) == (Kind.LOUD, "account", "loading with no dtype named")
    assert loud.new == "load-error: ValueError: no"
    assert saving.check == "saving"


def test_a_part_that_the_old_stack_never_came_to_is_no_change():
    old = {name: value for name, value in SAME.items() if name not in ("dtypes", "written", "generated")}
    old["failed"] = {"dtypes": "load-error: OSError: no"}
    new = {name: value for name, value in SAME.items() if name != "written"}
    new |= {"failed": {"written": "run-error: OSError: full"}, "announced": ["saving so is deprecated"]}

    assert list(compare_accounts(old, new, CHECKPOINT)) == []


def test_a_part_that_the_old_stack_can_not_give_is_no_change_and_is_named():
    old = {**SAME, "failed": {"halved": "load-error: KeyError: bfloat16"}}
    old = {name: value for name, value in old.items() if name != "halved"}

    assert list(compare_accounts(old, SAME, CHECKPOINT)) == []
    assert list(compare_accounts(old, old, CHECKPOINT)) == []
    assert unaccounted(old) == {"loading in bfloat16 by name": "load-error: KeyError: bfloat16"}


def test_an_argument_that_any_keyword_may_take_is_ignored_rather_than_refused():
    (change,) = gone_names({"forward()": alone("head_mask")}, {"forward()": alone("input_ids", "**")}, ABOUT)

    assert change.kind is Kind.SILENT
    assert "head_mask" in change.old


def test_a_name_that_is_inherited_now_is_still_there():
    new = {"model": {"own": [], "all": ["items"]}}

    assert list(gone_names({"model": alone("items")}, new, ABOUT)) == []


def test_a_name_that_was_only_inherited_is_not_told_when_it_goes():
    old = {"model": {"own": [], "all": ["items"]}}

    assert list(gone_names(old, {"model": alone()}, ABOUT)) == []


def test_how_the_dtype_is_spelled_is_no_field():
    said = {"config": {"torch_dtype": "float32", "encoder": {"dtype": "float16", "layers": 2}}, "generation": None}

    assert fields_of(said) == {"config.encoder.layers": 2}


def test_a_class_that_is_gone_is_told_as_gone():
    (change,) = gone_names({"Trainer": alone("train")}, {}, ABOUT)

    assert change.new == "removed: it is gone"


def test_an_odd_checkpoint_tells_only_what_is_its_own():
    names = {"config": alone("eps")}
    new = {**SAME, "names": names, "defaults": {"config": {"eps": 1e-5}, "generation": None}}

    changes = list(compare_accounts(SAME, new, CHECKPOINT, whole=False))

    assert [(change.case, change.parts) for change in changes] == [("config.eps", ()), ("config", ("pad_token_id",))]


def test_an_announcement_that_was_there_is_not_told():
    assert list(announced(["old"], ["old"], ABOUT)) == []


def test_other_ids_are_one_change_that_says_where():
    old = [{"of": "a", "values": {"input_ids": [1, 5, 2]}}]
    new = [{"of": "a", "values": {"input_ids": [1, 6, 2]}}]

    (change,) = compare_encodings(old, new, ABOUT, "fast: plain", "title")

    assert "input_ids at 1 is 6, it should be 5" in change.new


@pytest.mark.parametrize(("new", "count"), [(1.9, 0), (3.4, 1)])
def test_only_several_times_as_long_is_slower(new, count):
    assert len(list(compare_seconds({"load": 1.0}, {"load": new}, ABOUT))) == count


def test_a_few_milliseconds_are_not_slower():
    assert list(compare_seconds({"load": 0.01}, {"load": 0.09}, ABOUT)) == []


@pytest.mark.parametrize(("old", "new", "near"), [(1.0, 1.4, False), (1.0, 1.6, True), (0.01, 0.09, False)])
def test_what_might_be_several_times_as_long_is_measured_again(old, new, near):
    assert near_slower({"load": old}, {"load": new}) is near
    assert not near_slower({"import": old}, {"import": new})
