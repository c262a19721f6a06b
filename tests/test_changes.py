from dataclasses import replace

import numpy as np
import pytest

from compat.budget import Measurement
from compat.changes import Change, Kind, advice, answers, apart, change_of
from compat.compare import Comparison
from compat.judging import NO_ANSWER, Judged
from compat.learning import LEARNS_ANYWAY
from compat.roots import roots
from fixtures.cases import Case
from fixtures.checkpoints import ARCHITECTURES
from fixtures.verdicts import Verdict

OTHERWISE = np.linspace(-2.0, 2.0, 64).astype(np.float32)


def case(check="outputs", head="masked-lm", inputs="full", stack="new"):
    checkpoint = next(each for each in ARCHITECTURES["albert"].checkpoints if each.head == head)
    return Case("compat", check, checkpoint, inputs, "torch", stack, "cpu", "float32", "safetensors")


def judged(verdict, reason="", stack="new"):
    return Judged(case(stack=stack), Verdict(verdict), reason, answered=verdict not in NO_ANSWER)


def change(
    check="outputs", kind=Kind.SILENT, architecture="albert", head="qa", inputs="full", new="mismatch: logits", **more
):
    return Change(kind, check, architecture, head, "torch", inputs, "pass 1", new, **more)


def asked_for_nothing():
    raise AssertionError("the answers need not be compared")


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("pass", "mismatch", Kind.SILENT),
        ("pass", "load-error", Kind.LOUD),
        ("mismatch", "run-error", Kind.LOUD),
        ("mismatch", "pass", Kind.FIXED),
        ("run-error", "pass", Kind.FIXED),
        ("run-error", "no-truth", Kind.FIXED),
        ("no-truth", "run-error", Kind.LOUD),
    ],
)
def test_a_change_is_of_the_kind_that_its_user_meets(old, new, kind):
    assert change_of(judged(old), judged(new), asked_for_nothing, 0.1).kind is kind


def left_over(ratio, stack="new", check="outputs"):
    """Judged incomplete for a weight that is in no file; the answer is this far from the truth."""
    found = judged("load-incomplete", "left at an initial value: pooler.weight", stack)
    measured = Comparison((Measurement("logits", ratio, 0.0, 0.0, 1),))
    return replace(found, comparison=measured, case=replace(found.case, check=check))


def test_right_answers_with_a_weight_left_over_are_held_to_the_truth_as_others_are():
    found = change_of(left_over(1.0, "old"), judged("mismatch"), asked_for_nothing, 0.1)

    assert found.kind is Kind.SILENT
    assert found.old == "load-incomplete: left at an initial value: pooler.weight; the answers are right"


@pytest.mark.parametrize(
    ("old", "new", "apart"),
    [
        (left_over(1.0, "old"), left_over(1.0), 0.2),
        (left_over(1e5, "old"), judged("mismatch"), 0.2),
        (left_over(1.0, "old", "weights"), judged("mismatch"), 0.2),
    ],
    ids=["both right", "both wrong", "the weights are the answer"],
)
def test_other_answers_with_a_weight_left_over_are_held_against_each_other(old, new, apart):
    assert change_of(old, new, lambda: apart, 0.1) is None
    assert change_of(old, new, lambda: 1e5, 0.1).kind is Kind.SILENT


@pytest.mark.parametrize(
    ("ratio", "do"),
    [
        (1.0, "nothing: the answers are as they were"),
        (100.0, "nothing, but expect other answers: the old ones were wrong"),
    ],
)
def test_a_weight_that_was_left_over_tells_of_other_answers_only_where_they_are_others(ratio, do):
    found = change_of(left_over(ratio, "old"), judged("pass"), asked_for_nothing, 0.1)

    assert (found.kind, found.do) == (Kind.FIXED, do)


def test_tokenizers_of_other_files_are_told_apart():
    ids = {"check": "tokenizer", "head": "tokenizer", "first": "input_ids"}
    told = roots([change(architecture=name, **ids) for name in ("llama", "llama byte-level json")])

    assert {each.architecture for each in told} == {"llama", "llama byte-level json"}


