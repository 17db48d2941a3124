"""Folds of records: each pair is judged once, by what was learnt from none of its records."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

from models_ml.training.data.links import LinkPair
from models_ml.training.links.folds import link_folds, record_fold


def _pairs(*museums: str, count: int = 12) -> list[LinkPair]:
    found = []
    for one, other in [(a, b) for place, a in enumerate(museums) for b in museums[place + 1 :]]:
        found += [
            LinkPair((one, str(a)), (other, str(b)), 1.0, 1.0) for a, b in product(range(count), range(0, count, 3))
        ]
    return found


@pytest.mark.parametrize("museums", [("left", "right"), ("left", "middle", "right")])
def test_every_pair_is_judged_once_by_what_shares_no_record_with_it(museums: tuple[str, ...]) -> None:
    pairs = _pairs(*museums)
    folds = link_folds(pairs, 3, seed=0)
    assert sorted(np.concatenate([fold.judged for fold in folds])) == list(range(len(pairs)))
    for fold in folds:
        judged = {record for place in fold.judged for record in (pairs[place].a, pairs[place].b)}
        learnt = {record for place in fold.learnt for record in (pairs[place].a, pairs[place].b)}
        assert learnt
        assert not judged & learnt


def test_two_collections_make_a_cell_of_each_two_folds() -> None:
    pairs = _pairs("left", "right", count=60)
    folds = link_folds(pairs, 3, seed=0)
    assert len(folds) == 9
    shares = [len(fold.learnt) / len(pairs) for fold in folds]
    assert np.mean(shares) == pytest.approx(4 / 9, abs=0.03)


def test_a_records_fold_is_its_own() -> None:
    counts = Counter(record_fold(("left", str(number)), 4, 0) for number in range(4000))
    assert sorted(counts) == [0, 1, 2, 3]
    assert all(abs(count - 1000) < 120 for count in counts.values())
    moved = sum(record_fold(("left", str(n)), 4, 0) != record_fold(("left", str(n)), 4, 1) for n in range(4000))
    assert 2700 < moved < 3300
