"""What one would write without Concord: a single process that loads every framework and makes the same comparisons.

Started with a stack's interpreter and, on standard input, ``{"root", "cases"}``: each case has ``spec``, ``inputs`` (an
``.npz``) and ``backend``. Prints ``{"tensors", "beyond"}``: how many tensors were compared, how many are beyond the budget.
"""

import importlib
import json
import sys

import numpy as np


def main():
    """Compare every case of standard input, one after the other."""
    asked = json.loads(sys.stdin.read())
    sys.path.append(asked["root"])
    compare = importlib.import_module("compat.compare")
    budget = importlib.import_module("compat.budget")
    loaded, answers, counts = {}, {}, {"tensors": 0, "beyond": 0}
    for case in asked["cases"]:
        inputs = dict(np.load(case["inputs"]))
        truth, rounded, again = (
            _once(answers, (kind, case["inputs"], case["spec"]["directory"]), loaded, asked["reference"], spec, inputs)
            for kind, spec in _reference_specs(case["spec"])
        )
        if any(rounded[name].tobytes() != again[name].tobytes() for name in rounded):
            raise SystemExit("the reference differs from itself")
        masks = [array for name, array in inputs.items() if name.endswith("attention_mask")]
        answer = _forward(loaded, case["backend"], case["spec"], inputs)
        measured = compare.compare_outputs(answer, truth, rounded, masks, case["backend"])
        counts["tensors"] += len(measured.measurements)
        counts["beyond"] += sum(found.ratio > budget.RMSE_BUDGET for found in measured.measurements)
    print(json.dumps(counts))


def _reference_specs(spec):
    eager = {**spec, "attention": "eager"}
    return (("truth", {**eager, "dtype": "float64"}), ("rounded", eager), ("again", eager))


def _once(answers, key, loaded, backend, spec, inputs):
    if key not in answers:
        while len(answers) > 30:
            answers.pop(next(iter(answers)))
        answers[key] = _forward(loaded, backend, spec, inputs)
    return answers[key]


def _forward(loaded, backend, spec, inputs):
    module = importlib.import_module("fixtures.backends." + backend)
    key = (backend, *sorted(spec.items()))
    if key not in loaded:
        while len(loaded) > 8:
            loaded.pop(next(iter(loaded)))
        loaded[key] = module.load(spec)[0]
    return module.forward(loaded[key], inputs)


if __name__ == "__main__":
    main()
