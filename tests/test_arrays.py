"""Arrays as bytes: what is packed is unpacked, in as many threads as there are workers."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from fixtures.arrays import pack, unpack


@pytest.fixture(params=[7, 9, 16, 20, 24])
def interrupted(request):
    """Have garbage collected after so many objects, and another thread go on meanwhile."""

    def give_way(*told):
        time.sleep(1e-5)

    usual = gc.get_threshold()
    gc.callbacks.append(give_way)
    gc.set_threshold(request.param, 1000, 1000)
    yield
    gc.set_threshold(*usual)
    gc.callbacks.remove(give_way)


def unpack_often(packed, depth):
    """Shapes of an array that is unpacked over and over, ``depth`` calls deeper in the stack."""
    return unpack_often(packed, depth - 1) if depth else [unpack(packed).shape for _ in range(25)]


@pytest.mark.parametrize("array", [np.arange(6.0).reshape(2, 3), np.float32(1.5), np.zeros((0, 4), np.int64)])
def test_an_array_keeps_its_shape_its_dtype_and_its_values(array):
    found = unpack(pack(array))

    assert (found.shape, found.dtype) == (np.shape(array), np.asarray(array).dtype)
    assert np.array_equal(found, array)


def test_many_threads_unpack_at_once(interrupted):
    packed = pack(np.zeros((2, 3), np.float32))
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = list(pool.map(partial(unpack_often, packed), (0, 3, 6, 9)))

    assert found == [[(2, 3)] * 25] * 4
