"""Whether the answer hangs on what may be decided otherwise."""

import numpy as np
import pandas as pd
import pytest

from annotation.analysis.annotation_frame import FAULTY, UNSURE, AnnotationFrame, drawn_column
from annotation.analysis.answer.primary import primary_analysis
from annotation.analysis.answer.sensitivity import Variant, sensitivity
from annotation.analysis.simulation import SimulatedCampaign, SimulatedStratum, simulate

STRATA = tuple(SimulatedStratum(pattern, -0.4 + 1.6 * pattern[1]) for pattern in [(1, 1), (0, 1), (1, 0)])


@pytest.fixture
def data() -> AnnotationFrame:
    return simulate(SimulatedCampaign(("base", "tuned"), STRATA, 8, 60, 0.1), seed=5)


def variants(data: AnnotationFrame, skipped: pd.DataFrame | None = None) -> dict[str, Variant]:
    return {each.name: each for each in sensitivity(data, primary_analysis(data), skipped)}


def test_only_what_changes_something_is_varied(data: AnnotationFrame) -> None:
    data.frame["label"] = np.where(data.frame["linked"] == 1, "same_category", "unrelated")
    data.frame[UNSURE] = False
    found = variants(data)
    assert set(found) == {"As planned", "A link is “similar object” or closer", "A link is “same object”"}
    assert "0 of 480 answers are links then" in found["A link is “same object”"].reason


def test_the_cuts_are_logits_of_closer_labels(data: AnnotationFrame) -> None:
    found = variants(data)
    assert set(found) == {"As planned", "A link is “similar object” or closer", "A link is “same object”"}
    similar = found["A link is “similar object” or closer"]
    assert similar.changed == int((data.frame["label"] == "same_category").sum())
    by_hand = data.frame["label"].isin(["same_object", "similar_object"]).astype(int)
    recoded = AnnotationFrame(data.models, data.comparisons, data.labels, data.frame.assign(linked=by_hand))
    (contrast,) = primary_analysis(recoded).comparison.contrasts
    assert similar.differences[0].odds_ratio == pytest.approx(contrast.coefficient.odds_ratio)
    assert similar.same  # the same odds ratio at every step


def test_an_answer_that_rests_on_unsure_ones_is_said(data: AnnotationFrame) -> None:
    """Of the sure answers the model's findings are linked no more often than others."""
    tuned = (data.frame[drawn_column("tuned")] == 1) & (data.frame[drawn_column("base")] == 0)
    data.frame[UNSURE] = tuned & (data.frame["linked"] == 1) & (np.arange(len(data.frame)) % 4 > 0)
    data.frame[FAULTY] = False
    found = variants(data)
    assert "Without answers on records reported as broken" not in found
    unsure = found["Without unsure answers"]
    assert unsure.n == len(data.frame) - int(data.frame[UNSURE].sum())
    assert found["As planned"].differences[0].direction == 1
    assert unsure.same is False


def test_skipped_pairs_can_be_counted_as_not_linked(data: AnnotationFrame) -> None:
    skipped = data.frame[data.frame[drawn_column("tuned")] == 1].head(150).drop(columns=["label", "linked"])
    rest = data.frame.drop(skipped.index).reset_index(drop=True)
    found = variants(AnnotationFrame(data.models, data.comparisons, data.labels, rest), skipped)
    counted = found["With skipped pairs as not linked"]
    assert (counted.changed, counted.n) == (150, len(data.frame))
    planned = found["As planned"].differences[0].odds_ratio
    assert counted.differences[0].odds_ratio < planned  # type: ignore[operator]


def test_a_cut_that_leaves_hardly_a_link_says_so(data: AnnotationFrame) -> None:
    close = (data.frame["label"] == "same_object").to_numpy().nonzero()[0]
    data.frame.loc[close[4:], "label"] = "similar_object"
    same = variants(data)["A link is “same object”"]
    assert same.same is None
    assert same.reason == "4 of 480 answers are links then: at least 10 of either are needed."
