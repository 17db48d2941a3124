"""The plan of analysis is written down when a campaign opens, stays, and stands beside what came."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, create_campaign, set_campaign_state, set_deadline
from annotation.models import AnalysisPlan
from annotation.results.actions import full_analysis_document
from annotation.results.sections.reliance.planned import SECTION
from heritage.progress import NoProgress
from tests.factories import UserFactory, campaign_for, sampling_with_pairs

pytestmark = pytest.mark.django_db


def words_of(campaign):
    document, _ = full_analysis_document(campaign, seed=0, progress=NoProgress(), shuffles=20)
    section = SECTION.made(document)
    return section.words, section.caveats


def answer_all(campaign, *, but=0):
    for assignment in campaign.assignments.all()[but:]:
        record_annotation(assignment=assignment, annotator=assignment.annotator, label="unrelated")


def test_it_is_kept_at_the_opening_and_never_changed():
    expert, lead = UserFactory(), UserFactory()
    sampling = sampling_with_pairs(2)
    campaign = create_campaign(
        name="Kettles",
        sampling=sampling,
        annotators=[expert.username],
        pairs_each=6,
        intentions=" Tuned finds more; we stop at 6. ",
        draft=True,
    )
    assert not AnalysisPlan.objects.exists()
    set_campaign_state(campaign=campaign, state="open", changed_by=lead)
    plan = AnalysisPlan.objects.get()
    assert plan.document["intentions"] == "Tuned finds more; we stop at 6."
    assert (plan.document["people"], plan.document["answers"]) == (1, 6)
    set_deadline(campaign=campaign, deadline=timezone.now() + timedelta(days=3))
    set_campaign_state(campaign=campaign, state="paused")
    set_campaign_state(campaign=campaign, state="open")
    answer_all(campaign, but=2)
    close_campaign(campaign=campaign)
    again = AnalysisPlan.objects.get()
    assert (again.document, again.recorded) == (plan.document, plan.recorded)
    words, caveats = words_of(campaign)
    assert words[0] == f"Written down on {plan.recorded:%-d %B %Y}, before the first answer."
    assert any(sentence.startswith("Errors allow for records;") for sentence in words)
    assert "In the lead’s words: Tuned finds more; we stop at 6." in words
    assert caveats == ("Planned were 6 answers; analysed are 4.",)


def test_the_number_of_tests_and_the_end_are_said():
    people = [UserFactory().username for _ in range(2)]
    sampling = sampling_with_pairs(2, recipe={"models": ["base", "one", "two"], "collections": ["left", "right"]})
    deadline = timezone.now() + timedelta(days=3)
    create_campaign(name="Three", sampling=sampling, annotators=people, pairs_each=4, overlap=0.5, deadline=deadline)
    said = " ".join(AnalysisPlan.objects.get().document["sentences"])
    assert "the 3 differences between models, p after Holm’s method" in said
    assert "8 answers by 2 people, on up to 6 pairs, 50 % of them shared" in said
    assert f"{timezone.localtime(deadline):%-d %B %Y}" in said
    assert "annotators and records" in said


def test_where_answers_came_first_no_plan_is_claimed():
    campaign = campaign_for(UserFactory())
    AnalysisPlan.objects.all().delete()  # as of a version before
    answer_all(campaign)
    close_campaign(campaign=campaign)
    set_campaign_state(campaign=campaign, state="open")
    assert not AnalysisPlan.objects.exists()
    words, _ = words_of(campaign)
    assert words == ("No plan of analysis was written down when labelling began.",)


def test_a_draft_is_given_intentions_that_annotators_never_see(client):
    expert, lead = UserFactory(), UserFactory(role="lead")
    client.force_login(lead)
    campaign = create_campaign(
        name="Kettles", sampling=sampling_with_pairs(2), annotators=[expert.username], pairs_each=6, draft=True
    )
    address = reverse("campaign-settings", args=[campaign.pk])
    sent = {"change": "draft", "annotators": [expert.pk], "pairs_each": 4, "overlap": 0, "intentions": "Hush-hush"}
    assert client.post(address, sent).status_code == 302
    assert "Hush-hush" in client.get(address).content.decode()
    set_campaign_state(campaign=campaign, state="open")
    assert AnalysisPlan.objects.get().document["intentions"] == "Hush-hush"
    assert AnalysisPlan.objects.get().document["answers"] == 4
    client.force_login(expert)
    page = client.get(reverse("label", args=[campaign.pk]), follow=True).content.decode()
    assert "Hush-hush" not in page
