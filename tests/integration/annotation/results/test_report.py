"""The report: whole, without scripts or names, stating what was looked at, and repeatable from its archive."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign
from annotation.models import Campaign
from annotation.results.report import pdf
from annotation.results.report.places import report_folder
from annotation.results.report.pseudonyms import pseudonyms
from annotation.vocabulary import Label
from heritage.jobs.worker import run_worker
from heritage.models import JobRun, Role
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.results.test_sections import answered_campaign


def report(*arguments: str) -> str:
    out = StringIO()
    call_command("report", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)


@pytest.fixture
def empty_queue() -> Iterator[None]:
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


@pytest.mark.django_db
def test_all_of_it_and_nobody_named(tmp_path: Path, no_browser: None) -> None:
    campaign = answered_campaign()
    first = campaign.assignments.select_related("annotator").filter(annotator__username="ann")[0]
    record_annotation(
        assignment=first,
        annotator=first.annotator,
        label=Label.SAME_OBJECT,
        comment="I, ann, know this one.",
        seconds=9,
    )
    document = json.loads(report(campaign.name, "-o", str(tmp_path / "out"), "--seed", "3", "--json"))
    assert document["pdf"] is None
    assert "no Chromium" in document["no_pdf"]
    html = Path(document["html"]).read_text()
    assert "Seed".lower() in html.lower()
    for wanted in (
        "<h2>Methods</h2>",
        "Repeat it",
        "statsmodels",
        "How sure is it?",
        "--seed 3",
        "at 80 answers",
        "by a jackknife",
        "how imported answers were asked for is not known here",
    ):
        assert wanted in html
    # One file: nothing to run and nothing to load.
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!#)', html)
    assert not re.search(r"url\((?!\"data:)", html)
    with zipfile.ZipFile(document["archive"]) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert {"README.txt", "report.html", "annotations.csv", "analysis.json", "campaign.json"} <= set(files)
    assert {"tables/points.csv", "charts/points.svg", "charts/labels.svg"} <= set(files)
    assert html.count('class="chart-figure"') == html.count('class="marks"') >= 10
    for name, text in {"report.html": html, **files}.items():
        assert "=bob" not in text, name
        assert not re.search(r"\bann\b", re.sub(r"base64,[^\"]*", "", text)), name
    rows = list(csv.DictReader(io.StringIO(files["annotations.csv"])))
    assert {row["annotator"] for row in rows} == {"annotator-1", "annotator-2"}
    assert len(rows) == json.loads(files["analysis.json"])["n"] == 80


@pytest.mark.django_db
def test_the_archive_repeats_the_figures(tmp_path: Path, no_browser: None) -> None:
    campaign = answered_campaign()
    close_campaign(campaign=campaign)
    document = json.loads(report(campaign.name, "-o", str(tmp_path), "--json"))
    with zipfile.ZipFile(document["archive"]) as archive:
        archive.extractall(tmp_path / "archive")
    said = (tmp_path / "archive" / "README.txt").read_text()
    [again] = re.findall(r"import_annotations '(.+)' annotations.csv", said)
    call_command("import_annotations", again, str(tmp_path / "archive" / "annotations.csv"), stdout=StringIO())
    out = StringIO()
    call_command("analyse", again, "--json", stdout=out)
    repeated, first = json.loads(out.getvalue()), json.loads((tmp_path / "archive" / "analysis.json").read_text())
    for key in ("n", "labels", "regressions", "model_comparison", "ordinal", "agreement", "population"):
        # Rows come in another order, so that sums differ in their last digits.
        for now, then in zip(leaves(repeated[key]), leaves(first[key]), strict=True):
            assert now == (pytest.approx(then, rel=1e-6, abs=1e-9) if isinstance(then, float) else then), key


def leaves(value: object) -> Iterator[object]:
    """Every figure and text, in their order."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from leaves(part)
    else:
        yield value