@pytest.mark.parametrize(
    ("reason", "do"),
    [
        ("ValueError: Keras 3 is not supported. Run `pip install tf-keras`.", "install what the error names, or pin"),
        (
            "TypeError: clip() got an unexpected keyword argument 'a_max'",
            "pin the old release of what no longer takes the argument, or change the code that gives it",
        ),
        ("OSError: no such layer", "pin; or convert the checkpoint with the old release"),
    ],
)
def test_what_does_not_load_any_more_is_mended_by_what_its_error_is_about(reason, do):
    assert advice(Kind.LOUD, Verdict.LOAD_ERROR, reason) == do


@pytest.mark.parametrize(
    ("verdict", "near", "kind"),
    [
        ("drift", True, None),
        ("drift", False, Kind.SILENT),
        ("mismatch", True, Kind.SILENT),
        ("load-incomplete", True, Kind.SILENT),
    ],
)
def test_an_answer_just_beyond_the_budget_that_is_next_to_the_old_one_is_no_change(verdict, near, kind):
    found = change_of(judged("pass"), judged(verdict), asked_for_nothing, 0.1, lambda: near)

    assert (found and found.kind) == kind


@pytest.mark.parametrize(
    ("old", "near", "kind"), [("drift", True, None), ("drift", False, Kind.FIXED), ("mismatch", True, Kind.FIXED)]
)
def test_an_answer_that_comes_back_over_the_edge_beside_where_it_was_is_no_change(old, near, kind):
    found = change_of(judged(old), judged("pass"), asked_for_nothing, 0.1, lambda: near)

    assert (found and found.kind) == kind


def test_a_weight_left_over_where_nothing_was_measured_is_told_with_care():
    found = change_of(judged("load-incomplete"), judged("pass"), asked_for_nothing, 0.1)

    assert found.do == "nothing, but expect other answers where they depend on what is loaded now"


@pytest.mark.parametrize(
    ("check", "names"),
    [("loss", {"loss", "gradient/w"}), ("curve", {"losses"}), ("step", {"losses", "before/w", "after/w"})],
)
def test_weights_are_an_answer_where_the_check_is_about_them(check, names):
    told = {"loss": ("loss", "before/w", "gradient/w")}.get(check, ("losses", "before/w", "after/w"))

    assert set(answers(check, dict.fromkeys(told, OTHERWISE))) == names


def test_of_a_tokenizer_s_ways_the_one_that_changed_most_is_told_and_then_one_of_each_other():
    cases = {"slow from all: pairs": 6.0, "slow from all: windows": 65.0}
    cases |= {"auto from vocabulary: plain": 40.0, "auto from vocabulary: windows": 60.0}

    (root,) = roots(change("tokenizer", head="tokenizer", inputs=case, size=size) for case, size in cases.items())

    assert root.case == "auto from vocabulary: plain"
    assert root.also[0] == "slow from all: pairs"
    assert set(root.also) == set(cases) - {root.case}


@pytest.mark.parametrize("size", [float("inf"), float("nan")])
def test_answers_that_are_infinitely_far_apart_are_told_as_others_are(size):
    (root,) = roots([change(size=size), change("loss", size=2.0)])

    assert root.check == "outputs"


def test_what_was_frozen_is_to_be_frozen_again():
    learns = judged("mismatch", f"positions {LEARNS_ANYWAY}")

    assert "requires_grad_(False)" in change_of(judged("pass"), learns, asked_for_nothing, 0.1).do


@pytest.mark.parametrize(
    ("old", "new"), [("pass", "pass"), ("load-error", "load-error"), ("not-offered", "pass"), ("refused", "no-truth")]
)
def test_what_stays_and_what_is_new_is_no_change(old, new):
    assert change_of(judged(old), judged(new), asked_for_nothing, 0.1) is None


@pytest.mark.parametrize(("old", "new"), [("no-truth", "no-truth"), ("no-truth", "pass"), ("load-error", "load-error")])
def test_answers_without_a_truth_are_held_against_each_other(old, new):
    measured = [replace(judged(word), answered=True) for word in (old, new)]

    assert change_of(*measured, lambda: 1e5, 0.1).kind is Kind.SILENT
    assert change_of(*measured, lambda: 0.2, 0.1) is None


@pytest.mark.parametrize("new", ["no-truth", "pass"])
def test_an_answer_that_is_another_is_told_as_that(new):
    found = change_of(*(replace(judged(word), answered=True) for word in ("no-truth", new)), lambda: 1e5, 0.1)

    assert found.new == "another answer"


