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


def test_what_is_not_square_tells_the_layout_of_its_kind():
    variables = {name.replace("weight", "kernel"): array for name, array in SQUARES.items()}
    tensors = {**SQUARES, "query.weight": QUERY}

    odd = odd_ones(layouts({**variables, "query/kernel:0": QUERY.T}, tensors, "title"))

    assert odd == list(SQUARES)


def test_where_what_is_not_square_does_not_agree_the_squares_have_a_say():
    variables = {name.replace("weight", "kernel"): array.T for name, array in SQUARES.items()}
    variables |= {"query.kernel": QUERY, "key.kernel": QUERY[:5].T}

    assert odd_ones(layouts(variables, {**SQUARES, "query.weight": QUERY, "key.weight": QUERY[:5]}, "title")) == []


def test_a_kernel_with_two_axes_of_one_length_is_held_against_its_kind():
    wide, square = RANDOM.standard_normal((7, 5, 3)), RANDOM.standard_normal((5, 5, 3))
    variables = {"a.kernel": wide.transpose(2, 1, 0), "b.kernel": square.transpose(2, 0, 1)}

    assert odd_ones(layouts(variables, {"a.weight": wide, "b.weight": square}, "title")) == ["b.weight"]


def test_other_names_are_other_kinds():
    variables = {"query.kernel": QUERY.T, "words.embedding": SQUARES["layer.0.weight"]}
    tensors = {"query.weight": QUERY, "words.weight": SQUARES["layer.0.weight"]}

    assert odd_ones(layouts(variables, tensors, "title")) == []


def test_a_symmetric_square_is_laid_out_either_way():
    eye = np.eye(5, dtype=np.float32)

    found = layouts({"a.kernel": QUERY.T, "b.kernel": eye}, {"a.weight": QUERY, "b.weight": eye}, "title")

    assert odd_ones(found) == []
