"""Gold pairs measured: the page of work, the analysis, export and import."""

import csv
import json

import pytest
from django.core.management import call_command
from django.urls import reverse

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import close_campaign, create_campaign
from annotation.campaigns.monitoring import read_work
from annotation.exchange.storing import import_annotations
from annotation.guidance.actions import Mark, mark_pair, withdraw_mark
from annotation.guidance.queries import gold_labels
from annotation.models import Campaign
from annotation.results.actions import full_analysis_document
from annotation.results.queries import data_version
from annotation.results.sections.whole import result_sections
from heritage.errors import UserError
from heritage.progress import NoProgress
from tests.factories import UserFactory, sampling_with_pairs

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    """Ada and Grace have the same 6 pairs; of the first 4 of Ada's, all are gold: unrelated."""
    names = [UserFactory(username=name).username for name in ("ada", "grace")]
    campaign = create_campaign(name="Lamps", sampling=sampling_with_pairs(2), annotators=names, pairs_each=6, overlap=1)
    for assignment in campaign.assignments.filter(annotator__username="ada", position__lte=4):
        gold(campaign, assignment.pair)
    return campaign


def gold(campaign, pair, label="unrelated"):
    mark_pair(campaign=campaign, mark=Mark("gold", pair.a.record_id, pair.b.record_id, label))


def answer(campaign, name, *labels):
    """To gold pairs, in the order of primary keys."""
    mine = campaign.assignments.filter(annotator__username=name, pair__in=gold_labels(campaign)).order_by("pair")
    for assignment, label in zip(mine, labels, strict=False):
        record_annotation(assignment=assignment, annotator=assignment.annotator, label=label)


def test_the_page_of_work_shows_agreement_with_gold_from_three_answers_on(client, campaign):
    answer(campaign, "ada", "same_object", "unrelated", "unrelated", "unrelated")
    answer(campaign, "ada", "same_object", "same_object")  # corrected
    answer(campaign, "grace", "unrelated", "unrelated")
    ada, grace = read_work(campaign).annotators
    assert (ada.gold, ada.gold_agreed, ada.gold_share) == (4, 2, 0.5)
    assert (grace.gold, grace.gold_agreed, grace.gold_share) == (2, 2, None)
    client.force_login(UserFactory(role="lead"))
    page = client.get(reverse("campaign-progress", args=[campaign.pk])).content.decode()
    assert "50 % of 4" in page
    assert page.count("under 3") == 1
    for mark in campaign.gold_pairs.all():
        withdraw_mark(mark=mark)
    assert "As gold" not in client.get(reverse("campaign-progress", args=[campaign.pk])).content.decode()


def test_the_analysis_shows_the_confusion_with_n_and_interval(campaign, capsys):
    answer(campaign, "ada", "same_object", "unrelated", "unrelated", "unrelated")
    answer(campaign, "grace", "unrelated", "similar_object")
    close_campaign(campaign=campaign)
    call_command("analyse", campaign.name, "--json")
    found = json.loads(capsys.readouterr().out)["agreement"]["confusion"]
    assert found["gold"] == [[0] * 4] * 3 + [[1, 1, 0, 4]]
    everyone, ada, grace = found["against_gold"]
    assert (everyone["n"], everyone["correct"]) == (6, pytest.approx(4 / 6))
    assert 0 < everyone["low"] < 4 / 6 < everyone["high"] < 1
    assert (ada["n"], grace["n"], grace["correct"]) == (4, 2, 0.5)
    call_command("analyse", campaign.name)
    printed = capsys.readouterr().out
    assert "Each annotator against the right labels" in printed
    assert "95 % interval" in printed
    assert "all annotators" in printed


def agreement_section(campaign):
    document, _ = full_analysis_document(campaign, seed=0, progress=NoProgress())
    return next(section for section in result_sections(document) if section.id == "agreement")


def test_the_dashboard_says_it_in_words_and_tables(campaign):
    answer(campaign, "ada", "same_object", "unrelated", "unrelated")
    section = agreement_section(campaign)
    assert any("Of 3 answers to gold pairs 67 %" in words and "95 % interval" in words for words in section.words)
    assert {"gold", "against-gold"} <= {table.name for table in section.tables}


def test_gold_that_nobody_has_answered_is_not_estimable_and_no_gold_is_no_word(campaign):
    other = campaign.assignments.exclude(pair__in=gold_labels(campaign)).first()
    record_annotation(assignment=other, annotator=other.annotator, label="unrelated")
    assert "Against gold pairs: not estimable" in " ".join(agreement_section(campaign).words)
    for mark in campaign.gold_pairs.all():
        withdraw_mark(mark=mark)
    assert "gold" not in " ".join(agreement_section(campaign).words)


