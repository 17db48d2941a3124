"""How few nearest records two models share."""

import numpy as np

from models_ml.maps.disagreement import neighbours_not_shared

RECORDS = np.array([10, 20, 30, 40])
NEAR = np.array([[1, 2], [0, 2], [3, 1], [2, 1]])


def test_a_model_agrees_with_itself() -> None:
    assert neighbours_not_shared(RECORDS, NEAR, RECORDS, NEAR).tolist() == [0, 0, 0, 0]


def test_shares_are_counted_by_record_whatever_their_places() -> None:
    others = np.array([5, 10, 20, 30, 50])  # 5 and 50 are on the other map only, 40 on this one only
    near = np.array([[1, 2], [3, 2], [4, 0], [1, 4], [0, 1]])  # of 10: 30, 20; of 20: 50, 5; of 30: 10, 50
    found = neighbours_not_shared(RECORDS, NEAR, others, near)
    assert found[:3].tolist() == [0, 1, 1]
    assert np.isnan(found[3])
    assert neighbours_not_shared(others, near, RECORDS, NEAR)[1:4].tolist() == [0, 1, 1]


def test_half_of_them() -> None:
    assert neighbours_not_shared(RECORDS, NEAR, RECORDS, NEAR[:, ::-1] * 0 + [[1, 3]] * 4)[0] == 0.5