@pytest.mark.django_db
def test_simulated_is_said_in_every_part(tmp_path: Path, no_browser: None) -> None:
    campaign = answered_campaign(pairs_each=8, simulated=True)
    document = json.loads(report(campaign.name, "-o", str(tmp_path), "--json"))
    assert "A program made these labels" in Path(document["html"]).read_text()
    with zipfile.ZipFile(document["archive"]) as archive:
        assert "simulated" in archive.read("README.txt").decode()
        for name in archive.namelist():
            if name.endswith(".csv"):
                rows = list(csv.DictReader(io.StringIO(archive.read(name).decode("utf-8-sig"))))
                assert {row["simulated"] for row in rows} == {"1"}, name


@pytest.mark.django_db
def test_the_pdf_is_printed_by_the_machines_browser(tmp_path: Path) -> None:
    if pdf.find_browser() is None:
        pytest.skip("no Chromium")
    campaign = answered_campaign(pairs_each=8)
    document = json.loads(report(campaign.name, "-o", str(tmp_path), "--json"))
    assert Path(document["pdf"]).read_bytes().startswith(b"%PDF-")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.zip", "report.html", "report.pdf"]


@pytest.mark.django_db
def test_a_browser_that_fails_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/bin/false")
    campaign = answered_campaign(pairs_each=8)
    with pytest.raises(CommandError, match="could not print the report") as caught:
        report(campaign.name, "-o", str(tmp_path))
    assert "\n" not in str(caught.value)


@pytest.mark.django_db
def test_mistakes(tmp_path: Path) -> None:
    campaign = campaign_for(UserFactory(), pairs_each=2)
    with pytest.raises(CommandError, match="has no answers"):
        report(campaign.name, "-o", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()
    with pytest.raises(CommandError, match="--seed is -1"):
        report(campaign.name, "--seed", "-1")
    with pytest.raises(CommandError, match="There is no campaign named"):
        report("none such")


@pytest.mark.django_db
def test_pseudonyms_stay_and_do_not_follow_the_alphabet() -> None:
    names = [f"person-{letter}" for letter in "abcdefghijkl"]
    campaigns = [Campaign(name=str(number)) for number in range(3)]
    found = [pseudonyms(campaign, names) for campaign in campaigns]
    assert found[0] == pseudonyms(campaigns[0], reversed(names))
    assert sorted(found[0].values()) == [f"annotator-{number:02d}" for number in range(1, 13)]
    assert len({tuple(each[name] for name in names) for each in found}) == 3


@pytest.mark.django_db(transaction=True)
def test_from_the_browser(client: Client, no_browser: None, empty_queue: None) -> None:
    campaign = answered_campaign(pairs_each=8)
    page = reverse("campaign-report", args=[campaign.pk])
    file = reverse("campaign-report-file", args=[campaign.pk, "report.html"])
    client.force_login(UserFactory())
    assert client.get(page).status_code == client.post(page).status_code == client.get(file).status_code == 403
    client.force_login(UserFactory(role=Role.LEAD))
    assert client.post(page).status_code == 403  # sealed
    client.post(reverse("campaign-open", args=[campaign.pk]))
    assert "Not written yet" in client.get(page).content.decode()
    assert client.get(file).status_code == 404
    assert client.post(page)["Location"] == JobRun.objects.get().get_absolute_url()
    waiting = client.get(page).content.decode()
    assert "Being written" in waiting
    assert f'href="{JobRun.objects.get().get_absolute_url()}"' in waiting
    assert "Write it" not in waiting
    run_worker(wait=False)
    assert JobRun.objects.get().result_url == page
    assert "no Chromium" in client.get(page).content.decode()
    answer = client.get(file)
    assert answer["Content-Disposition"].startswith("attachment")
    assert b"Methods" in b"".join(answer.streaming_content)
    other = reverse("campaign-report-file", args=[campaign.pk, "secret_key"])
    (report_folder(campaign) / "secret_key").write_text("hidden")
    assert client.get(other).status_code == 404
