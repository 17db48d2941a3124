"""Vectors survive PostgreSQL's binary COPY format unchanged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models_ml.vectors.binary_copy import HEADER, TRAILER, pack_rows, unpack_rows

FLOATS = st.floats(width=32, allow_nan=False, allow_infinity=False)


@given(st.data())
def test_what_is_packed_is_unpacked(data):
    count, dimension = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 16))
    keys = data.draw(arrays(np.int64, (count, 1)))
    vectors = data.draw(arrays(np.float32, (count, dimension), elements=FLOATS))
    stream = pack_rows(keys, vectors)
    assert stream.startswith(HEADER)
    assert stream.endswith(TRAILER)
    got_keys, got_vectors = unpack_rows(stream[len(HEADER) : -len(TRAILER)], dimension)
    np.testing.assert_array_equal(got_keys, keys[:, 0])
    np.testing.assert_array_equal(got_vectors, vectors)


def test_vectors_of_another_dimension_are_refused():
    # Seventeen rows of two dimensions are as long as fifteen of three, so only the rows themselves can tell.
    stream = pack_rows(np.arange(17)[:, None], np.ones((17, 2), np.float32))
    with pytest.raises(ValueError, match="not all vectors have 3 dimensions"):
        unpack_rows(stream[len(HEADER) : -len(TRAILER)], 3)
