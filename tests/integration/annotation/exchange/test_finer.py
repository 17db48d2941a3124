"""Finer labels out of a campaign and into one: as CSV, in Label Studio, as Web Annotations."""

import csv
import json

import pytest
from django.core.management import call_command

from annotation.exchange.storing import import_annotations
from annotation.labels.actions import add_finer_labels
from annotation.models import Annotation, Campaign, FinerLabel
from heritage.errors import UserError
from tests.factories import UserFactory, campaign_for
from tests.integration.annotation.exchange.test_files import answered_campaign, forget
from tests.integration.annotation.labels.test_finer import DRAFTS, change, give

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign():
    campaign = campaign_for(UserFactory(username="ada"), pairs_each=4)
    add_finer_labels(campaign=campaign, drafts=DRAFTS)
    return campaign


def exported(campaign, tmp_path, name="answers.csv", *options):
    path = tmp_path / name
    call_command("export_annotations", campaign.name, "-o", path, *options)
    return path


def table(tmp_path, text):
    path = tmp_path / "table.csv"
    path.write_text("base,annotator,label,finer,finer_key\n" + text)
    return path


def test_files_of_campaigns_without_finer_labels_are_as_they_were(tmp_path):
    campaign = campaign_for(UserFactory())
    assert "finer" not in exported(campaign, tmp_path).read_text()


def test_names_and_keys_are_columns(campaign, tmp_path):
    give(campaign)
    give(campaign, finer="", position=2)
    with exported(campaign, tmp_path).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["label"], row["finer"], row["finer_key"]) for row in rows] == [
        ("same_category", "Same maker", "same-maker"),
        ("same_category", "", ""),
    ]


def test_a_new_wording_does_not_keep_an_older_file_out(campaign, tmp_path):
    give(campaign)
    path = exported(campaign, tmp_path)
    change(campaign, name="One maker")
    assert import_annotations(name=campaign.name, path=path).unchanged == 1
    assert campaign.finer_labels.get(key="same-maker").name == "One maker"


def test_names_alone_are_enough_and_are_found_again(tmp_path):
    path = table(tmp_path, "1,ada,unrelated,Looks alike,\n1,bob,unrelated,looks ALIKE,\n1,ada,unrelated,Looks-alike,\n")
    assert import_annotations(name="Theirs", path=path).stored == 3
    assert list(FinerLabel.objects.values_list("key", "name")) == [
        ("looks-alike", "Looks alike"),
        ("looks-alike-2", "Looks-alike"),
    ]
    assert import_annotations(name="Theirs", path=path).unchanged == 3


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1,ada,,Same maker,\n", "line 2, column label: a finer label needs the one of the four"),
        ("1,ada,unrelated,Same maker,Same maker\n", "line 2, column finer: 'Same maker' is no key"),
        ("1,ada,unrelated,x,k\n1,ada,same_object,x,k\n", "line 3, column finer: x is under Unrelated, not under Same"),
        ("1,ada,unrelated,x,k\n1,ada,unrelated,y,k\n", "line 3, column finer: the key k is named x elsewhere"),
        (f"1,ada,unrelated,{'x' * 61},k\n", "at most 60 characters"),
    ],
)
def test_a_bad_cell_is_named_and_nothing_is_stored(tmp_path, text, sentence):
    with pytest.raises(UserError, match=sentence):
        import_annotations(name="Theirs", path=table(tmp_path, text))
    assert not Campaign.objects.exists()
    assert not FinerLabel.objects.exists()


def test_an_answer_of_a_campaign_keeps_the_label_above_its_finer_one(campaign, tmp_path):
    give(campaign)
    path = exported(campaign, tmp_path)
    path.write_text(path.read_text().replace("same_category", "same_object"))
    Annotation.objects.all().delete()
    with pytest.raises(UserError, match="Same maker is under Same category, not under Same object"):
        import_annotations(name=campaign.name, path=path)


def test_what_somebody_writes_in_label_studio_is_a_finer_label_of_that_name(tmp_path):
    campaign = answered_campaign()
    path = exported(campaign, tmp_path, "project.json", "--format", "label-studio")
    tasks = json.loads(path.read_text())
    said = [
        result
        for task in tasks
        for annotation in task["annotations"]
        for result in annotation["result"]
        if result["from_name"] == "finer"
    ]
    said[0]["value"]["text"] = ["Same pattern book"]
    path.write_text(json.dumps(tasks))
    forget(campaign)
    import_annotations(name="Elsewhere", path=path)
    named = Annotation.objects.exclude(finer=None).values_list("finer__name", flat=True)
    assert len(named) == len(said)
    assert "Same pattern book" in named
    assert FinerLabel.objects.get(name="Same pattern book").key == "same-pattern-book"


def test_web_annotations_have_it_as_a_tag(campaign, tmp_path):
    give(campaign)
    path = exported(campaign, tmp_path, "answers.jsonld", "--format", "web-annotation")
    [item] = json.loads(path.read_text())["first"]["items"]
    tags = [part["value"] for part in item["body"] if part["purpose"] == "tagging"]
    assert tags == ["Same category", "Same maker"]
