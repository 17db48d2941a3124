"""Whether the answers can be relied on: what was skipped, unsure, broken, and labels by a die."""

import json
import random
import uuid
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from annotation.models import Annotation, Campaign, Skip
from annotation.results.flow import campaign_flow
from annotation.results.queries import data_version
from annotation.results.sections.reliance.quality import quality_words
from annotation.vocabulary import Label, SkipReason
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.results.test_frame import answer_all

pytestmark = pytest.mark.django_db


def analysed(campaign: Campaign) -> dict[str, Any]:
    out = StringIO()
    call_command("analyse", campaign.name, "--json", "--shuffles", "19", stdout=out)
    return json.loads(out.getvalue())  # type: ignore[no-any-return]


def said(campaign: Campaign) -> str:
    out = StringIO()
    call_command("analyse", campaign.name, "--shuffles", "19", stdout=out)
    return out.getvalue()


def by_a_die(people: int = 4) -> Campaign:
    """Every pair seen by all, labels at random, all answers unsure, a quarter of the pairs skipped."""
    campaign = campaign_for(*(UserFactory() for _ in range(people)), pairs_each=24, overlap=1.0)
    answer_all(campaign, Label.UNRELATED)
    dice = random.Random(4)
    for annotation in Annotation.objects.filter(assignment__campaign=campaign).order_by("pk"):
        annotation.label, annotation.unsure = dice.choice(Label.values), True
        annotation.save()
    for assignment in campaign.assignments.filter(position__gt=18):
        assignment.annotations.all().delete()
        reason = SkipReason.CANNOT_TELL if assignment.position % 2 else SkipReason.OTHER
        Skip.objects.create(assignment=assignment, reason=reason, submission=uuid.uuid4(), created=timezone.now())
    return campaign


def test_labels_by_a_die_are_not_to_be_relied_on() -> None:
    campaign = by_a_die()
    text = said(campaign)
    assert "nothing speaks against relying on them" not in text
    assert "labels given by a die agree as well" in text
    assert "100 % of the answers are marked as unsure" in text
    assert "24 skipped (cannot tell 12, another reason 12)" in text
    assert "25 % of the pairs that were seen were skipped" in text


def test_skipped_and_unsure_answers_are_in_the_document() -> None:
    document = analysed(by_a_die())
    flow = document["flow"]
    assert (flow["people"], flow["dealt"], flow["answered"], flow["open"], flow["unsure"]) == (4, 96, 72, 0, 72)
    assert flow["skipped"] == {"cannot_tell": 12, "other": 12}
    assert sum(sum(each["skipped"].values()) for each in flow["by_stratum"]) == 24
    assert sum(each["dealt"] for each in flow["by_stratum"]) == 96
    names = [each["name"] for each in document["sensitivity"]]
    assert "Without unsure answers" in names
    assert "With skipped pairs as not linked" in names


def test_people_who_stopped_and_did_not_begin() -> None:
    campaign = campaign_for(*(UserFactory() for _ in range(3)), pairs_each=4)
    answer_all(campaign, Label.SAME_OBJECT)
    one, other, _ = sorted({each.annotator_id for each in campaign.assignments.all()})
    Annotation.objects.filter(assignment__annotator=one).delete()
    Annotation.objects.filter(assignment__annotator=other, assignment__position__gt=1).delete()
    flow = campaign_flow(campaign)
    assert (flow.finished, flow.stopped, flow.absent, flow.open) == (1, 1, 1, 7)


def test_answers_that_agree_and_are_sure_are_said_to_do_so() -> None:
    campaign = campaign_for(*(UserFactory() for _ in range(3)), pairs_each=24, overlap=1.0)
    answer_all(campaign, Label.UNRELATED)
    for annotation in Annotation.objects.filter(assignment__campaign=campaign):
        annotation.label = Label.values[annotation.assignment.pair_id % 4]
        annotation.save()
    assert not any("agree" in doubt or "unsure" in doubt for doubt in quality_words(analysed(campaign)))


def test_a_skip_makes_the_analysis_anew() -> None:
    campaign = campaign_for(UserFactory(), pairs_each=4)
    before = data_version(campaign)
    skipped = campaign.assignments.first()
    assert skipped is not None
    Skip.objects.create(
        assignment=skipped, reason=SkipReason.NO_PICTURE, submission=uuid.uuid4(), created=timezone.now()
    )
    assert data_version(campaign) != before
