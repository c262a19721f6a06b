import numpy as np
import pytest

from compat.layout import layouts, odd_ones
from fixtures.verdicts import CaseFailed

RANDOM = np.random.default_rng(0)
QUERY = RANDOM.standard_normal((8, 6)).astype(np.float32)
SQUARES = {f"layer.{index}.weight": RANDOM.standard_normal((5, 5)).astype(np.float32) for index in range(6)}


@pytest.mark.parametrize(
    "variable", [QUERY, QUERY.T, QUERY.reshape(2, 4, 6), QUERY.reshape(2, 4, 6).transpose(2, 0, 1)]
)
def test_a_variable_is_laid_out_as_its_tensor(variable):
    found = layouts({"kernel": variable}, {"query.weight": QUERY}, "title")

    assert np.array_equal(found["query.weight"].apply(variable), QUERY)


def test_a_gradient_follows_its_variable():
    layout = layouts({"kernel": QUERY.T}, {"query.weight": QUERY}, "title")["query.weight"]

    assert np.array_equal(layout.apply(2 * QUERY.T), 2 * QUERY)


def test_a_tensor_that_no_variable_holds_is_left_out():
    assert layouts({"kernel": QUERY + 1}, {"query.weight": QUERY}, "title") == {}


def test_a_shuffled_tensor_is_no_layout():
    shuffled = RANDOM.permutation(QUERY.reshape(-1)).reshape(QUERY.shape)

    with pytest.raises(CaseFailed, match=r"kernel holds the numbers of query.weight in an order"):
        layouts({"kernel": shuffled}, {"query.weight": QUERY}, "title")


def test_one_transposed_square_is_odd():
    variables = {name.replace("weight", "kernel"): array.T for name, array in SQUARES.items()}
    variables["layer.3.kernel"] = SQUARES["layer.3.weight"]

    assert odd_ones(layouts(variables, SQUARES, "title")) == ["layer.3.weight"]


def test_squares_of_one_layout_are_not_odd():
    variables = {name.replace("weight", "kernel"): array.T for name, array in SQUARES.items()}

    assert odd_ones(layouts(variables, SQUARES, "title")) == []
