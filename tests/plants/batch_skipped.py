trainer = backend.trainer


def that_skips_the_fourth_batch(model, settings):
    step, losses = trainer(model, settings), []

    def skipping(batch):
        losses.append(losses[-1] if len(losses) == 3 else step(batch))
        return losses[-1]

    return skipping


backend.trainer = that_skips_the_fourth_batch
