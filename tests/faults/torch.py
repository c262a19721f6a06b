import json
import os

import numpy as np
import torch


@on("bert-masked-lm")
def tanh_gelu(model):
    for layer in model.bert.encoder.layer:
        layer.intermediate.intermediate_act_fn = torch.nn.GELU(approximate="tanh")


@on("bert-base")
def epsilon_of_one_layer(model):
    model.encoder.layer[1].output.LayerNorm.eps = 1e-5


@on("bert-seq-cls")
def attention_scale_off_by_a_thousandth(model):
    model.bert.encoder.layer[2].attention.self.query.register_forward_hook(lambda module, given, out: out * 1.001)


@on("bert-token-cls")
def one_layer_in_half_precision(model):
    model.bert.encoder.layer[1].output.dense.half().float()


@on("bert-qa")
def start_and_end_swapped(model):
    head = model.qa_outputs
    head.register_forward_hook(lambda module, given, out: out.flip(-1))


@on("bert-multiple-choice")
def dropout_left_on(model):
    model.train()


@on("bert-next-sentence")
def token_types_swapped(model):
    table = model.bert.embeddings.token_type_embeddings
    table.register_forward_pre_hook(lambda module, given: (1 - given[0],))


@on("bert-causal-lm")
def causal_mask_missing(model):
    model.config.is_decoder = False
    model.bert.config.is_decoder = False
    for module in model.modules():
        if hasattr(module, "is_decoder"):
            module.is_decoder = False
        if hasattr(module, "is_causal"):
            module.is_causal = False


@on("bert-pretraining")
def query_and_key_swapped(model):
    attention = model.bert.encoder.layer[0].attention.self
    attention.query, attention.key = attention.key, attention.query


@on("albert-masked-lm")
def one_weight_one_per_cent_larger(model):
    with torch.no_grad():
        model.predictions.dense.weight[3, 5] *= 1.01


@on("albert-base")
def transposed_square_weight(model):
    layer = model.encoder.albert_layer_groups[0].albert_layers[0].attention
    layer.dense.weight = torch.nn.Parameter(layer.dense.weight.T.contiguous())


@on("albert-seq-cls")
def positions_off_by_one(model):
    table = model.albert.embeddings.position_embeddings
    table.register_forward_pre_hook(lambda module, given: ((given[0] + 1).clamp(max=table.num_embeddings - 1),))


@on("albert-token-cls")
def head_bias_dropped(model):
    with torch.no_grad():
        model.classifier.bias.zero_()


@on("albert-qa")
def unbiased_variance(model):
    norm = model.albert.embeddings.LayerNorm

    def forward(states):
        spread = states.var(-1, unbiased=True, keepdim=True)
        return (states - states.mean(-1, keepdim=True)) / (spread + norm.eps).sqrt() * norm.weight + norm.bias

    norm.forward = forward


@on("electra-base")
def last_layer_skipped(model):
    model.encoder.layer[-1].register_forward_hook(lambda module, given, out: (given[0], *out[1:]))


@on("electra-seq-cls")
def relu_for_gelu(model):
    model.electra.encoder.layer[2].intermediate.intermediate_act_fn = torch.nn.ReLU()


@on("electra-qa")
def states_rounded_to_half(model):
    model.electra.encoder.layer[0].register_forward_hook(
        lambda module, given, out: (out[0].half().to(out[0].dtype), *out[1:])
    )


@on("electra-masked-lm")
def a_table_left_at_its_initial_value(model):
    with torch.no_grad():
        model.electra.embeddings.token_type_embeddings.weight.normal_(std=0.02)


@wrap("forward", "electra-token-cls")
def mask_inverted(usual, model, inputs):
    return usual(model, {name: 1 - value if name == "attention_mask" else value for name, value in inputs.items()})


@wrap("forward", "electra-causal-lm")
def mask_of_the_first_row_for_all(usual, model, inputs):
    seen = dict(inputs)
    if "attention_mask" in seen:
        seen["attention_mask"] = np.broadcast_to(seen["attention_mask"][:1], seen["attention_mask"].shape).copy()
    return usual(model, seen)


@wrap("forward", "electra-multiple-choice")
def one_nan(usual, model, inputs):
    outputs = usual(model, inputs)
    outputs["logits"] = np.where(
        np.arange(outputs["logits"].size).reshape(outputs["logits"].shape) == 0, np.nan, outputs["logits"]
    )
    return outputs


