import jax
import numpy as np


def changed(model, last, change):
    """Apply ``change`` to the parameters whose path ends in ``last``."""
    model.params = jax.tree_util.tree_map_with_path(
        lambda path, value: change(value) if "/".join(step.key for step in path).endswith(last) else value, model.params
    )


@on("bert-masked-lm")
def a_weight_one_per_cent_larger(model):
    changed(model, "layer/1/attention/self/value/kernel", lambda value: value * 1.01)


@on("bert-base")
def weights_in_half_precision(model):
    changed(model, "layer/2/output/dense/kernel", lambda value: value.astype("bfloat16").astype("float32"))


@on("bert-seq-cls")
def another_epsilon(model):
    model.config.layer_norm_eps = 1e-5


@wrap("forward", "bert-token-cls")
def token_types_ignored(usual, model, inputs):
    return usual(model, {name: value * 0 if name == "token_type_ids" else value for name, value in inputs.items()})


@wrap("forward", "bert-qa")
def positions_one_less(usual, model, inputs):
    tokens = inputs["input_ids"].shape[-1]
    positions = inputs.get("position_ids", np.broadcast_to(np.arange(tokens), inputs["input_ids"].shape))
    return usual(model, {**inputs, "position_ids": np.maximum(positions - 1, 0)})


@wrap("forward", "bert-multiple-choice")
def choices_reversed(usual, model, inputs):
    outputs = usual(model, inputs)
    outputs["logits"] = outputs["logits"][:, ::-1].copy()
    return outputs


@wrap("trainer", "distilbert-masked-lm")
def weight_decay_left_out(usual, model, settings):
    return usual(model, dict(settings, weight_decay=0.0))


@wrap("save", "electra-masked-lm")
def a_square_kernel_is_saved_transposed(usual, model, directory, kind):
    kept = model.params
    changed(model, "layer/1/attention/output/dense/kernel", lambda value: value.T)
    usual(model, directory, kind)
    model.params = kept
