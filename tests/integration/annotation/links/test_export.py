"""From answers in the database to a file of links."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command
from rdflib import Graph
from rdflib.namespace import SKOS

from annotation.answers.actions import record_annotation
from annotation.labels.actions import add_finer_labels
from annotation.labels.finer import FinerLabelDraft
from annotation.links.reading import campaign_answers
from annotation.models import Assignment
from heritage.models import Record
from tests.factories import UserFactory, campaign_for

pytestmark = pytest.mark.django_db

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


@pytest.fixture
def campaign():
    ada = UserFactory(username="ada")
    campaign = campaign_for(ada, pairs_each=4, name="Pilot")
    for assignment, label in zip(campaign.assignments.order_by("position"), LABELS, strict=True):
        record_annotation(assignment=assignment, annotator=ada, label=label)
    return campaign


def test_the_newest_answers_become_links(campaign, tmp_path, capsys):
    changed = campaign.assignments.get(position=4)
    record_annotation(assignment=changed, annotator=changed.annotator, label="same_object")
    path = tmp_path / "links.csv"
    call_command("export_links", "Pilot", "-o", str(path))
    assert capsys.readouterr().out.strip() == f"Wrote 4 links of Pilot to {path}."
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    pair = changed.pair
    (row,) = [row for row in rows if row["a"] == pair.a.record_id]
    assert (row["b"], row["label"], row["annotators"]) == (pair.b.record_id, "same_object", "ada")
    assert [path.name for path in tmp_path.iterdir()] == ["links.csv"]


def test_skos_on_stdout(campaign, capsys):
    call_command("export_links", "Pilot", "--format", "skos", "--address", "left=https://left.example/{id}")
    graph = Graph().parse(data=capsys.readouterr().out, format="turtle")
    (subject,) = graph.subjects(SKOS.closeMatch)
    assert str(subject).startswith("https://left.example/")


def test_the_finer_label_of_those_who_gave_the_label(campaign, capsys):
    add_finer_labels(campaign=campaign, drafts=[FinerLabelDraft("same_category", "Same maker")])
    third = campaign.assignments.get(position=3)
    record_annotation(assignment=third, annotator=third.annotator, label="same_category", finer="same-maker")
    call_command("export_links", "Pilot")
    rows = {row["label"]: row for row in csv.DictReader(io.StringIO(capsys.readouterr().out))}
    assert (rows["same_category"]["finer"], rows["same_category"]["finer_agreement"]) == ("Same maker", "1.0")
    assert (rows["same_object"]["finer"], rows["same_object"]["finer_scheme"]) == ("", "")


def test_the_same_queries_however_many_answers(campaign, django_assert_num_queries, capsys):
    with django_assert_num_queries(5):  # the campaign, its finer labels and answers, verdicts on them, the audit log
        call_command("export_links", "Pilot", "--json")
    assert json.loads(capsys.readouterr().out)["links"] == 3


def test_records_without_items_are_not_written_to_wikidata(campaign, tmp_path, capsys):
    pair = campaign.assignments.get(position=1).pair
    items = tmp_path / "items.csv"
    items.write_text(f"collection,record_id,item\nright,{pair.b.record_id},Q42\n")
    arguments = ["--format", "quickstatements", "--items", str(items), "--address", "left=https://left.example/{id}"]
    call_command("export_links", "Pilot", *arguments)
    assert capsys.readouterr().out.startswith("Q42\tP2888\t")
    items.write_text("collection,record_id,item\nright,1,42\n")
    with pytest.raises(CommandError, match="line 2: '42' is no Wikidata item"):
        call_command("export_links", "Pilot", *arguments)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["Nowhere"], "There is no campaign named Nowhere"),
        (["Pilot", "--agreement", "1.2"], "a share of the answers"),
        (["Pilot", "--least-answers", "0"], "at least 1"),
        (["Pilot", "--format", "quickstatements"], "add --items FILE"),
        (["Pilot", "--address", "left"], "is no address of records"),
    ],
)
def test_bad_input_is_said(campaign, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("export_links", *arguments)


def test_a_campaign_without_answers_has_nothing_to_export():
    campaign_for(UserFactory(), name="Quiet")
    assert Assignment.objects.exists()
    with pytest.raises(CommandError, match="nothing to export"):
        call_command("export_links", "Quiet")


def test_names_go_out_in_their_language_and_not_where_they_may_not_be_shown(campaign):
    pair = campaign.assignments.get(position=1).pair
    Record.objects.filter(pk=pair.a_id).update(withheld=True)
    Record.objects.filter(pk=pair.b_id).update(name="Glühlampe", languages={"name": "de"})
    found = campaign_answers(campaign).answers
    assert {answer.a.name for answer in found if answer.a.record_id == pair.a.record_id} == {""}
    named = {(answer.b.name, answer.b.language) for answer in found if answer.b.record_id == pair.b.record_id}
    assert named == {("Glühlampe", "de")}
