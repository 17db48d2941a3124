"""Results of a campaign with finer labels: the four as ever, and the finer ones counted beside them."""

import csv
import io
import json
import zipfile

import pytest
from django.core.management import call_command
from django.urls import reverse

from annotation.labels.actions import add_finer_labels
from annotation.results.finer import finer_counts
from annotation.results.frame import annotation_frame
from annotation.results.queries import data_version
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.labels.test_finer import DRAFTS, change, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=4)
    add_finer_labels(campaign=campaign, drafts=DRAFTS)
    return campaign


@pytest.fixture
def lead(client):
    client.force_login(UserFactory(role="lead"))
    return client


def test_results_count_the_four_and_the_finer_ones_beside_them(campaign, lead, capsys):
    give(campaign, finer="same-process")
    give(campaign)  # a correction: it alone counts
    give(campaign, finer="", position=2)
    give(campaign, "unrelated", "looks-alike", position=3)
    counts = [(each.label, each.key, each.count) for each in finer_counts(campaign)]
    assert counts == [
        ("same_category", "same-maker", 1),
        ("same_category", "same-process", 0),
        ("same_category", "", 1),
        ("unrelated", "looks-alike", 1),
        ("unrelated", "", 0),
    ]
    frame = annotation_frame(campaign).frame
    assert sorted(frame["label"]) == ["same_category", "same_category", "unrelated"]
    assert sorted(frame["linked"]) == [0, 1, 1]

    lead.post(reverse("campaign-open", args=[campaign.pk]))
    page = lead.get(campaign.get_absolute_url()).content.decode()
    assert "left at Same category" in page
    assert "Same category: Same maker" not in page
    out = io.StringIO()
    call_command("analyse", campaign.name, "--json", "--shuffles", "10", stdout=out)
    document = json.loads(out.getvalue())
    assert [each["count"] for each in document["finer_labels"]] == [1, 0, 1, 1, 0]
    assert document["labels"]["same_category"] == 2


def test_without_finer_labels_there_is_no_table_of_them(lead):
    campaign = campaign_for(UserFactory())
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    assert "Finer label" not in lead.get(campaign.get_absolute_url()).content.decode()


def test_remarks_say_the_finer_label(lead, campaign):
    give(campaign, comment="Both by Platt")
    address = reverse("campaign-remarks", args=[campaign.pk])
    assert "Same maker" not in lead.get(address).content.decode()
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    assert "Same category: Same maker" in lead.get(address).content.decode()


@pytest.fixture
def answered(campaign):
    give(campaign)
    give(campaign, position=2)
    give(campaign, finer="", position=3)
    give(campaign, "unrelated", "", position=4)
    return campaign


def test_label_counts_have_a_column_for_each_finer_label(answered, lead):
    lead.post(reverse("campaign-open", args=[answered.pk]))
    rows = list(
        csv.DictReader(
            io.StringIO(lead.get(reverse("campaign-label-counts", args=[answered.pk])).content.decode("utf-8-sig"))
        )
    )
    finer = ["same_category/same-maker", "same_category/same-process", "unrelated/looks-alike"]
    assert list(rows[0])[-3:] == finer
    assert [[row[name] for name in finer] for row in rows if row["grouping"] in ("all", "annotator")] == [
        ["2", "0", "0"],
        ["2", "0", "0"],
    ]
    strata = [row for row in rows if row["grouping"] == "stratum"]
    assert sum(int(row[finer[0]]) for row in strata) == 2


def test_the_report_counts_finer_labels_and_draws_them(answered, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("annotation.results.report.writing.find_browser", lambda: None)
    call_command("report", answered.name, "-o", str(tmp_path), "--json")
    document = json.loads(capsys.readouterr().out)
    html = (tmp_path / "report.html").read_text()
    assert "Of 3 answers “Same category”, 67 % (95 % interval 21 to 94) have a finer label." in html
    assert "left at Same category" in html
    with zipfile.ZipFile(document["archive"]) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("tables/finer-labels.csv").decode())))
        assert "Same process" in archive.read("charts/finer-labels.svg").decode()
    assert [(row["label"], row["key"], row["count"], row["n"]) for row in rows] == [
        ("same_category", "same-maker", "2", "3"),
        ("same_category", "same-process", "0", "3"),
        ("same_category", "", "1", "3"),
        ("unrelated", "looks-alike", "0", "1"),
        ("unrelated", "", "1", "1"),
    ]
    assert float(rows[0]["share"]) == pytest.approx(2 / 3)


def test_another_name_makes_the_kept_analysis_old(answered):
    before = data_version(answered)
    change(answered, name="Made by the same hand")
    assert data_version(answered) != before


def test_nothing_of_finer_labels_where_there_are_none(lead, tmp_path, monkeypatch):
    monkeypatch.setattr("annotation.results.report.writing.find_browser", lambda: None)
    campaign = campaign_for(UserFactory(), pairs_each=2)
    give(campaign, finer="")
    call_command("report", campaign.name, "-o", str(tmp_path), stdout=io.StringIO())
    assert "finer" not in (tmp_path / "report.html").read_text().lower()
    lead.post(reverse("campaign-open", args=[campaign.pk]))
    heading = lead.get(reverse("campaign-label-counts", args=[campaign.pk])).content.decode("utf-8-sig").splitlines()[0]
    assert heading.endswith("linked_low,linked_high")
