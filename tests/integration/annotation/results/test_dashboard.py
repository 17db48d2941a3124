"""The dashboard: who may open it, what it shows, when it changes, and what can be downloaded."""

import csv
from io import StringIO

import pytest
from django.test import Client
from django.urls import reverse

from annotation.answers.actions import record_annotation, write_reflection
from annotation.campaigns.actions import close_campaign
from annotation.models import Campaign
from annotation.vocabulary import Label
from heritage.models import Role
from tests.factories import UserFactory, campaign_for
from tests.result_pages import all_results

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(UserFactory(role=Role.LEAD))
    return client


@pytest.fixture
def campaign(lead: Client) -> Campaign:
    """Ten pairs, with links and others in every stratum. The lead has opened its results."""
    campaign = campaign_for(UserFactory(username="ann"), UserFactory(username="=bob"), pairs_each=10)
    strata: dict[int, int] = {}
    for assignment in campaign.assignments.select_related("annotator", "pair"):
        turn = strata[assignment.pair.stratum_id] = strata.get(assignment.pair.stratum_id, 0) + 1
        label = Label.SIMILAR_OBJECT if turn % 3 else Label.UNRELATED
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    return campaign


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("name", ["campaign", "campaign-regressions", "campaign-label-counts", "export-annotations"])
def test_annotators_may_not_see_results(client: Client, campaign: Campaign, name: str) -> None:
    address = reverse(name, args=[campaign.pk])
    client.logout()
    assert client.get(address).status_code == 302
    client.force_login(UserFactory())
    assert client.get(address).status_code == 403


def test_the_page_has_the_answer_drawings_tables_and_downloads(lead: Client, campaign: Campaign) -> None:
    page = all_results(lead, campaign)
    assert "no difference can be told from chance" in page or "more often: the odds of a link" in page
    assert page.count('<figure class="chart-figure"') == page.count('class="marks"') == 5
    assert "20 annotations · 2 annotators" in page
    assert "With intercept, n = 20" in page
    assert "As published, no intercept, n = 20" in page
    assert "simulated" not in page
    assert "nan" not in page.lower().split()
    for name in ("export-annotations", "campaign-regressions", "campaign-label-counts"):
        assert reverse(name, args=[campaign.pk]) in page


def test_no_inline_scripts_or_styles(lead: Client, campaign: Campaign) -> None:
    results = lead.get(campaign.get_absolute_url(), headers=HTMX).content.decode()
    for forbidden in (" style=", "<style", "<script", "onclick", "hx-on"):
        assert forbidden not in results


def test_as_published_is_a_link_and_a_fragment(lead: Client, campaign: Campaign) -> None:
    address = campaign.get_absolute_url()
    page = lead.get(address, {"intercept": "no"})
    fragment = lead.get(address, {"intercept": "no"}, headers=HTMX)
    assert "<html" in page.content.decode()
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment["Vary"]
    for answer in (page, fragment):
        assert "Odds of a link as published" in answer.content.decode()


def test_an_open_page_gets_an_answer_only_when_something_changed(lead: Client, campaign: Campaign) -> None:
    address = campaign.get_absolute_url()
    seen = lead.get(address).context["version"]
    assert lead.get(address, {"seen": seen}, headers=HTMX).status_code == 204
    assignment = campaign.assignments.first()
    assert assignment is not None
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.SAME_OBJECT)
    changed = lead.get(address, {"seen": seen}, headers=HTMX)
    assert changed.status_code == 200
    assert changed.context["analysis"].n == 20
    assert changed.context["version"] != seen


def test_polling_stops_when_the_campaign_is_closed(lead: Client, campaign: Campaign) -> None:
    address = campaign.get_absolute_url()
    assert "every 10s" in lead.get(address).content.decode()
    close_campaign(campaign=campaign)
    page = lead.get(address)
    assert "every 10s" not in page.content.decode()
    assert lead.get(address, {"seen": page.context["version"]}, headers=HTMX).status_code == 286


def test_reflections_are_shown_and_escaped(lead: Client, campaign: Campaign) -> None:
    annotator = campaign.assignments.select_related("annotator")[0].annotator
    write_reflection(campaign=campaign, annotator=annotator, text="I looked at <b>images</b> first.")
    page = lead.get(reverse("campaign-section", args=[campaign.pk, "reflections"]))
    assert "I looked at &lt;b&gt;images&lt;/b&gt; first." in page.content.decode()


def test_a_campaign_without_answers_says_so(lead: Client) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=3)
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "No answer can be given yet." in page
    assert "0 annotations" in page
    for name in ("campaign-regressions", "campaign-label-counts", "export-annotations"):
        assert lead.get(reverse(name, args=[campaign.pk])).status_code == 200


def test_simulated_is_said_on_the_page_and_in_every_file(lead: Client, campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(simulated=True)
    assert "A program made these labels" in lead.get(campaign.get_absolute_url()).content.decode()
    for name in ("campaign-regressions", "campaign-label-counts", "export-annotations"):
        answer = lead.get(reverse(name, args=[campaign.pk]))
        assert "-simulated.csv" in answer["Content-Disposition"]
        assert {row["simulated"] for row in rows_of(answer.content)} == {"1"}


def test_regressions_as_csv(lead: Client, campaign: Campaign) -> None:
    rows = rows_of(lead.get(reverse("campaign-regressions", args=[campaign.pk])).content)
    assert {(row["coding"], row["intercept"]) for row in rows} == {
        (coding, intercept) for coding in ("stratum", "membership") for intercept in "01"
    }
    first = rows[0]
    assert (first["regression"], first["term"], first["covariance"]) == (
        "model-one + model-two",
        "model-one",
        "nonrobust",
    )
    assert float(first["low"]) < float(first["coef"]) < float(first["high"])


def test_labels_as_csv_open_safely_in_a_spreadsheet(lead: Client, campaign: Campaign) -> None:
    rows = rows_of(lead.get(reverse("campaign-label-counts", args=[campaign.pk])).content)
    assert rows[0]["grouping"] == "all"
    assert int(rows[0]["n"]) == 20
    assert [row["group"] for row in rows if row["grouping"] == "annotator"] == ["'=bob", "ann"]
    for row in rows:
        assert sum(int(row[label]) for label in (*Label.values, "empty")) == int(row["n"])


def test_the_result_is_computed_once_for_each_state(
    lead: Client, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    import annotation.results.queries

    read = []
    frame = annotation.results.queries.annotation_frame
    monkeypatch.setattr(
        annotation.results.queries, "annotation_frame", lambda found: read.append(found) or frame(found)
    )
    for _ in range(3):
        lead.get(campaign.get_absolute_url())
    assert len(read) == 1
