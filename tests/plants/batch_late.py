trainer = backend.trainer


def that_is_a_batch_late_in_the_end(model, settings):
    step, batches = trainer(model, settings), []

    def late(batch):
        batches.append(batch)
        return step(batches[-1 if len(batches) <= 20 else -2])

    return late


backend.trainer = that_is_a_batch_late_in_the_end