def test_what_the_old_stack_could_not_do_works_now_whatever_there_is_to_judge_it_by():
    found = change_of(judged("load-error", "KeyError: 'silu'"), judged("no-truth", "KeyError: 'silu'"), None, 0.1)

    assert (found.old, found.new) == ("load-error: KeyError: 'silu'", "works, with nothing to judge it by")


@pytest.mark.parametrize(("ratio", "kind"), [(0.2, None), (1e5, Kind.SILENT)])
def test_two_wrong_answers_are_held_against_each_other(ratio, kind):
    found = change_of(judged("mismatch"), judged("mismatch"), lambda: ratio, 0.1)

    assert (found and found.kind) == kind


def test_what_rounding_moves_between_releases_is_not_apart():
    assert apart({"x": OTHERWISE * (1 + 2e-6)}, {"x": OTHERWISE}, "float32", "title") < 1


def test_what_a_release_changed_is_apart():
    assert apart({"x": OTHERWISE * (1 + 2e-4)}, {"x": OTHERWISE}, "float32", "title") > 4


@pytest.mark.parametrize("other", [{"y": OTHERWISE}, {"x": OTHERWISE[1:]}, {"x": np.full(64, np.nan, np.float32)}])
def test_other_names_shapes_and_nan_are_apart(other):
    assert apart(other, {"x": OTHERWISE}, "float32", "title") == np.inf


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_moves_more_between_releases(dtype):
    assert apart({"x": OTHERWISE}, {"x": OTHERWISE}, dtype, "title") == 0
    assert apart({"x": OTHERWISE * 1.001}, {"x": OTHERWISE}, dtype, "title") < 1
    assert apart({"x": OTHERWISE * 1.5}, {"x": OTHERWISE}, dtype, "title") > 4


def test_answers_without_a_number_are_alike():
    nothing = {"x": np.full(3, np.nan)}

    assert apart(nothing, nothing, "float32", "title") == 0


def test_other_tokens_are_apart():
    assert apart({"sequences": np.array([1, 2])}, {"sequences": np.array([1, 3])}, "float32", "title") == np.inf


def test_what_other_outputs_lead_to_is_told_with_them():
    (root,) = roots([change("generation"), change("outputs"), change("outputs", inputs="minimal"), change("loss")])

    assert root.check == "outputs"
    assert set(root.also) == {"minimal", "loss", "generation"}


def test_a_loss_explains_the_gradients_and_not_the_generation():
    found = roots([change("gradients"), change("loss"), change("generation")])

    assert {root.check: root.also for root in found} == {"loss": ("gradients",), "generation": ()}


def test_heads_of_one_body_share_a_root():
    (root,) = roots([change(head="qa", first="hidden_states.1"), change(head="seq-cls", first="hidden_states.1")])

    assert root.also in (("qa",), ("seq-cls",))


def test_a_field_that_is_no_longer_heeded_is_told_once_for_every_family():
    field = "position_embedding_type=relative_key"
    (root,) = roots([change(architecture=f"{name} {field}", first="hidden_states.0") for name in ("bert", "electra")])

    assert root.also in ((f"bert {field}/qa on torch",), (f"electra {field}/qa on torch",))


def test_what_a_family_does_by_itself_its_fields_do_too():
    fields = ("hidden_act=relu", "layer_norm_eps=0.001")
    (root,) = roots([change(architecture=name, first="h.3") for name in ("bert", *(f"bert {one}" for one in fields))])

    assert len(root.also) == len(fields)


def test_other_fields_tensors_and_verdicts_are_other_roots():
    told = [
        change(architecture="bert tie_word_embeddings=false", first="logits"),
        change(architecture="gpt2 scale_attn_weights=false", first="logits"),
        change(architecture="bart tie_word_embeddings=false", first="encoder_hidden_states.0"),
        change(architecture="albert tie_word_embeddings=false", first="logits", new="load-incomplete: a bias"),
    ]

    assert len(roots(told)) == len(told)


def test_leftover_memory_in_several_heads_of_a_model_is_told_once_with_what_helps():
    base, head = (
        change("weights", head=head, new=f"load-incomplete: not what the code computes: {prefix}rotary.inv_freq")
        for head, prefix in (("base", ""), ("qa", "encoder."))
    )
    (root,) = roots([base, head])
    told = change_of(judged("pass"), judged("load-incomplete", "not what the code computes: a"), asked_for_nothing, 0.0)

    assert root.also in (("base",), ("qa",))
    assert "_init_weights" in told.do


