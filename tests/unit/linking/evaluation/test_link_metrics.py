"""Link figures against naive references: scikit-learn's, whole matrices sorted, and loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from linking.evaluation.known_pairs import LABEL_SETS, KnownPairs
from linking.evaluation.link_metrics import RECALL_AMONG, TOP_SHARES, link_figures


class HeldTiles:
    """A matrix, handed out so many rows at a time."""

    def __init__(self, values, rows=7):
        self.values, self.rows = np.asarray(values, np.float32), rows

    @property
    def shape(self):
        return self.values.shape

    def tiles(self):
        for start in range(0, len(self.values), self.rows):
            yield start, self.values[start : start + self.rows]


def known_of(closeness, *, complete=True, weights=None, every=False):
    """The pairs of a matrix of closeness that are links, or every one."""
    a, b = np.nonzero(np.ones_like(closeness) if every else closeness)
    weights = np.ones(len(a)) if weights is None else weights
    return KnownPairs(a.astype(np.int64), b.astype(np.int64), closeness[a, b].astype(np.int64), weights, complete)


def drawn_world(seed, shape=(13, 9), digits=1):
    """Similarities with many ties, and a closeness of which they know something."""
    random = np.random.default_rng(seed)
    closeness = random.choice(4, shape, p=[0.8, 0.1, 0.05, 0.05])
    closeness[0, :4] = range(4)
    return np.round(random.normal(size=shape) + 0.5 * closeness, digits).astype(np.float32), closeness


def naive_top_share(values, links, percent):
    """Mean over the orders that ties allow: links above the edge and the share of those at it."""
    top = max(1, int(np.floor(percent / 100 * values.size + 0.5)))
    edge = np.sort(values.ravel())[::-1][top - 1]
    above, at = values > edge, values == edge
    return (links[above].sum() + (top - above.sum()) * links[at].mean()) / top


def naive_ranks(values, links):
    ranks = []
    for matrix, truth in ((values, links), (values.T, links.T)):
        for row, partners in zip(matrix, truth, strict=True):
            if partners.any():
                ranks.append(1 + int((row[~partners] >= row[partners].max()).sum()))
    return np.array(ranks)


@given(st.integers(0, 10_000), st.integers(1, 20), st.integers(0, 2))
@settings(max_examples=60, deadline=None)
def test_figures_are_those_of_naive_references_whatever_the_ties_and_tiles(seed, rows, digits):
    values, closeness = drawn_world(seed, digits=digits)
    found = link_figures(HeldTiles(values, rows), known_of(closeness))
    for name, closest in LABEL_SETS.items():
        links, figures = closeness >= closest, found[name]
        of = {key: estimate.value for key, estimate in figures.estimates.items()}
        assert (figures.n, figures.links) == (values.size, links.sum())
        assert figures.chance == pytest.approx(links.mean())
        assert of["auc"] == pytest.approx(roc_auc_score(links.ravel(), values.ravel()))
        assert of["average_precision"] == pytest.approx(average_precision_score(links.ravel(), values.ravel()))
        for percent in TOP_SHARES:
            assert of["top_share", percent] == pytest.approx(naive_top_share(values, links, percent))
        ranks = naive_ranks(values, links)
        assert figures.queries == len(ranks)
        assert of["mrr"] == pytest.approx((1 / ranks).mean())
        for k in RECALL_AMONG:
            assert of["recall", k] == pytest.approx((ranks <= k).mean())


@given(st.integers(0, 10_000))
@settings(max_examples=30, deadline=None)
def test_drawn_pairs_count_by_their_weights(seed):
    values, closeness = drawn_world(seed)
    weights = np.random.default_rng(seed).uniform(0.5, 30, closeness.size)
    found = link_figures(HeldTiles(values), known_of(closeness, complete=False, weights=weights, every=True))
    for name, closest in LABEL_SETS.items():
        links, figures = (closeness >= closest).ravel(), found[name]
        truth = {"y_true": links, "y_score": values.ravel(), "sample_weight": weights}
        assert figures.estimates["auc"].value == pytest.approx(roc_auc_score(**truth))
        assert figures.estimates["average_precision"].value == pytest.approx(average_precision_score(**truth))
        assert figures.chance == pytest.approx(weights[links].sum() / weights.sum())
        assert "mrr" not in figures.estimates
        assert figures.queries == 0


def test_equal_weights_say_what_all_pairs_say():
    values, closeness = drawn_world(4, shape=(40, 30))
    matrix = link_figures(HeldTiles(values), known_of(closeness))
    drawn = link_figures(HeldTiles(values), known_of(closeness, complete=False, every=True))
    for name, figures in drawn.items():
        for key, estimate in figures.estimates.items():
            whole = matrix[name].estimates[key]
            assert estimate.value == pytest.approx(whole.value, abs=0.02 if key == ("top_share", 0.1) else 1e-9)
            if key != ("top_share", 0.1):  # of 1.2 pairs, which whole pairs round
                np.testing.assert_allclose(estimate.influence.rows, whole.influence.rows, atol=1e-12)
                np.testing.assert_allclose(estimate.influence.columns, whole.influence.columns, atol=1e-12)


def test_influence_is_the_derivative_by_a_pairs_weight():
    values, closeness = drawn_world(8, shape=(30, 20), digits=3)
    random = np.random.default_rng(1)
    weights = random.uniform(1, 4, closeness.size)

    def figures(weights):
        return link_figures(HeldTiles(values), known_of(closeness, complete=False, weights=weights, every=True))

    at_first = figures(weights)
    for pair in random.choice(closeness.size, 25, replace=False):
        more = weights.copy()
        more[pair] *= 1 + 1e-5
        moved = figures(more)
        for name in LABEL_SETS:
            for key in ("auc", "average_precision"):
                slope = (moved[name].estimates[key].value - at_first[name].estimates[key].value) / 1e-5
                influence = at_first[name].estimates[key].influence.cells[pair]
                assert slope == pytest.approx(influence, abs=1e-6 + 1e-3 * abs(influence))


def test_influences_cancel_out_and_agree_by_row_column_and_pair():
    values, closeness = drawn_world(3, shape=(40, 30))
    found = link_figures(HeldTiles(values), known_of(closeness, every=True))
    for figures in found.values():
        for estimate in figures.estimates.values():
            rows, columns, cells = (getattr(estimate.influence, part) for part in ("rows", "columns", "cells"))
            assert rows.sum() == pytest.approx(0, abs=1e-12)
            assert columns.sum() == pytest.approx(0, abs=1e-12)
            np.testing.assert_allclose(rows, np.bincount(np.nonzero(np.ones(values.shape))[0], cells), atol=1e-12)


def test_label_sets_without_pairs_are_left_out():
    values, closeness = drawn_world(0)
    assert set(link_figures(HeldTiles(values), known_of(np.minimum(closeness, 2)))) == {"linked", "similar"}
    assert link_figures(HeldTiles(values), known_of(np.zeros_like(closeness))) == {}
    assert "linked" not in link_figures(HeldTiles(values), known_of(np.maximum(closeness, 1)))


@pytest.mark.parametrize("spread", [1e-9, 1e-5, 1.0, 1e4])
def test_figures_do_not_depend_on_how_widely_similarities_are_spread(spread):
    """Few steps in many buckets, and many in one: the ladder finds each pair's place all the same."""
    random = np.random.default_rng(6)
    links = random.random((60, 50)) < 0.1
    values = ((random.normal(size=links.shape) + links) * spread).astype(np.float32)
    found = link_figures(HeldTiles(values), known_of(3 * links))["same"].estimates
    assert found["auc"].value == pytest.approx(roc_auc_score(links.ravel(), values.ravel()))
    assert found["average_precision"].value == pytest.approx(average_precision_score(links.ravel(), values.ravel()))
    everything_alike = link_figures(HeldTiles(np.zeros(links.shape)), known_of(3 * links))["same"].estimates
    assert everything_alike["auc"].value == pytest.approx(0.5)
    assert everything_alike["average_precision"].value == pytest.approx(links.mean())