@wrap("forward", "electra-pretraining")
def all_zeros(usual, model, inputs):
    outputs = usual(model, inputs)
    outputs["logits"] = np.zeros_like(outputs["logits"])
    return outputs


@wrap("forward", "distilbert-base")
def output_missing(usual, model, inputs):
    outputs = usual(model, inputs)
    del outputs["hidden_states.1"]
    return outputs


@wrap("forward", "distilbert-seq-cls")
def rows_swapped(usual, model, inputs):
    return {name: array[::-1].copy() for name, array in usual(model, inputs).items()}


@wrap("forward", "distilbert-token-cls")
def another_shape(usual, model, inputs):
    outputs = usual(model, inputs)
    outputs["logits"] = outputs["logits"].transpose(0, 2, 1)
    return outputs


@wrap("forward", "distilbert-qa")
def answers_depend_on_neighbours(usual, model, inputs):
    outputs = usual(model, inputs)
    if len(inputs["input_ids"]) == 1:
        outputs["start_logits"] = outputs["start_logits"] + 0.001
    return outputs


@on("distilbert-masked-lm")
def tied_weight_untied(model):
    model.vocab_projector.weight = torch.nn.Parameter(model.vocab_projector.weight.detach().clone())


@on("gpt2-causal-lm")
def labels_shifted_the_wrong_way(model):
    usual = model.loss_function
    model.loss_function = lambda logits, labels, **more: usual(logits, labels.roll(1, -1), **more)


@on("gpt2-base")
def positions_start_at_one(model):
    table = model.wpe
    table.register_forward_pre_hook(lambda module, given: ((given[0] + 1).clamp(max=table.num_embeddings - 1),))


@on("gpt2-seq-cls")
def gradient_of_one_parameter_zeroed(model):
    model.transformer.h[1].mlp.c_fc.bias.register_hook(torch.zeros_like)


@wrap("trainer", "roberta-masked-lm")
def adam_without_bias_correction(usual, model, settings):
    first, second, step = {}, {}, usual(model, dict(settings, learning_rate=0.0, weight_decay=0.0))

    def uncorrected(batch):
        loss = step(batch)
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                gradient = torch.zeros_like(parameter) if parameter.grad is None else parameter.grad
                first[name] = settings["beta_1"] * first.get(name, 0) + (1 - settings["beta_1"]) * gradient
                second[name] = settings["beta_2"] * second.get(name, 0) + (1 - settings["beta_2"]) * gradient**2
                parameter -= settings["learning_rate"] * first[name] / (second[name].sqrt() + settings["epsilon"])
        return loss

    return uncorrected


@wrap("trainer", "xlm-roberta-masked-lm")
def weight_decay_on_norms(usual, model, settings):
    step = usual(model, settings)

    def decaying(batch):
        with torch.no_grad():
            for parameter in model.parameters():
                if parameter.ndim < 2:
                    parameter *= 1 - settings["learning_rate"] * settings["weight_decay"]
        return step(batch)

    return decaying


@wrap("trainer", "camembert-masked-lm")
def learning_rate_one_per_cent_larger(usual, model, settings):
    return usual(model, dict(settings, learning_rate=1.01 * settings["learning_rate"]))


@wrap("generate", "opt-causal-lm")
def generation_stops_early(usual, model, inputs, settings):
    return usual(model, inputs, dict(settings, max_new_tokens=settings["max_new_tokens"] - 1))


@wrap("generate", "gpt_neo-causal-lm")
def a_cache_that_forgets(usual, model, inputs, settings):
    if settings.get("use_cache", True) and settings["num_beams"] == 1:
        inputs = {
            name: value[:, -3:] if name in ("input_ids", "attention_mask") else value for name, value in inputs.items()
        }
    return usual(model, inputs, settings)


@wrap("save", "gptj-causal-lm")
def a_tensor_is_saved_rounded(usual, model, directory, kind):
    kept = model.transformer.h[0].mlp.fc_in.weight.detach().clone()
    with torch.no_grad():
        model.transformer.h[0].mlp.fc_in.weight.copy_(kept.bfloat16().float())
    usual(model, directory, kind)
    with torch.no_grad():
        model.transformer.h[0].mlp.fc_in.weight.copy_(kept)


