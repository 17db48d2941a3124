"""What a record is near to is found exactly: with ties, in any tiles, and by several processes together."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

from linking.sampling.similarity import PairSimilarity, group_vectors
from linking.sampling.tiles import Engine, Section
from linking.sampling.variants.hubness import NEAREST, without_hubs


def sides(seed: int, ties: bool, counts=(90, 35)):
    random = np.random.default_rng(seed)
    vectors = [random.normal(size=(2 * count, 4)) for count in counts]
    if ties:
        vectors = [np.round(some) / 2 for some in vectors]
    return [
        group_vectors(np.arange(len(some)) // 2 + place * 1000, some.astype(np.float32))
        for place, some in enumerate(vectors)
    ]


@pytest.mark.parametrize("aggregate", ["max", "mean"])
@pytest.mark.parametrize("ties", [True, False])
@pytest.mark.parametrize("memory", [1, 4000, 2**26])
@pytest.mark.parametrize("counts", [(90, 35), (90, 3), (1, 35)])
def test_means_of_the_nearest_are_those_of_all_exact_similarities_sorted(aggregate, ties, memory, counts):
    pairs = PairSimilarity(*sides(7, ties, counts), aggregate)
    [found] = without_hubs(Section((pairs,)), Engine(memory=memory)).models
    rows, columns = np.divmod(np.arange(pairs.size), len(pairs.b))
    values = pairs.exact(rows, columns).reshape(len(pairs.a), -1)
    for side, table in ((found.of_a, values), (found.of_b, values.T)):
        expected = np.sort(table, axis=1)[:, -NEAREST:].astype(np.float64)
        np.testing.assert_allclose(side, -expected.mean(axis=1), atol=1e-14)


def test_a_record_that_is_near_to_everything_is_nobodys_nearest():
    things, hub = np.eye(41, dtype=np.float32)[:40], np.eye(41, dtype=np.float32)[40:]
    theirs = 0.5 * things + 0.6 * hub
    a = group_vectors(np.arange(40), theirs / np.linalg.norm(theirs, axis=1, keepdims=True))
    b = group_vectors(np.arange(41), np.concatenate([things, hub]))
    plain = PairSimilarity(a, b, "max")
    [csls] = without_hubs(Section((plain,)), Engine()).models
    of_record = np.full(41, 7), np.arange(41)
    assert np.argmax(plain.exact(*of_record)) == 40
    assert np.argmax(csls.exact(*of_record)) == 7


class _Member:
    """A process of a group, played by a thread."""

    def __init__(self, rank: int, barrier: Barrier, table: list) -> None:
        self.rank, self.size, self._barrier, self._table = rank, len(table), barrier, table

    def collect(self, own):
        self._table[self.rank] = own
        self._barrier.wait()
        found = list(self._table)
        self._barrier.wait()
        return found


def test_processes_that_share_the_work_all_find_what_one_finds():
    section = Section((PairSimilarity(*sides(3, True), "max"),))
    [alone] = without_hubs(section, Engine()).models
    barrier, table = Barrier(3, timeout=60), [None] * 3

    def member(rank):
        return without_hubs(section, Engine(memory=3000, group=_Member(rank, barrier, table))).models[0]

    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(member, range(3)):
            np.testing.assert_array_equal(found.of_a, alone.of_a)
            np.testing.assert_array_equal(found.of_b, alone.of_b)
