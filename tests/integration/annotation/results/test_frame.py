"""The table that the analyses read: what it holds of a campaign in the database."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from annotation.analysis.annotation_frame import (
    COLUMNS,
    STRATUM,
    STRATUM_SIZE,
    TERMS,
    WEIGHT,
    drawn_column,
    similar_column,
    similarity_column,
)
from annotation.analysis.population import population_shares, sampling_weights, union_weights
from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign
from annotation.models import Annotation, Campaign
from annotation.results.frame import annotation_frame
from annotation.results.report.methods import _sampling
from annotation.vocabulary import Label
from heritage.progress import NoProgress
from linking.actions import create_sampling
from linking.models import CandidatePair
from linking.sampling.recipe import SamplingRecipe
from tests.factories import UserFactory, campaign_for, collections_with_vectors

pytestmark = pytest.mark.django_db

CountQueries = Callable[[int], AbstractContextManager[object]]


def answer_all(campaign: Campaign, label: str) -> None:
    for assignment in campaign.assignments.select_related("annotator"):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label, seconds=2.5)


def test_one_row_per_current_annotation_in_the_annotators_order() -> None:
    campaign = campaign_for(UserFactory(username="zoe"), UserFactory(username="ann"), pairs_each=3)
    answer_all(campaign, Label.UNRELATED)
    corrected = campaign.assignments.get(annotator__username="ann", position=2)
    record_annotation(assignment=corrected, annotator=corrected.annotator, label=Label.SAME_OBJECT)
    data = annotation_frame(campaign)
    assert list(zip(data.frame["annotator"], data.frame["position"], strict=True)) == [
        (name, position) for name in ("ann", "zoe") for position in (1, 2, 3)
    ]
    assert data.frame["label"].tolist() == ["unrelated", "same_object", *["unrelated"] * 4]
    assert data.frame["linked"].tolist() == [0, 1, 0, 0, 0, 0]
    assert data.annotators == ("ann", "zoe")


def test_patterns_and_memberships_are_those_of_the_pair() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=6)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    first = campaign.assignments.get(position=1).pair
    first.similar = {"image-image": {"model-one": True, "model-two": None}, "text-text": {"model-one": False}}
    first.save()
    data = annotation_frame(campaign)
    assert data.models == ("model-one", "model-two")
    assert data.base == "model-one"
    assert set(data.comparisons) == {"image-image", "text-text"}
    for row, assignment in zip(data.frame.to_dict("records"), campaign.assignments.order_by("position"), strict=True):
        pair = assignment.pair
        assert row["pair"] == pair.pk
        assert row["a"] == f"left:{pair.a.record_id}"
        assert row["b"] == f"right:{pair.b.record_id}"
        assert row["comparison"] == pair.stratum.comparison
        assert {model: row[drawn_column(model)] for model in data.models} == pair.stratum.pattern
    row = data.frame.iloc[0]
    assert row[similar_column("image-image", "model-one")] == 1
    assert math.isnan(row[similar_column("image-image", "model-two")])
    assert row[similar_column("text-text", "model-one")] == 0
    assert math.isnan(row[similar_column("text-text", "model-two")])


def test_strata_sizes_and_taxonomy_terms_come_along() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    first = campaign.assignments.get(position=1).pair
    first.a.taxonomy, first.b.taxonomy = ["handsets", "telephony"], ["telephony"]
    for record in (first.a, first.b):
        record.save()
    frame = annotation_frame(campaign).frame
    assert frame[TERMS].tolist() == [("handsets", "telephony"), ()]
    assert frame[STRATUM].iloc[0] == first.stratum_id
    assert set(frame[STRATUM_SIZE]) == {12_345.0}


def test_similarities_come_along_where_they_are_asked_for() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    first = campaign.assignments.get(position=1).pair
    first.similarity = {"image-image": {"model-one": 0.25, "model-two": None}}
    first.save()
    frame = annotation_frame(campaign, similarities=True).frame
    assert frame[similarity_column("image-image", "model-one")].tolist() == [0.25, 0.4567891]
    assert math.isnan(frame[similarity_column("image-image", "model-two")][0])
    assert similarity_column("image-image", "model-one") not in annotation_frame(campaign).frame


def test_the_weights_are_of_the_draw() -> None:
    """Of a real draw with controls, whose pairs can have come by more than one way."""
    collections_with_vectors({"smg": 24, "nms": 15}, ["base", "ft"])
    recipe = SamplingRecipe(
        collections=("smg", "nms"),
        models=("base", "ft"),
        comparisons=("image-image", "text-text"),
        patterns=("10", "01", "11"),
        controls=("random",),
        percentile=80,
        per_stratum=4,
    )
    sampling = create_sampling(name="drawn", recipe=recipe, progress=NoProgress()).sampling
    campaign = create_campaign(
        name="Drawn", sampling=sampling, annotators=[UserFactory().username], pairs_each=sampling.pairs.count()
    )
    answer_all(campaign, Label.SIMILAR_OBJECT)
    data = annotation_frame(campaign)
    drawn = dict(CandidatePair.objects.values_list("pk", "inclusion_probability"))
    assert data.frame[WEIGHT].tolist() == pytest.approx([1 / drawn[pair] for pair in data.frame["pair"]])
    assert data.frame[WEIGHT].nunique() > 1
    weights, reason = sampling_weights(data)
    assert reason == ""
    assert weights is not None
    # Together the answered pairs of a stratum stand for all of it.
    answered = {
        pk: size for pk, size in sampling.strata.values_list("pk", "available") if pk in set(data.frame[STRATUM])
    }
    assert weights.sum() == pytest.approx(sum(answered.values()))
    # All drawn pairs are answered, so over all strata each stands for the inverse of its chance to be drawn.
    assert union_weights(data)[0] == pytest.approx(data.frame[WEIGHT])
    assert {share.share for share in population_shares(data)} == {1.0}


def test_comparisons_that_were_fused_are_one() -> None:
    collections_with_vectors({"smg": 24, "nms": 15}, ["base", "ft-best"])
    recipe = SamplingRecipe(
        collections=("smg", "nms"), models=("base", "ft-best"), percentile=80, similarity="centred+fused"
    )
    sampling = create_sampling(name="drawn", recipe=recipe, progress=NoProgress()).sampling
    campaign = create_campaign(name="Drawn", sampling=sampling, annotators=[UserFactory().username], pairs_each=9)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    data = annotation_frame(campaign)
    assert data.comparisons == ("fused",)
    assert data.frame[similar_column("fused", "base")].notna().all()
    facts = {"recipe": recipe.as_json()}
    assert "Similarity was centred+fused: house style is subtracted" in _sampling(facts, ["base", "ft-best"])
    plain = {"recipe": replace(recipe, similarity="plain").as_json()}
    assert "Similarity was" not in _sampling(plain, ["base", "ft-best"])


def test_weights_are_unknown_where_the_draw_is() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    assert annotation_frame(campaign).frame[WEIGHT].isna().all()


def test_pairs_without_records_have_no_names() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=1)
    answer_all(campaign, Label.UNRELATED)
    pair = campaign.assignments.get().pair
    pair.a = pair.b = None
    pair.save()
    assert annotation_frame(campaign).frame[["a", "b"]].to_numpy().tolist() == [["", ""]]


def test_an_empty_label_is_no_link() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SAME_CATEGORY)
    Annotation.objects.filter(assignment__position=1).update(label="")
    assert annotation_frame(campaign).frame["linked"].tolist() == [0, 1]


def test_no_annotations_make_an_empty_table() -> None:
    data = annotation_frame(campaign_for(UserFactory(), pairs_each=2))
    assert len(data.frame) == 0
    assert set(COLUMNS) <= set(data.frame.columns)


def test_another_campaign_of_the_same_sampling_is_left_out() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SAME_CATEGORY)
    other = campaign_for(UserFactory(), pairs_each=2, sampling=campaign.sampling)
    assert len(annotation_frame(other).frame) == 0


def test_as_many_queries_for_many_annotations_as_for_few(django_assert_num_queries: CountQueries) -> None:
    campaign = campaign_for(UserFactory(), UserFactory(), pairs_each=6)
    answer_all(campaign, Label.UNRELATED)
    campaign = Campaign.objects.select_related("sampling").get(pk=campaign.pk)
    with django_assert_num_queries(4):
        annotation_frame(campaign)


def test_a_pair_without_a_picture_is_neither_similar_nor_not() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    answer_all(campaign, Label.SIMILAR_OBJECT)
    models = campaign.sampling.model_slugs
    first = campaign.assignments.order_by("position").first()
    assert first is not None
    flags = {kind: dict.fromkeys(models, False) for kind in ("image-image", "text-text")}
    measured = {"image-image": dict.fromkeys(models), "text-text": dict.fromkeys(models, 0.1)}
    CandidatePair.objects.filter(sampling=campaign.sampling).update(similar=flags, similarity={})
    CandidatePair.objects.filter(pk=first.pair_id).update(similarity=measured)
    frame = annotation_frame(campaign).frame
    known = frame[similar_column("image-image", models[0])].notna()
    assert known.tolist() == (frame["pair"] != first.pair_id).tolist()
    assert frame[similar_column("text-text", models[0])].eq(0).all()
