load = backend.load


def with_two_labels_swapped(spec):
    model, reported = load(spec)
    labels = model.config.id2label
    labels[0], labels[1] = labels[1], labels[0]
    return model, reported


backend.load = with_two_labels_swapped
