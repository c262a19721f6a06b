"""Changes that leave the answer as right as it was; every one runs in a worker and every cell must pass.

Named after the checkpoint that it is put on, as the faults are; a backend takes those that it knows how to make.
"""

import numpy as np

NAME = backend.__name__.rpartition(".")[2]


@wrap("forward", "bert-base")
def rows_in_another_order(usual, model, inputs):
    outputs = usual(model, {name: value[::-1].copy() for name, value in inputs.items()})
    return {name: array[::-1].copy() for name, array in outputs.items()}


@wrap("forward", "bert-masked-lm")
def a_batch_in_two_halves(usual, model, inputs):
    half = max(1, len(inputs["input_ids"]) // 2)
    parts = [
        {name: value[:half] for name, value in inputs.items()},
        {name: value[half:] for name, value in inputs.items()},
    ]
    outputs = [usual(model, part) for part in parts if len(part["input_ids"])]
    return {name: np.concatenate([output[name] for output in outputs]) for name in outputs[0]}


@wrap("forward", "bert-seq-cls")
def padded_further(usual, model, inputs):
    """Two more columns of padding, which are cut from the answer again."""
    mask = inputs.get("attention_mask")
    if mask is None or inputs["input_ids"].shape[1] > 60:
        return usual(model, inputs)
    wider = {
        name: np.pad(value, ((0, 0), (0, 2)), constant_values=3 if name == "input_ids" else 0)
        for name, value in inputs.items()
    }
    outputs = usual(model, wider)
    tokens = mask.shape[1]
    cut = {name: array[:, :tokens] for name, array in outputs.items() if "hidden_states" in name}
    seen = {name: array[:, :, :tokens, :tokens] for name, array in outputs.items() if "attentions" in name}
    return {**outputs, **cut, **seen}


@wrap("forward", "bert-token-cls")
def asked_twice(usual, model, inputs):
    usual(model, {name: value[:1] for name, value in inputs.items()})
    return usual(model, inputs)


if NAME == "torch":
    import torch

    @on("bert-qa")
    def more_threads(model):
        torch.set_num_threads(2)

    @on("bert-multiple-choice")
    def weights_laid_out_by_columns(model):
        for parameter in model.parameters():
            if parameter.ndim == 2:
                parameter.data = parameter.data.t().contiguous().t()

    @on("bert-next-sentence")
    def eager_attention(model):
        model.config._attn_implementation = "eager"

    @on("bert-pretraining")
    def another_matrix_kernel(model):
        """Each product computed in two parts that are added, as a blocked kernel does."""
        linear = torch.nn.functional.linear

        for module in model.modules():
            if isinstance(module, torch.nn.Linear):

                def forward(states, module=module):
                    half = module.in_features // 2
                    first = linear(states[..., :half], module.weight[:, :half])
                    return first + linear(states[..., half:], module.weight[:, half:], module.bias)

                module.forward = forward

    @wrap("forward", "bert-causal-lm")
    def without_gradient_tracking(usual, model, inputs):
        with torch.inference_mode():
            return usual(model, inputs)


if NAME == "tensorflow":
    import tensorflow as tf

    @wrap("forward", "bert-qa")
    def traced_once(usual, model, inputs):
        placed = backend.place(model, inputs)
        call = tf.function(
            lambda given: dict(
                model(given, training=False, output_hidden_states=True, output_attentions=True, return_dict=True)
            )
        )
        return backend.read(call(placed))


if NAME == "flax":
    import jax

    @wrap("forward", "bert-qa")
    def compiled_whole(usual, model, inputs):
        call = jax.jit(
            lambda params, given: model(
                params=params, output_hidden_states=True, output_attentions=True, return_dict=True, **given
            )
        )
        return backend.read(call(model.params, backend.place(model, inputs)))

    @wrap("forward", "bert-multiple-choice")
    def highest_matmul_precision(usual, model, inputs):
        with jax.default_matmul_precision("highest"):
            return usual(model, inputs)
