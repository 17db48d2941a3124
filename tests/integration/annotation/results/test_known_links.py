"""A campaign's answers as truth: what most say, weighted by design; through evaluate links as well."""

import json

import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import roc_auc_score

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign
from annotation.models import Campaign, ResultOpening
from annotation.results.known_links import campaign_known_links, unsealed_campaigns
from annotation.vocabulary import Label
from heritage.progress import NoProgress
from linking.actions import create_sampling
from linking.evaluation.known_pairs import CLOSENESS
from linking.models import CandidatePair
from linking.sampling.recipe import SamplingRecipe
from tests.factories import UserFactory, campaign_for, collections_with_vectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign() -> Campaign:
    """Two people on all pairs of a sampling by text, with a stratum of which many more pairs were not drawn."""
    collections_with_vectors({"left": 30, "right": 20}, ["one", "two"])
    recipe = SamplingRecipe(
        collections=("left", "right"), models=("one", "two"), comparisons=("text-text",), percentile=80,
        patterns=("11", "10", "01", "00"), per_stratum=8,
    )  # fmt: skip
    create_sampling(name="drawn", recipe=recipe, progress=NoProgress())
    people = [UserFactory(username=name) for name in ("ann", "zoe")]
    return create_campaign(
        name="Answered", sampling=CandidatePair.objects.first().sampling,
        annotators=[person.username for person in people], pairs_each=32, overlap=1,
    )  # fmt: skip


def answer(campaign: Campaign, labels: dict[int, tuple[str, str]]) -> None:
    for assignment in campaign.assignments.select_related("annotator"):
        label = labels[assignment.pair_id][assignment.annotator.username == "zoe"]
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)


def labels_of(campaign: Campaign) -> dict[int, tuple[str, str]]:
    pairs = CandidatePair.objects.order_by("pk").values_list("pk", flat=True)
    first = [Label.SAME_OBJECT, Label.SIMILAR_OBJECT, Label.SAME_CATEGORY, Label.UNRELATED, Label.UNRELATED]
    return {pk: (first[place % 5], first[(place + place % 3) % 5]) for place, pk in enumerate(pairs)}


def test_the_label_of_most_counts_and_the_farther_of_two(campaign: Campaign) -> None:
    labels = labels_of(campaign)
    answer(campaign, labels)
    known = campaign_known_links(campaign)
    expected = {
        (pair.a_id, pair.b_id): min(CLOSENESS[label] for label in labels[pair.pk])
        for pair in CandidatePair.objects.all()
    }
    found = zip(known.a.tolist(), known.b.tolist(), known.closeness.tolist(), strict=True)
    assert {(a, b): closeness for a, b, closeness in found} == expected
    assert (known.answers, known.unweighted, known.collections) == (64, "", ("left", "right"))
    # A pair stands for the inverse of its chance to be drawn, by whichever comparison.
    chances = {(pair.a_id, pair.b_id): pair.inclusion_probability for pair in CandidatePair.objects.all()}
    pairs = zip(known.a.tolist(), known.b.tolist(), strict=True)
    assert known.weights == pytest.approx([1 / chances[pair] for pair in pairs])


def test_figures_by_answers_are_weighted(campaign: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    answer(campaign, labels_of(campaign))
    call_command(
        "evaluate", "links", "--models", "one", "two", "--campaign", "Answered", "--similarity", "plain", "--json"
    )
    document = json.loads(capsys.readouterr().out)
    assert document["truth"]["campaign"] == "Answered"
    assert ResultOpening.objects.count() == 1  # the campaign is open
    known = campaign_known_links(campaign)
    pairs = {(pair.a_id, pair.b_id): pair for pair in CandidatePair.objects.all()}
    row = next(row for row in document["rows"] if row["comparison"] == "text-text" and row["label"] == "linked")
    values = [
        pairs[a, b].similarity["text-text"]["one"] for a, b in zip(known.a.tolist(), known.b.tolist(), strict=True)
    ]
    assert row["n"] == 32
    assert row["auc"] == pytest.approx(
        roc_auc_score(known.closeness > 0, values, sample_weight=known.weights), abs=1e-4
    )
    assert row["chance"] == pytest.approx(known.weights[known.closeness > 0].sum() / known.weights.sum())
    assert row["recall"] is None
    pictured = next(row for row in document["rows"] if row["comparison"] == "image-image" and row["label"] == "linked")
    assert pictured["n"] < 32  # answers on records without pictures say nothing of pictures


def test_answers_without_links_or_with_links_only_are_refused(campaign: Campaign) -> None:
    with pytest.raises(CommandError, match="No pair of records has been answered in Answered"):
        call_command("evaluate", "links", "--models", "one", "--campaign", "Answered")
    pairs = list(CandidatePair.objects.values_list("pk", flat=True))
    answer(campaign, dict.fromkeys(pairs, (Label.UNRELATED, Label.UNRELATED)))
    with pytest.raises(CommandError, match="link no pair of these collections"):
        call_command("evaluate", "links", "--models", "one", "--campaign", "Answered")
    answer(campaign, dict.fromkeys(pairs, (Label.SAME_OBJECT, Label.SAME_OBJECT)))
    with pytest.raises(CommandError, match="No link can be told from other pairs here"):
        call_command("evaluate", "links", "--models", "one", "--campaign", "Answered")


def test_only_campaigns_whose_results_lie_open_are_offered() -> None:
    campaign_for(UserFactory(), name="Open")
    campaign_for(UserFactory(), name="Made up", simulated=True)
    assert unsealed_campaigns() == ["Made up"]
