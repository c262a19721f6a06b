"""The comparison of a pipeline's answers: words, labels and places exactly, scores by the error budget."""

import numpy as np

from compat.budget import Measurement
from compat.compare import Comparison, compare_outputs
from compat.exact import Agreement
from fixtures.arrays import Arrays


def compare_scores(agreement: Agreement, answer: Arrays, truth: Arrays, rounded: Arrays, title: str) -> Comparison:
    """Measure the scores of ``answer``, float64 of shape (scores,) by input, after every exact value agreed.

    The few scores of one input share the error of one softmax, too little to tell what rounding costs, so the inputs are measured
    together; and as logarithms where they are probabilities, so that the likely ones don't hide the others.
    A task that gives no scores, as the writing of text, is measured by its words alone.
    Raises `CaseFailed` as `compare_outputs` does.
    """
    exact = tuple(Measurement(compared.tensor, 0.0, 0.0, 0.0, 1) for compared in agreement.measurements)
    if not answer and not truth:
        return Comparison(exact)
    sides = [_together(side) for side in (answer, truth, rounded)]
    if all(np.all((scores > 0.0) & (scores <= 1.0)) for scores in sides):
        sides = [np.log(scores) for scores in sides]
    ours, exactly, nearly = ({"scores": scores} for scores in sides)
    return Comparison((*compare_outputs(ours, exactly, nearly, (), title).measurements, *exact))


def _together(scores: Arrays) -> np.ndarray:
    return np.concatenate([scores[name] for name in sorted(scores)]) if scores else np.zeros(0)
