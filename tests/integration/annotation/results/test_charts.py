"""Charts of a campaign as files: who gets them, what they are, and that none leaves a sealed campaign."""

import csv
import json
from io import StringIO

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.models import Campaign
from annotation.results import drawings as drawn_charts
from annotation.results.actions import keep_analysis
from annotation.results.drawings import campaign_charts, drawings
from annotation.results.sections.whole import result_tables
from annotation.vocabulary import Label
from heritage.models import Role
from heritage.progress import NoProgress
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.results.test_sections import answered_campaign
from tests.result_pages import all_results

pytestmark = pytest.mark.django_db

TYPES = {
    "svg": ("image/svg+xml", b"<svg"),
    "png": ("image/png", b"\x89PNG"),
    "csv": ("text/csv; charset=utf-8", b"\xef\xbb\xbfsimulated,"),
}


def address(campaign: Campaign, chart: str, form: str) -> str:
    return reverse("campaign-chart", args=[campaign.pk, chart, form])


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(UserFactory(username="lead", role=Role.LEAD))
    return client


@pytest.fixture
def campaign() -> Campaign:
    campaign = answered_campaign(name="Lamps & clocks")
    close_campaign(campaign=campaign)
    keep_analysis(campaign=campaign, progress=NoProgress())
    return campaign


def test_every_chart_of_the_page_can_be_had_as_svg_png_and_csv(lead: Client, campaign: Campaign) -> None:
    page = all_results(lead, campaign)
    charts = campaign_charts(campaign)
    shown = {name for name in charts if not name.endswith("-published")}
    assert {
        "labels", "labels-by-model", "labels-by-stratum", "labels-by-annotator", "odds-by-model",
        "estimates", "points", "population", "comparisons", "agreement", "confusion", "order", "times",
    } <= shown  # fmt: skip
    for name in shown:
        for form, (content_type, beginning) in TYPES.items():
            assert address(campaign, name, form) in page
            answer = lead.get(address(campaign, name, form))
            assert answer["Content-Type"] == content_type
            assert answer["Content-Disposition"] == f'attachment; filename="lamps-clocks-{name}.{form}"'
            assert answer.content.startswith(beginning)


def test_charts_hold_what_the_tables_hold(campaign: Campaign) -> None:
    charts, [kept] = campaign_charts(campaign), [campaign.kept_analysis.document]
    table = {row["what"]: row for row in result_tables(kept)["points"].raw}
    rows = {row["label"]: row for row in charts["points"].rows}
    assert rows
    for label, row in rows.items():
        assert (row["value"], row["low"], row["high"]) == tuple(table[label][key] for key in ("points", "low", "high"))


def test_csv_opens_safely_in_a_spreadsheet_and_figures_are_in_full(lead: Client, campaign: Campaign) -> None:
    rows = list(csv.DictReader(StringIO(lead.get(address(campaign, "times", "csv")).content.decode("utf-8-sig"))))
    assert "'=bob" in {row["label"] for row in rows}
    labels = list(csv.DictReader(StringIO(lead.get(address(campaign, "labels", "csv")).content.decode("utf-8-sig"))))
    assert sum(int(row["count"]) for row in labels) == 80
    assert float(labels[1]["low"]) < float(labels[1]["share"]) < float(labels[1]["high"])


def test_simulated_is_said_in_name_and_file(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8, simulated=True, name="Lamps")
    answer = lead.get(address(campaign, "labels", "svg"))
    assert answer["Content-Disposition"] == 'attachment; filename="lamps-labels-simulated.svg"'
    assert "Simulated: a program made these labels." in answer.content.decode()
    rows = list(csv.DictReader(StringIO(lead.get(address(campaign, "labels", "csv")).content.decode("utf-8-sig"))))
    assert {row["simulated"] for row in rows} == {"1"}


def test_dark_files_are_dark(lead: Client, campaign: Campaign) -> None:
    light = lead.get(address(campaign, "labels", "svg")).content.decode()
    dark = lead.get(address(campaign, "labels", "svg"), {"mode": "dark"}).content.decode()
    assert "#26282c" in dark
    assert "#26282c" not in light


def test_unknown_charts_and_forms_are_not_there(lead: Client, campaign: Campaign) -> None:
    for chart, form in (("none-such", "svg"), ("labels", "exe"), ("labels", "pdf")):
        assert lead.get(address(campaign, chart, form)).status_code == 404
    assert lead.post(address(campaign, "labels", "svg")).status_code == 405


def test_only_who_leads_the_campaign(client: Client, campaign: Campaign) -> None:
    for form in (*TYPES, "json"):
        assert client.get(address(campaign, "labels", form)).status_code == 302
    client.force_login(UserFactory())
    for form in (*TYPES, "json"):
        assert client.get(address(campaign, "labels", form)).status_code == 403


def test_no_chart_leaves_a_sealed_campaign(lead: Client) -> None:
    campaign = answered_campaign(pairs_each=8)
    keep_analysis(campaign=campaign, progress=NoProgress())
    for chart in ("labels", "points", "none-such"):
        for form in (*TYPES, "json"):
            assert lead.get(address(campaign, chart, form)).status_code == 403
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    assert lead.get(address(campaign, "labels", "json")).status_code == 200


def test_the_page_s_script_gets_vega_lite_with_the_figures(lead: Client, campaign: Campaign) -> None:
    found = json.loads(lead.get(address(campaign, "odds-by-model", "json")).content)
    assert "vega-lite" in found["$schema"]
    assert "model-two" in json.dumps(found)


def test_a_campaign_without_answers_has_no_charts(lead: Client) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=3, simulated=True)
    assert campaign_charts(campaign) == {}
    assert lead.get(address(campaign, "labels", "svg")).status_code == 404
    assert "chart-figure" not in lead.get(campaign.get_absolute_url()).content.decode()


def test_a_chart_is_drawn_once_for_the_same_figures(campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    drawn: list[str] = []
    draw = drawn_charts.draw
    monkeypatch.setattr(drawn_charts, "draw", lambda chart: drawn.append(chart.name) or draw(chart))
    charts = campaign_charts(campaign)
    for _ in range(2):
        assert set(drawings(campaign, charts.values())) == set(charts)
    assert sorted(drawn) == sorted(charts)
    assignment = campaign.assignments.select_related("annotator").first()
    assert assignment is not None
    Campaign.objects.update(closed=None)
    record_annotation(assignment=assignment, annotator=assignment.annotator, label=Label.SAME_OBJECT)
    drawings(campaign, campaign_charts(campaign).values())
    assert len(drawn) > len(charts)
    assert "estimates" not in drawn[len(charts) :]  # of the full analysis, which is still the same
