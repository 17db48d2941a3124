"""Keys are distinct, the smallest are kept, and a pair of several strata goes where it is needed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.sampling.draw import SmallestKeys, hash64, pair_keys, record_keys, share_out


def test_keys_tell_apart_records_strata_and_directions():
    keys = record_keys([("smg", "1"), ("smg", "2"), ("nms", "1"), ("n", "ms1")])
    assert len(set(keys.tolist())) == 4
    a, b = keys[:2], keys[2:]
    found = {*pair_keys(1, a, b).tolist(), *pair_keys(2, a, b).tolist(), *pair_keys(1, b, a).tolist()}
    assert len(found) == 6


def test_keys_stay_as_they_are():
    """Stored recipes draw the same pairs in later versions."""
    keys = record_keys([("smg", "1974-395"), ("nms", "T.1932.119")])
    assert pair_keys(hash64("0", "image-image", "100"), keys[:1], keys[1:]).tolist() == [17304147266703498398]


@given(st.lists(st.integers(0, 2**64 - 1), unique=True, max_size=60), st.integers(1, 10), st.integers(1, 7))
def test_the_smallest_keys_are_kept_in_order(keys, limit, step):
    smallest = SmallestKeys(limit)
    for start in range(0, len(keys), step):
        batch = np.array(keys[start : start + step], np.uint64)
        places = np.arange(start, start + len(batch), dtype=np.uint64)
        smallest.add(np.stack([batch, places, places + np.uint64(1)]))
    expected = sorted(range(len(keys)), key=keys.__getitem__)[:limit]
    assert smallest.pairs() == [(place, place + 1) for place in expected]


def test_many_keys_are_kept_in_bounded_room():
    smallest = SmallestKeys(5)
    random = np.random.default_rng(0)
    keys = random.integers(0, 2**63, 100_000).astype(np.uint64)
    for start in range(0, len(keys), 1000):
        places = np.arange(start, start + 1000, dtype=np.uint64)
        smallest.add(np.stack([keys[start : start + 1000], places, places]))
        assert smallest._count <= 4 * 5 + 4096
    assert [a for a, _ in smallest.pairs()] == np.argsort(keys)[:5].tolist()


@pytest.mark.parametrize(
    ("candidates", "quota", "expected"),
    [
        ([[1, 2, 3], [4, 5]], 2, [[1, 2], [4, 5]]),  # nothing shared: the first of each
        ([[1, 2, 3], [1, 4]], 1, [[1], [4]]),  # the next, where an earlier stratum has the first
        ([[1, 2, 3, 4], [1, 2]], 2, [[3, 4], [1, 2]]),  # taken from a stratum that has others
        ([[1], [1]], 1, [[1], []]),
        ([], 3, []),
    ],
)
def test_sharing_out_by_example(candidates, quota, expected):
    assert share_out(candidates, quota) == expected


@given(st.lists(st.lists(st.integers(0, 12), unique=True, max_size=8), min_size=1, max_size=4), st.integers(1, 4))
def test_quotas_are_met_wherever_that_is_possible(candidates, quota):
    given = share_out(candidates, quota)
    everything = [pair for pairs in given for pair in pairs]
    assert len(set(everything)) == len(everything)
    for pairs, wanted in zip(given, candidates, strict=True):
        assert len(pairs) <= quota
        assert set(pairs) <= set(wanted)
    # Hall's theorem for quotas: what can be given is limited by some set of strata and the pairs they share.
    strata = range(len(candidates))
    possible = min(
        len(set().union(*(candidates[s] for s in strata if chosen >> s & 1)))
        + quota * sum(not chosen >> s & 1 for s in strata)
        for chosen in range(2 ** len(candidates))
    )
    assert len(everything) == possible
