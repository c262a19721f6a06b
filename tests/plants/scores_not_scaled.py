load = backend.load


def not_scaled(spec):
    model, reported = load(spec)
    for name, module in model.named_modules():
        if name.endswith("attention.self.query"):
            size = model.config.hidden_size // model.config.num_attention_heads
            module.register_forward_hook(lambda module, given, output, factor=size**0.5: output * factor)
    return model, reported


backend.load = not_scaled
