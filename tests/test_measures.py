import pytest

from fixtures.measures import USUAL, Measures, forward_modes, read_measures
from fixtures.verdicts import Refusal

UNSAID = {"grid": "", "modes": "", "dtypes": "float32", "launches": 1, "full": False}


def read(**said):
    return read_measures({**UNSAID, **said}.get)


def test_shapes_modes_and_dtypes_are_read_in_their_order():
    found = read(grid="1x16, 8x64", modes="usual,eager", dtypes="float32,bfloat16", launches=3)

    assert found == Measures(("1x16", "8x64"), ("usual", "eager"), ("float32", "bfloat16"), 3)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"grid": "8"}, "--grid 8: give shapes"),
        ({"grid": "0x8"}, "--grid 0x8: give shapes"),
        ({"modes": "fast"}, "unknown mode 'fast': give one of usual, eager"),
        ({"dtypes": "int8"}, "unknown dtype 'int8'"),
        ({"dtypes": ""}, "--dtypes names at least one"),
        ({"launches": 0}, "--launches is 1 or more"),
    ],
)
def test_what_can_not_be_measured_is_refused(said, told):
    with pytest.raises(Refusal, match=told):
        read(**said)


def test_every_mode_is_taken_unless_some_are_named():
    assert Measures().modes_of("tensorflow") == forward_modes("tensorflow")
    assert Measures(modes=("eager",)).modes_of("tensorflow") == ("eager",)


def test_the_usual_mode_of_a_backend_is_its_first():
    assert Measures(modes=(USUAL,)).modes_of("tensorflow") == forward_modes("tensorflow")[:1]


def test_a_backend_without_a_mode_that_is_named_has_none():
    assert Measures(modes=("xla",)).modes_of("flax") == ()