def test_one_error_is_told_once_for_every_architecture():
    text = "load-error: ImportError: cannot import name '{}' from /site/{}.py"
    changes = [
        change(kind=Kind.LOUD, architecture=name, new=text.format(name, name)) for name in ("albert", "bert", "t5")
    ]

    (root,) = roots(changes)

    assert len(root.also) == 2


def test_files_that_the_old_stack_could_not_load_are_told_once():
    def fixed(architecture, reason, format):
        of = replace(case(), format=format)
        old = f"load-error: {reason}"
        return replace(change(kind=Kind.FIXED, architecture=architecture, new="pass 1", of=of), old=old)

    found = roots(
        [
            fixed("albert", "UnpicklingError: invalid load key, 'H'", "safetensors"),
            fixed("bert", "UnpicklingError: could not find MARK", "safetensors"),
            fixed("t5 gelu", "UnpicklingError: could not find MARK", "bin"),
            fixed("gpt2", "KeyError: 'silu'", "safetensors"),
        ]
    )

    assert sorted((root.architecture, root.also) for root in found) == [
        ("albert", ("bert/qa on torch",)),
        ("gpt2", ()),
        ("t5 gelu", ()),
    ]


def test_another_thing_that_is_gone_in_the_same_words_is_named():
    def gone(architecture, name):
        error = f"run-error: AttributeError: '{architecture.title()}Config' object has no attribute '{name}'"
        return change(check="generation", kind=Kind.LOUD, architecture=architecture, new=error)

    (root,) = roots([gone("bert", "pad_token_id"), gone("albert", "pad_token_id"), gone("gptj", "n_layer")])

    assert root.also == (
        "albert/qa on torch",
        "gptj/qa on torch (run-error: AttributeError: 'GptjConfig' object has no attribute 'n_layer')",
    )


def test_other_errors_are_other_roots_though_they_name_nothing_else():
    errors = ("run-error: KeyError: 'silu'", "run-error: ValueError: 'silu'")

    assert len(roots([change(kind=Kind.LOUD, new=error) for error in errors])) == 2


def test_names_that_only_some_lost_are_told_with_those_of_the_others():
    lists = [("albert", ("a", "b", "c")), ("gpt2", ("a", "z"))]
    found = [change("names", Kind.LOUD, architecture=name, inputs="model", parts=parts) for name, parts in lists]

    (root,) = roots(found)

    assert set(root.parts) | set(root.also) >= {"a", "b", "c", "z"}


def test_files_that_a_release_writes_otherwise_are_told_once_for_models_and_once_for_tokenizers():
    files = [("tokenizer", "vocab.txt"), ("tokenizer", "spiece.model"), ("qa", "pytorch_model.bin")]
    found = [change("saving", Kind.FORMAT, head=head, new=name, parts=(f"no longer {name}",)) for head, name in files]

    of_tokenizers, of_models = sorted(roots(found), key=lambda root: root.head != "tokenizer")

    assert of_tokenizers.parts == ("no longer vocab.txt",)
    assert of_tokenizers.also == ("no longer spiece.model (albert/tokenizer on torch)",)
    assert (of_models.parts, of_models.also) == (("no longer pytorch_model.bin",), ())


def test_the_worst_comes_first():
    found = roots(
        [
            change(kind=Kind.FIXED),
            change(kind=Kind.LOUD, new="run-error: x"),
            change(size=2.0),
            change("mask", size=9.0),
        ]
    )

    assert [root.kind for root in found] == [Kind.SILENT, Kind.LOUD, Kind.FIXED]


def test_a_tokenizer_s_file_that_the_new_stack_misreads_is_told_beside_one_that_the_old_stack_can_not_read():
    def misread(architecture, how, way, new):
        return Change(Kind.FORMAT, "exchange", architecture, "tokenizer", "", f"{how}: {way}", "read as written", new)

    old, new = "the old stack writes, the new one reads", "the new stack writes, the old one reads"
    unread = [misread(name, how, new, "load-error: no keys") for name in ("bert", "opt") for how in ("auto", "slow")]
    other = misread("opt", "slow", old, "mismatch: ids at 3 is 1, it should be 2")

    told = roots([*unread, other])

    assert {change.new: change.also for change in told} == {
        "load-error: no keys": (f"slow: {new}", "opt/tokenizer"),
        other.new: (),
    }
