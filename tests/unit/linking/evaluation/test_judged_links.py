"""Figures of judged pairs against scikit-learn's, over the pairs that both times know."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from linking.evaluation.judged_links import judged_figures
from models_ml.training.data.links import LinkPair
from models_ml.training.links.judged import JudgedPairs


def _judged(count: int = 400) -> JudgedPairs:
    draws = np.random.default_rng(0)
    cells = draws.choice(40 * 30, count, replace=False)
    targets = draws.choice([0.0, 0.5, 0.75, 1.0, 0.6, 0.25], count, p=[0.6, 0.1, 0.1, 0.1, 0.05, 0.05])
    pairs = [
        LinkPair(("left", str(cell // 30)), ("right", str(cell % 30)), float(target), 1.0)
        for cell, target in zip(cells, targets, strict=True)
    ]
    before = {"text-text": draws.normal(size=count) + targets, "image-image": draws.normal(size=count)}
    after = {"text-text": 5 * (draws.normal(size=count) + 3 * targets), "image-image": draws.normal(size=count)}
    before["image-image"][:50] = np.nan
    after["image-image"][:50] = np.nan
    return JudgedPairs(tuple(pairs), before, after, models=4)


def test_figures_are_those_of_scikit_learn() -> None:
    judged = _judged()
    found = judged_figures(judged)
    assert set(found) == {"text-text", "image-image", "fused"}
    targets = np.array([pair.target for pair in judged.pairs])
    # Of several answers the nearest label, the farther of two as near: 0.25 is unrelated, 0.6 the same category.
    for label, linked in (("linked", targets > 0.25), ("similar", targets > 0.6), ("same", targets > 0.9)):
        row = found["text-text"][label]
        assert (row["n"], row["links"]) == (len(targets), linked.sum())
        for when, values in (("before", judged.before), ("after", judged.after)):
            assert row["auc"][when] == pytest.approx(roc_auc_score(linked, values["text-text"]), abs=1e-6)
            expected = average_precision_score(linked, values["text-text"])
            assert row["average_precision"][when] == pytest.approx(expected, abs=1e-6)
            low, high = row["auc"][f"{when}_interval"]
            assert low < row["auc"][when] < high
    assert found["text-text"]["linked"]["auc"]["difference"]["p"] < 0.001
    assert found["image-image"]["linked"]["n"] == 350


def test_a_comparison_without_links_or_others_is_left_out() -> None:
    pairs = tuple(LinkPair(("left", str(n)), ("right", str(n)), 1.0, 1.0) for n in range(5))
    values = {"text-text": np.arange(5.0)}
    assert judged_figures(JudgedPairs(pairs, values, values, models=1)) == {}
    nothing = {"text-text": np.full(5, np.nan)}
    assert judged_figures(JudgedPairs(pairs, nothing, nothing, models=1)) == {}
