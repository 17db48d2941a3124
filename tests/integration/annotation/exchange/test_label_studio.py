"""Campaigns to Label Studio and back, and campaigns that start there."""

import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from annotation.answers.queries import current_annotations
from annotation.exchange.label_studio.interface import configuration
from annotation.exchange.label_studio.reading import read_project
from annotation.exchange.pairs import import_pairs
from annotation.exchange.storing import import_annotations
from annotation.models import Annotation, Campaign, Skip
from heritage.errors import UserError
from heritage.models import Role, User
from linking.models import CandidatePair, Sampling, Stratum
from tests.factories import CandidatePairFactory, ImageFactory, RecordFactory, UserFactory
from tests.integration.annotation.exchange.test_files import (
    answered_campaign,
    forget,
    skipping_campaign,
    told,
    told_skips,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def records():
    return [RecordFactory(collection__slug=slug, record_id=f"{slug} 1") for slug in ("smg", "nms")]


def exported(campaign, tmp_path):
    path = tmp_path / "project.json"
    call_command("export_annotations", campaign.name, "--format", "label-studio", "-o", str(path))
    return path


def project(tmp_path, *labels, data=None):
    """What Label Studio exports of a project that was set up there."""
    tasks = [
        {
            "id": number,
            "data": {"left_id": "smg 1", "right_id": "nms 1", "image1": "https://smg.example/1.jpg"} | (data or {}),
            "annotations": [
                {
                    "id": 70 + number,
                    "completed_by": {"id": 3, "email": "ada@museum.example"},
                    "created_at": "2025-03-04T15:06:07.123456Z",
                    "lead_time": 4.288,
                    "was_cancelled": False,
                    "result": [{"from_name": "how", "to_name": "x", "type": "choices", "value": {"choices": [label]}}],
                }
            ],
        }
        for number, label in enumerate(labels, start=1)
    ]
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(tasks))
    return path


THEIRS = read_project(record_fields=["left_id", "right_id"])


def test_all_that_counts_survives_the_way_there_and_back(tmp_path):
    campaign = answered_campaign()
    kept = set(current_annotations(campaign).values_list("submission", flat=True))
    before = [row for row in told(campaign) if row[8] in kept]
    path = exported(campaign, tmp_path)
    forget(campaign)
    result = import_annotations(name="Elsewhere", path=path)
    assert (result.stored, result.ignored, result.skipped) == (12, (), 0)
    assert told(Campaign.objects.get(name="Elsewhere")) == before
    assert import_annotations(name="Elsewhere", path=path).unchanged == 12


def test_a_skip_is_an_annotation_that_was_cancelled(tmp_path):
    campaign = skipping_campaign()
    skips = [row for row in told_skips(campaign) if row[4] in ("no_picture", "cannot_tell")]
    path = exported(campaign, tmp_path)
    tasks = json.loads(path.read_text())
    assert sum(each["was_cancelled"] for task in tasks for each in task["annotations"]) == 2
    Skip.objects.all().delete()
    forget(campaign)
    result = import_annotations(name="Elsewhere", path=path)
    assert (result.stored, result.skips_stored, result.skipped) == (15, 2, 0)
    assert told_skips(Campaign.objects.get(name="Elsewhere")) == skips
    assert import_annotations(name="Elsewhere", path=path).unchanged == 15
    # Somebody answers there what was skipped here, and somebody cancels an answer and says nothing of why.
    choice = {"from_name": "label", "to_name": "a_text", "type": "choices", "value": {"choices": ["Unrelated"]}}
    for task in tasks:
        for annotation in task["annotations"]:
            if annotation["was_cancelled"]:
                annotation["result"].append(choice)
            annotation["was_cancelled"] = not annotation["was_cancelled"]
    path.write_text(json.dumps(tasks))
    result = import_annotations(name="Afterwards", path=path)
    assert (result.stored, result.skips_stored, result.skipped) == (2, 0, 13)


def test_what_label_studio_changes_on_the_way_does_no_harm(tmp_path):
    """It adds fields of its own, numbers its tasks and dates answers anew."""
    campaign = answered_campaign()
    kept = set(current_annotations(campaign).values_list("submission", flat=True))
    before = [row for row in told(campaign) if row[8] in kept]
    path = exported(campaign, tmp_path)
    tasks = json.loads(path.read_text())
    for number, task in enumerate(tasks):
        task |= {"id": 500 + number, "project": 4, "predictions": [], "drafts": [], "total_annotations": 1}
        for annotation in task["annotations"]:
            annotation |= {"id": number, "completed_by": 1, "created_at": "2030-01-01T00:00:00Z", "task": number}
            for result in annotation["result"]:
                result |= {"id": "Dx_aB91ISN", "origin": "manual"}
    path.write_text(json.dumps(tasks))
    forget(campaign)
    import_annotations(name="Elsewhere", path=path)
    assert told(Campaign.objects.get(name="Elsewhere")) == before


def test_tasks_show_both_records_with_pictures_that_anybody_can_open(tmp_path):
    campaign = answered_campaign()
    pair = campaign.assignments.order_by("pair").first().pair
    ImageFactory(record=pair.a, position=1, source="https://museum.example/1.jpg")
    task = json.loads(exported(campaign, tmp_path).read_text())[0]
    assert task["data"]["a_name"] == pair.a.name
    assert task["data"]["a_image"] == "https://museum.example/1.jpg"
    assert task["data"]["b_image"] == ""  # it has a path of our own alone
    named = set(re.findall(r"\$(\w+)", configuration()))
    assert named <= set(task["data"])
    controls = set(re.findall(r'<(?:Choices|TextArea) name="(\w+)"', configuration()))
    said = {result["from_name"] for each in task["annotations"] for result in each["result"]}
    assert said <= controls


