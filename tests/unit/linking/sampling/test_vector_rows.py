"""Rows of a file are those of the array that it was written from, however far apart and however often asked for."""

import numpy as np
import pytest

from linking.sampling.vector_rows import SPARSE, FiledRows, HeldRows


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [7],
        [3, 4, 5],
        [999, 0],
        [0, SPARSE, 2 * SPARSE, 999],
        [0, SPARSE + 1, 2 * SPARSE + 2, 999],
        [500, 2, 500, 999, 3, 2],
    ],
)
def test_rows_of_a_file_are_those_of_the_array(rows):
    vectors = np.random.default_rng(0).normal(size=(1000, 3)).astype(np.float32)
    filed, held = FiledRows(np.array_split(vectors, 7), 3), HeldRows(vectors)
    wanted = np.array(rows, np.int64)
    np.testing.assert_array_equal(filed.gather(wanted), held.gather(wanted))
    assert filed.longest == held.longest
    assert filed.shape == held.shape
