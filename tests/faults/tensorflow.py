import numpy as np
import tensorflow as tf


def variable(model, part):
    return next(weight for weight in model.weights if part in weight.name)


@on("bert-masked-lm")
def tanh_gelu(model):
    for layer in model.bert.encoder.layer:
        layer.intermediate.intermediate_act_fn = lambda states: tf.nn.gelu(states, approximate=True)


@on("bert-base")
def a_bias_dropped(model):
    bias = variable(model, "layer_._1/intermediate/dense/bias")
    bias.assign(tf.zeros_like(bias))


@on("bert-seq-cls")
def epsilon_of_one_layer(model):
    model.bert.encoder.layer[1].bert_output.LayerNorm.epsilon = 1e-5


@on("bert-token-cls")
def transposed_square_weight(model):
    weight = variable(model, "layer_._0/attention/output/dense/kernel")
    weight.assign(tf.transpose(weight))


@wrap("forward", "bert-qa")
def mask_ignored(usual, model, inputs):
    return usual(model, {name: value * 0 + 1 if name == "attention_mask" else value for name, value in inputs.items()})


@wrap("forward", "bert-multiple-choice")
def infinite_logits(usual, model, inputs):
    outputs = usual(model, inputs)
    outputs["logits"] = outputs["logits"] + np.inf
    return outputs


@wrap("trainer", "distilbert-masked-lm")
def gradient_clipped(usual, model, settings):
    return usual(model, dict(settings, epsilon=2 * settings["epsilon"]))


@wrap("generate", "gpt2-causal-lm")
def the_last_token_is_another(usual, model, inputs, settings):
    made = usual(model, inputs, settings)
    made["sequences"] = np.concatenate([made["sequences"][:, :-1], made["sequences"][:, -1:] + 1], axis=1)
    return made


@on("electra-masked-lm")
def an_epsilon_that_no_file_holds(model):
    model.electra.encoder.layer[1].bert_output.LayerNorm.epsilon = 1e-4
