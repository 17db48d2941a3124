"""`analyse --json` on campaigns that tell little: a sentence stands where a figure cannot, and never a traceback."""

import json
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from annotation.answers.queries import current_annotations
from annotation.models import Annotation, Campaign
from annotation.results.text import results_text
from annotation.vocabulary import Label
from linking.models import Stratum
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.results.test_frame import answer_all

pytestmark = pytest.mark.django_db


def analysed(campaign: Campaign) -> dict[str, Any]:
    """The document. `json.dumps(allow_nan=False)` in the command refuses NaN; here infinities are looked for too."""
    out = StringIO()
    call_command("analyse", campaign.name, "--json", "--shuffles", "99", stdout=out)
    document = json.loads(out.getvalue())
    assert all(abs(value) < 1e300 for value in numbers(document))
    assert "nan" not in results_text(document).lower().split()
    return document  # type: ignore[no-any-return]


def numbers(value: object) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, float):
        yield value


def sentences(document: dict[str, Any]) -> str:
    """All that the document says in words."""

    def said(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                yield from said(each)
        elif isinstance(value, str):
            yield value

    return "\n".join(said(document))


def campaign_of(people: int, pairs_each: int = 30) -> Campaign:
    return campaign_for(*(UserFactory() for _ in range(people)), pairs_each=pairs_each)


def relabel(campaign: Campaign, label: Callable[[int, dict[str, int]], str]) -> None:
    """Answer every assignment: by its turn within its stratum and the stratum's pattern."""
    answer_all(campaign, Label.UNRELATED)
    turns: dict[int, int] = {}
    rows = list(current_annotations(campaign).select_related("assignment__pair__stratum").order_by("assignment_id"))
    for row in rows:
        stratum = row.assignment.pair.stratum
        turns[stratum.pk] = turns.get(stratum.pk, 0) + 1
        row.label = label(turns[stratum.pk], stratum.pattern)
    Annotation.objects.bulk_update(rows, ["label"])


def every_other(turn: int, pattern: dict[str, int]) -> str:
    return Label.SIMILAR_OBJECT if turn % 2 else Label.UNRELATED


def test_no_annotations() -> None:
    document = analysed(campaign_of(2, pairs_each=3))
    assert document["n"] == 0
    assert all("There are no annotations" in fit["warnings"][0] for fit in document["regressions"][:1])
    assert document["recommended"]["covariance"] == "nonrobust"
    assert document["population_reason"] == "There are no annotations."
    assert document["agreement"]["coefficients"][0]["value"] is None
    assert document["by_term_reason"] == "No taxonomy terms are known of these records."


def test_one_annotation() -> None:
    campaign = campaign_of(1, pairs_each=1)
    answer_all(campaign, Label.SAME_OBJECT)
    document = analysed(campaign)
    assert "All 1 annotations are links" in sentences(document)


def test_one_annotator() -> None:
    campaign = campaign_of(1)
    relabel(campaign, every_other)
    document = analysed(campaign)
    assert document["recommended"]["covariance"] == "cluster-record"
    said = sentences(document)
    assert "There is one annotator: the figures describe this person's judgement" in said
    assert "Annotator effects need two annotators" in said
    assert "A generalised estimating equation needs at least two annotators." in said
    assert "Only one person has answered." in said


def test_all_labels_the_same() -> None:
    campaign = campaign_of(2)
    answer_all(campaign, Label.SAME_CATEGORY)
    document = analysed(campaign)
    assert "All 60 annotations are links: nothing can be compared until both occur." in sentences(document)
    assert all(row["coef"] is None for fit in document["regressions"] for row in fit["rows"])
    assert document["model_comparison"]["effects"][0]["points"] is None
    shares = [row for row in document["population"] if row["n"]]
    assert len(shares) >= 3
    assert all(row["share"] == 1.0 and row["low"] < 1 for row in shares)


def test_a_model_that_finds_every_pair() -> None:
    campaign = campaign_of(3)
    relabel(campaign, every_other)
    for stratum in Stratum.objects.filter(sampling=campaign.sampling):
        # Still three strata, told apart by their comparison alone.
        stratum.pattern = {"model-one": 1, "model-two": 1}
        stratum.comparison = f"comparison-{stratum.pk}"
        stratum.save()
    document = analysed(campaign)
    assert "model-two is 1 for every pair: its effect cannot be told." in sentences(document)


def test_perfect_separation() -> None:
    campaign = campaign_of(3)
    relabel(
        campaign,
        lambda turn, pattern: every_other(turn, pattern) if pattern["model-two"] else Label.UNRELATED,
    )
    document = analysed(campaign)
    (firth,) = [fit for fit in document["beside"] if fit["estimator"] == "firth"]
    assert all(row["coef"] is not None for row in firth["rows"])
    assert "perfectly separated by" in sentences(document)


def test_empty_cells_of_the_labels() -> None:
    """*Same object* is never given under one comparison, and seldom elsewhere."""
    campaign = campaign_of(3)
    relabel(
        campaign,
        lambda turn, pattern: (
            Label.SAME_OBJECT if turn == 1 and pattern["model-one"] == 0 else every_other(turn, pattern)
        ),
    )
    document = analysed(campaign)
    assert document["ordinal"]["labels"] == ["unrelated", "similar_object or same_object"]
    assert "Fewer than three labels are in use" in sentences(document)


def test_labels_outside_the_scale() -> None:
    campaign = campaign_of(3)
    relabel(
        campaign,
        lambda turn, pattern: ("replica", Label.UNRELATED, Label.SAME_CATEGORY, Label.SIMILAR_OBJECT)[turn % 4],
    )
    document = analysed(campaign)
    assert document["labels"]["replica"] > 0
    assert "the scale has no place for replica" in sentences(document)


def test_two_annotators_who_never_differ_in_kind() -> None:
    """Either gives one answer only, so that everything that could be told of models is told of people."""
    campaign = campaign_of(2)
    answer_all(campaign, Label.UNRELATED)
    first = campaign.assignments.first().annotator  # type: ignore[union-attr]
    Annotation.objects.filter(assignment__annotator=first).update(label=Label.SIMILAR_OBJECT)
    said = sentences(analysed(campaign))
    assert "Annotator effects need two annotators who each gave links and other answers." in said
    assert "No annotator has given both links and other answers" in said


def test_keys_that_others_rely_on_are_there() -> None:
    campaign = campaign_of(2)
    relabel(campaign, every_other)
    document = analysed(campaign)
    assert {"n", "labels", "regressions", "agreement", "permutation"} <= document.keys()
    for fit in document["regressions"]:
        assert {"name", "coding", "intercept", "covariance", "n", "rows"} <= fit.keys()
        for row in fit["rows"]:
            assert {"term", "coef", "se", "z", "p", "low", "high", "odds_ratio"} <= row.keys()
    plain = [fit for fit in document["regressions"] if fit["covariance"] == "nonrobust"]
    assert document["regressions"][: len(plain)] == plain
    assert {"cluster-annotator", "cluster-record", "cluster-annotator-record"} <= {
        fit["covariance"] for fit in document["regressions"]
    }
