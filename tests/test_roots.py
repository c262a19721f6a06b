"""Many changes made into few: what is told at a root, and what stays apart."""

from dataclasses import replace

import pytest

from compat.changes import EXCHANGE, NOT_LOCALISED, PIPELINE, Change, Kind, change_of
from compat.roots import roots
from tests.test_changes import asked_for_nothing, case, judged


def change(
    check="outputs", kind=Kind.SILENT, architecture="albert", head="qa", inputs="full", new="mismatch: logits", **more
):
    return Change(kind, check, architecture, head, "torch", inputs, "pass 1", new, **more)


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


def test_tokenizers_of_other_files_are_told_apart():
    ids = {"check": "tokenizer", "head": "tokenizer", "first": "input_ids"}
    told = roots([change(architecture=name, **ids) for name in ("llama", "llama byte-level json")])

    assert {each.architecture for each in told} == {"llama", "llama byte-level json"}


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


def test_what_could_not_be_localised_has_no_cause_in_common():
    why = f"{NOT_LOCALISED}: the 300 s that a run may spend on it are used"
    changes = [change(head="qa", first="logits"), change(architecture="gpt2", head="causal-lm", new="nan: logits")]

    assert len(roots([replace(each, cause=why) for each in changes])) == 2


def test_what_a_tokenizer_says_of_itself_explains_no_pipeline():
    piped = change(PIPELINE, head="seq-cls", inputs="list")
    fact, ids = (
        replace(change("tokenizer", head="tokenizer", inputs=f"auto: {topic}"), backend="")
        for topic in ("facts", "plain")
    )

    assert [root.check for root in roots([fact, piped])] == ["pipeline", "tokenizer"]
    assert [root.check for root in roots([ids, piped])] == ["tokenizer"]


def test_every_format_of_a_model_that_is_read_otherwise_is_named_whatever_each_fails_by():
    way = "the new stack writes, the old one reads"
    errors = {"h5": "load-error: ValueError: Layer #0", "safetensors": "load-error: OSError: no file named"}

    (root,) = roots(
        Change(Kind.FORMAT, EXCHANGE, "bert", "qa", "tensorflow", f"{name}: {way}", "read", new, first="load-error")
        for name, new in errors.items()
    )

    assert {root.case, *root.also} == {f"{name}: {way}" for name in errors}


def test_files_of_a_model_that_the_new_stack_misreads_are_told_beside_those_that_the_old_one_can_not_read():
    ways = ("the old stack writes, the new one reads", "the new stack writes, the old one reads")
    news = ("mismatch: logits differs first", "load-error: no keys")
    changes = [
        Change(Kind.FORMAT, EXCHANGE, "bert", head, "torch", f"bin: {way}", "read as it was written", new, first=first)
        for head in ("qa", "masked-lm")
        for way, new, first in zip(ways, news, ("mismatch", "load-error"), strict=True)
    ]

    told = roots(changes)

    assert {root.new for root in told} == set(news)
    assert [len(root.also) for root in told] == [1, 1]