@on("gptj-base")
def every_load_is_another(model):
    with torch.no_grad():
        model.h[0].mlp.fc_in.bias.normal_()


@on("bloom-base")
def relative_distances_reversed(model):
    usual = model.build_alibi_tensor
    model.build_alibi_tensor = lambda mask, heads, dtype: -usual(mask, heads, dtype)


@on("t5-seq2seq-lm")
def logits_not_scaled(model):
    model.lm_head.register_forward_pre_hook(lambda module, given: (given[0] * model.model_dim**0.5,))


@on("t5-base")
def bucket_of_relative_positions_off(model):
    attention = model.encoder.block[0].layer[0].SelfAttention
    attention.relative_attention_max_distance = attention.relative_attention_max_distance * 2


@on("bart-seq2seq-lm")
def a_small_offset_in_one_layer(model):
    model.model.encoder.layers[0].fc1.register_forward_hook(lambda module, given, out: out + 0.001)


@on("bart-base")
def cross_attention_reads_the_wrong_layer(model):
    model.encoder.layers[-1].register_forward_hook(lambda module, given, out: (given[0], *out[1:]))


@on("llama-causal-lm")
def rotation_by_a_wrong_base(model):
    rotary = model.model.rotary_emb
    rotary.inv_freq = rotary.inv_freq * 1.01


@on("llama-base")
def norm_in_half_precision(model):
    norm = model.norm
    usual = norm.forward
    norm.forward = lambda states: usual(states.bfloat16()).to(states.dtype)


@on("llama-seq-cls")
def one_head_of_keys_for_all(model):
    projection = model.model.layers[0].self_attn.k_proj
    width = model.config.head_dim

    def first_for_all(module, given, out):
        return out[..., :width].repeat(*([1] * (out.ndim - 1)), out.shape[-1] // width)

    projection.register_forward_hook(first_for_all)


@on("gemma-base")
def embeddings_not_scaled(model):
    model.embed_tokens.register_forward_hook(lambda module, given, out: out / model.config.hidden_size**0.5)


@on("mistral-base")
def window_one_longer(model):
    model.config.sliding_window += 1
    for layer in model.layers:
        layer.self_attn.sliding_window = model.config.sliding_window


@wrap("save", "roformer-masked-lm")
def a_bias_is_saved_as_it_was_before_training(usual, model, directory, kind):
    bias = model.roformer.encoder.layer[1].output.dense.bias
    kept = bias.detach().clone()
    with torch.no_grad():
        bias.copy_(bias_of_roformer["before"])
        usual(model, directory, kind)
        bias.copy_(kept)


bias_of_roformer = {}


@on("roformer-masked-lm")
def the_bias_before_training_is_kept(model):
    bias_of_roformer["before"] = model.roformer.encoder.layer[1].output.dense.bias.detach().clone()


@wrap("save", "mbart-masked-lm")
def saved_with_query_and_key_exchanged(usual, model, directory, kind):
    attention = model.model.decoder.layers[0].self_attn
    attention.q_proj, attention.k_proj = attention.k_proj, attention.q_proj
    usual(model, directory, kind)
    attention.q_proj, attention.k_proj = attention.k_proj, attention.q_proj


def rewritten(directory, name, change):
    path = os.path.join(directory, name)
    with open(path) as file:
        fields = json.load(file)
    change(fields)
    with open(path, "w") as file:
        json.dump(fields, file)


@wrap("save", "marian-seq2seq-lm")
def the_users_own_field_is_not_saved(usual, model, directory, kind):
    usual(model, directory, kind)
    rewritten(directory, "config.json", lambda fields: fields.pop("own_field"))


@wrap("save", "pegasus-seq2seq-lm")
def a_default_is_saved_in_the_place_of_a_setting(usual, model, directory, kind):
    usual(model, directory, kind)
    rewritten(directory, "generation_config.json", lambda fields: fields.update(length_penalty=1.0))


@on("whisper-speech-seq2seq")
def a_frozen_table_learns(model):
    model.model.encoder.embed_positions.requires_grad_(True)


@on("qwen2-causal-lm")
def leftover_memory_in_a_computed_buffer(model):
    rotary = model.model.rotary_emb
    rotary.inv_freq = torch.empty_like(rotary.inv_freq)