def test_an_analysis_is_made_anew_when_gold_changes(campaign):
    versions = [data_version(campaign)]
    withdraw_mark(mark=campaign.gold_pairs.first())
    versions.append(data_version(campaign))
    other = campaign.assignments.exclude(pair__in=campaign.gold_pairs.values("pair")).first()
    gold(campaign, other.pair)
    assert len({*versions, data_version(campaign)}) == 3


@pytest.mark.parametrize("format_name", ["csv", "jsonl"])
def test_gold_is_exported_and_imported_elsewhere(campaign, tmp_path, format_name):
    for name in ("ada", "grace"):
        answer(campaign, name, "same_object", "unrelated", "unrelated", "unrelated")
    other = campaign.assignments.exclude(pair__in=gold_labels(campaign)).first()
    record_annotation(assignment=other, annotator=other.annotator, label="unrelated")
    path = tmp_path / f"answers.{format_name}"
    call_command("export_annotations", campaign.name, "--format", format_name, "-o", path)
    lines = path.read_text("utf-8").splitlines()
    rows = list(csv.DictReader(lines)) if format_name == "csv" else [json.loads(line) for line in lines]
    assert sorted(row["gold"] for row in rows) == [""] + ["unrelated"] * 8
    first = import_annotations(name="Elsewhere", path=path)
    assert (first.stored, first.gold_created) == (9, 4)
    elsewhere = Campaign.objects.get(name="Elsewhere")
    records = {(each.pair.a_id, each.pair.b_id, each.label) for each in campaign.gold_pairs.select_related("pair")}
    assert {(each.pair.a_id, each.pair.b_id, each.label) for each in elsewhere.gold_pairs.all()} == records
    again = import_annotations(name="Elsewhere", path=path)
    assert (again.stored, again.unchanged, again.gold_created) == (0, 9, 0)


TABLE = "annotator,label,model-one,model-two,gold,pair\n"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("ada,unrelated,0,1,alike,1\n", "line 2, column gold: 'alike' is no label"),
        ("ada,unrelated,0,1,unrelated,1\nbob,unrelated,0,1,same_object,1\n", "line 3, column gold: .* unrelated here"),
    ],
)
def test_gold_that_makes_no_sense_is_refused_with_its_line(tmp_path, rows, said):
    path = tmp_path / "answers.csv"
    path.write_text(TABLE + rows)
    with pytest.raises(UserError, match=said):
        import_annotations(name="Elsewhere", path=path)
    assert not Campaign.objects.exists()


def test_gold_of_pairs_without_records_is_read_and_listed(client, tmp_path):
    path = tmp_path / "answers.csv"
    path.write_text(TABLE + "ada,unrelated,0,1,unrelated,1\nada,same_object,1,1,,2\n")
    assert import_annotations(name="Elsewhere", path=path).gold_created == 1
    client.force_login(UserFactory(role="lead"))
    url = reverse("campaign-guidance", args=[Campaign.objects.get().pk])
    assert "A pair that names no records" in client.get(url).content.decode()


def test_whoever_labels_in_a_campaign_sees_no_gold_in_it_as_its_lead(client, campaign):
    grace = campaign.assignments.filter(annotator__username="grace").first().annotator
    grace.role = "lead"
    grace.save()
    client.force_login(grace)
    answer(campaign, "grace", "unrelated", "unrelated", "unrelated")
    page = client.get(reverse("campaign-guidance", args=[campaign.pk])).content.decode()
    assert "kept from you until it is closed" in page
    assert 'value="gold"' not in page
    assert "As gold" not in client.get(reverse("campaign-progress", args=[campaign.pk])).content.decode()
    client.post(reverse("campaign-open", args=[campaign.pk]))
    export = reverse("export-annotations", args=[campaign.pk])
    assert client.get(export).status_code == 403
    archive = reverse("campaign-report-file", args=[campaign.pk, "data.zip"])
    assert client.get(archive).status_code == 403
    mark = campaign.gold_pairs.first()
    client.post(reverse("withdraw-guidance", args=[campaign.pk]), {"gold": mark.pk})
    assert campaign.gold_pairs.filter(withdrawn=None).count() == 4
    close_campaign(campaign=campaign)
    assert client.get(archive).status_code == 404  # nobody has had one written
    rows = list(csv.DictReader(client.get(export).content.decode().splitlines()))
    assert {row["gold"] for row in rows} == {"unrelated"}