def test_label_studio_itself_takes_the_file_for_its_own(tmp_path):
    interface = pytest.importorskip("label_studio_sdk.label_interface", reason="label-studio-sdk is not installed")
    checked = interface.LabelInterface(configuration())
    for task in json.loads(exported(answered_campaign(), tmp_path).read_text()):
        annotations = task.pop("annotations")
        assert checked.validate_task(task)
        assert all(checked.validate_annotation(annotation) for annotation in annotations)


def test_history_is_refused_and_said(tmp_path):
    campaign = answered_campaign()
    with pytest.raises(CommandError, match="leave out --history"):
        call_command("export_annotations", campaign.name, "--format", "label-studio", "--history")


def test_their_answers_become_a_campaign(tmp_path, records, capsys):
    path = project(tmp_path, "Identical", "unrelated")
    options = ["--records", "left_id", "right_id", "--label", "Identical=same_object"]
    call_command("import_annotations", "Theirs", str(path), *options)
    assert "Stored 2 of 2 annotations in Theirs (new, closed)" in capsys.readouterr().out
    first, second = Annotation.objects.order_by("pk")
    assert (first.label, first.seconds, first.created.isoformat()) == (
        "same_object",
        4.288,
        "2025-03-04T15:06:07.123456+00:00",
    )
    assert first.assignment == second.assignment  # one pair, one person: the later answer counts
    assert first.assignment.annotator.username == "ada@museum.example"
    assert not first.assignment.annotator.is_active
    assert [first.assignment.pair.a, first.assignment.pair.b] == records


def test_a_campaign_starts_from_their_tasks_and_takes_their_answers(tmp_path, records, client):
    path = project(tmp_path, "same object")
    grace = UserFactory(username="grace")
    call_command("import_pairs", "Valves", str(path), "--records", "left_id", "right_id", "--collections", "smg", "nms")
    call_command("create_campaign", "Valves", "--sampling", "Valves", "--annotators", "grace", "--pairs-each", "1")
    assert import_annotations(name="Valves", path=path, project=THEIRS).stored == 1
    campaign = Campaign.objects.get()
    assert campaign.is_open
    assert set(campaign.assignments.values_list("annotator__username", flat=True)) == {"grace", "ada@museum.example"}
    client.force_login(grace)
    page = client.get(reverse("label", args=[campaign.pk]), follow=True).content.decode()
    assert records[0].name in page
    assert "Valves (imported)" not in page


def test_without_models_the_lead_pages_and_the_analysis_still_work(tmp_path, records, client, capsys):
    path = project(tmp_path, "same object")
    call_command("import_annotations", "Theirs", str(path), "--records", "left_id", "right_id")
    client.force_login(UserFactory(role=Role.LEAD))
    campaign = Campaign.objects.get()
    for url in (
        campaign.get_absolute_url(),
        campaign.sampling.get_absolute_url(),
        reverse("samplings"),
        reverse("campaign-progress", args=[campaign.pk]),
    ):
        assert client.get(url).status_code == 200, url
    capsys.readouterr()
    call_command("analyse", "Theirs", "--json")
    assert json.loads(capsys.readouterr().out)["n"] == 1


@pytest.mark.parametrize(
    ("labels", "data", "reason"),
    [
        (["Splendid"], {}, "task 2, label: 'splendid' is no label"),
        (["unrelated"], {"left_id": "smg 2"}, "task 1, a: no record 'smg 2' in any collection"),
        (["unrelated"], {"left_id": ""}, "task 1, a: give both records"),
        (["unrelated"], {"left_id": "a\0"}, "NUL"),
        (["unrelated"], {"left_id": "\ud800"}, "half a character"),
        (["unrelated"], {"left_id": None}, "no record id named left_id"),
    ],
)
def test_nothing_half_stored(tmp_path, records, labels, data, reason):
    path = project(tmp_path, "same object", *labels, data=data)
    with pytest.raises(UserError, match=reason):
        import_annotations(name="Theirs", path=path, project=THEIRS)
    if data:
        with pytest.raises(UserError):
            import_pairs(name="Theirs", path=path, project=THEIRS)
    assert not User.objects.exists()
    assert not any(model.objects.exists() for model in (Campaign, Sampling, Stratum, CandidatePair, Annotation))


def test_dry_run_writes_nothing_and_two_tasks_of_one_pair_are_one(tmp_path, records):
    path = project(tmp_path, "same object", "unrelated")
    planned = import_pairs(name="Valves", path=path, project=THEIRS, dry_run=True)
    assert (planned.tasks, planned.pairs) == (2, 1)
    assert not Sampling.objects.exists()
    assert import_pairs(name="Valves", path=path, project=THEIRS).pairs == 1
    with pytest.raises(UserError, match="a sampling named Valves already"):
        import_pairs(name="Valves", path=path, project=THEIRS)


def test_their_pairs_do_not_go_into_a_sampling_that_was_drawn(tmp_path, records):
    pair = CandidatePairFactory(a=records[0], b=records[1])
    campaign = Campaign.objects.create(name="Drawn", sampling=pair.sampling)
    with pytest.raises(UserError, match="columns for no model, but the campaign's models are model-one, model-two"):
        import_annotations(name=campaign.name, path=project(tmp_path, "unrelated"), project=THEIRS)
