"""Search figures against a naive reading of the method: for each query, sort all other records by their best cosine."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models_ml.evaluation.search import group_records, rank, recall, relevant_available, relevant_found


def unit(vectors):
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def worlds(seed):
    """Records with one to three vectors each; the first of some are the queries."""
    random = np.random.default_rng(seed)
    owners = np.repeat(np.arange(10, 10 + 3 * 12, 3), random.integers(1, 4, 12))
    vectors = unit(random.normal(size=(len(owners), 4)))
    queried = np.sort(random.choice(12, 5, replace=False))
    return owners, vectors, queried, random


@given(st.integers(0, 10_000), st.booleans(), st.booleans(), st.integers(1, 15))
def test_rankings_are_those_of_a_plain_sort(seed, across, leave_out_own, top):
    owners, vectors, queried, random = worlds(seed)
    records, grouped = group_records(owners, vectors)
    museum = random.integers(0, 2, len(records))
    queries = unit(random.normal(size=(len(queried), 4)))
    allowed = np.arange(2)[:, None] != museum[None, :] if across else None
    ranking = rank(
        queries, grouped, queried, allowed=allowed, group=museum[queried], leave_out_own=leave_out_own, top=top
    )
    for number, own in enumerate(queried):
        scores = {
            place: max(float(queries[number] @ vector) for vector in vectors[owners == record])
            for place, record in enumerate(records)
            if not across or museum[place] != museum[own]
        }
        order = sorted(scores, key=lambda place: -scores[place])
        assert ranking.own_rank[number] == (order.index(own) if own in order else -1)
        expected = [place for place in order if not (leave_out_own and place == own)][:top]
        assert ranking.nearest[number].tolist() == expected + [-1] * (top - len(expected))


def test_relevant_records_are_counted_and_empty_places_are_not():
    owners = np.arange(4)
    _, grouped = group_records(owners, np.eye(4, dtype=np.float32))
    query = unit(np.array([[4.0, 3.0, 2.0, 1.0]]))
    ranking = rank(query, grouped, np.array([0]), allowed=None, group=np.array([0]), leave_out_own=True, top=4)
    assert ranking.nearest.tolist() == [[1, 2, 3, -1]]
    names = np.array([0, 0, 1, 2])
    relevant = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]], dtype=bool)
    found = [relevant_found(ranking, names[:1], names, relevant, top)[0] for top in (1, 2, 4)]
    assert found == [1, 1, 2]


def test_ties_put_others_before_the_own_record():
    _, grouped = group_records(np.arange(3), np.ones((3, 1), dtype=np.float32))
    query = np.ones((1, 1), dtype=np.float32)
    ranking = rank(query, grouped, np.array([0]), allowed=None, group=np.array([0]), leave_out_own=False, top=3)
    assert ranking.own_rank.tolist() == [2]
    unknown = rank(query, grouped, np.array([-1]), allowed=None, group=np.array([0]), leave_out_own=True, top=3)
    assert (unknown.own_rank.tolist(), unknown.nearest.tolist()) == ([-1], [[0, 1, 2]])


@pytest.mark.parametrize("count", [1, 257, 600])
def test_many_queries_are_ranked_block_by_block(count):
    random = np.random.default_rng(count)
    _, grouped = group_records(np.arange(20), unit(random.normal(size=(20, 3))))
    queries = unit(random.normal(size=(count, 3)))
    own = random.integers(0, 20, count)
    group = np.zeros(count, dtype=np.int64)
    whole = rank(queries, grouped, own, allowed=None, group=group, leave_out_own=True, top=5)
    for number in (0, count - 1):
        one = slice(number, number + 1)
        alone = rank(queries[one], grouped, own[one], allowed=None, group=group[one], leave_out_own=True, top=5)
        assert alone.nearest.tolist() == whole.nearest[one].tolist()


@given(st.integers(0, 10_000), st.booleans(), st.booleans())
def test_what_could_be_found_is_what_a_complete_ranking_finds(seed, across, leave_out_own):
    owners, vectors, queried, random = worlds(seed)
    records, grouped = group_records(owners, vectors)
    museum = random.integers(0, 2, len(records))
    document_names = random.integers(0, 3, len(records))
    relevant = np.eye(3, dtype=bool)
    where = {
        "allowed": np.arange(2)[:, None] != museum[None, :] if across else None,
        "group": museum[queried],
        "leave_out_own": leave_out_own,
    }
    queries = unit(random.normal(size=(len(queried), 4)))
    complete = rank(queries, grouped, queried, top=len(records), **where)
    query_names = document_names[queried]
    available = relevant_available(query_names, document_names, relevant, queried, **where)
    found = relevant_found(complete, query_names, document_names, relevant, len(records))
    assert available.tolist() == found.tolist()


def test_recall_passes_over_queries_with_nothing_to_find():
    assert recall(np.array([1, 0, 0]), np.array([4, 0, 2])).tolist() == [0.25, 0.0]
