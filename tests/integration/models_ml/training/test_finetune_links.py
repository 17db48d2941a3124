"""`finetune --links` from a campaign's answers to NAME-linked, with the database and without, and what it refuses."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotation.answers.actions import record_annotation
from annotation.campaigns.actions import create_campaign
from annotation.models import Annotation, Campaign, ResultOpening
from heritage.models import Image, Record, TextSegment
from models_ml.models import EmbeddingModel
from models_ml.split import side
from tests.factories import (
    CandidatePairFactory,
    CollectionFactory,
    ImageFactory,
    RecordFactory,
    StratumFactory,
    UserFactory,
)
from tests.integration.models_ml.training.test_finetune import _picture, base  # noqa: F401 - fixture
from tests.integration.models_ml.training.test_training_set import _without_database
from tests.tiny_model import COLOURS

pytestmark = pytest.mark.django_db

SIZE = 24
COMMENT = "the shade differs"


@pytest.fixture
def campaign(base: EmbeddingModel) -> Campaign:  # noqa: F811
    """Each record of the one museum with three of the other; of one colour they are the same object, else unrelated."""
    stratum = StratumFactory()
    for number in range(SIZE):
        for museum in ("left", "right"):
            name = f"{COLOURS[number % 8]} {museum} {number}"
            record = RecordFactory(collection=CollectionFactory(slug=museum), record_id=str(number), name=name)
            ImageFactory(record=record, position=0, content_hash=_picture(number + (museum == "right") * SIZE))
            TextSegment.objects.create(record=record, kind="name", position=0, text=name)
    records = {(record.collection.slug, int(record.record_id)): record for record in Record.objects.all()}
    for number in range(SIZE):
        for other in (number, (number + 8) % SIZE, (number + 3) % SIZE):
            CandidatePairFactory(stratum=stratum, a=records["left", number], b=records["right", other])
    annotator = UserFactory(username="hannah-arendt")
    campaign = create_campaign(
        name="Pilot", sampling=stratum.sampling, annotators=[annotator.username], pairs_each=3 * SIZE
    )
    for assignment in campaign.assignments.select_related("pair__a", "pair__b"):
        same = _colour(assignment.pair.a) == _colour(assignment.pair.b)
        label = "same_object" if same else "unrelated"
        record_annotation(assignment=assignment, annotator=annotator, label=label, comment=COMMENT)
    return campaign


def _colour(record: Record) -> str:
    return record.name.split()[0]


def _finetune(*arguments: str) -> dict:
    stdout = io.StringIO()
    common = ["--epochs", "1", "--lr", "3e-3", "--device", "cpu", "--precision", "fp32", "--json"]
    call_command("finetune", "tiny", *arguments, *common, stdout=stdout)
    return json.loads(stdout.getvalue())


def _is_learnt(record: Record) -> bool:
    return side(record.collection.slug, record.record_id) == "train"


def test_the_linked_model_stands_beside_the_others_with_what_it_learnt(campaign: Campaign, settings) -> None:
    result = _finetune("--name", "ft", "--links", "Pilot", "--link-epochs", "4", "--weight", "3")
    assert result["models"] == ["ft-best", "ft-linked"]  # the only epoch is both best and last
    pairs = [assignment.pair for assignment in campaign.assignments.select_related("pair__a", "pair__b")]
    learnt = [pair for pair in pairs if _is_learnt(pair.a) and _is_learnt(pair.b)]
    assert 0 < len(learnt) < len(pairs)
    assert (result["link_pairs"], result["link_pairs_held_out"]) == (len(learnt), len(pairs) - len(learnt))
    links = result["links"]
    assert (links["campaigns"], links["simulated"], links["recipe"]) == (
        ["Pilot"],
        False,
        {"weight": 3.0, "epochs": 4, "folds": 0},
    )
    before, after = (sum(links["learnt"][when]["auc"].values()) for when in ("before", "after"))
    assert after > before + 0.1
    assert [epoch["epoch"] for epoch in result["epochs"]] == list(range(6))
    assert EmbeddingModel.objects.get(slug="ft-linked").training["links"] == links
    assert "links" not in EmbeddingModel.objects.get(slug="ft-best").training
    card = (settings.MODELS_DIR / "ft-linked" / "README.md").read_text()
    assert "The campaign Pilot gave 72 answers. Epochs 2 to 5 learnt" in card
    assert ResultOpening.objects.count() == 1  # somebody looked while the campaign is open


def test_the_best_epoch_may_be_the_one_that_links_best(campaign: Campaign, settings) -> None:
    result = _finetune("--name", "ft", "--links", "Pilot", "--select", "links", "--link-epochs", "1")
    figures = [epoch["measures"]["links"] for epoch in result["epochs"]]
    assert len(figures) == 3
    held_out = result["links"]["held_out"]
    assert figures[1] == pytest.approx(np.mean(list(held_out["before"]["auc"].values())))
    assert figures[2] == pytest.approx(np.mean(list(held_out["after"]["auc"].values())))


def test_it_is_told_where_answers_are_simulated(campaign: Campaign, settings) -> None:
    Campaign.objects.update(simulated=True)
    _finetune("--name", "ft", "--links", "Pilot", "--link-epochs", "1")
    assert "they are simulated" in (settings.MODELS_DIR / "ft-linked" / "README.md").read_text()


def test_a_run_interrupted_while_it_learnt_links_resumes_to_the_same_weights(
    campaign: Campaign, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml.training.links import stage

    links = ("--links", "Pilot", "--link-epochs", "2", "--checkpoint-steps", "1")
    _finetune("--name", "whole", *links)
    left = iter(range(5))
    drawn = stage.draw_link_batch
    with monkeypatch.context() as patch:
        patch.setattr(stage, "draw_link_batch", lambda *args, **options: (next(left), drawn(*args, **options))[1])
        with pytest.raises(StopIteration):
            _finetune("--name", "cut", *links)
    assert not list(settings.MODELS_DIR.glob("cut-*"))
    with pytest.raises(CommandError, match="another recipe"):
        _finetune("--name", "cut", *links, "--weight", "2", "--resume")
    _finetune("--name", "cut", *links, "--resume")
    for kind in ("best", "linked"):
        whole, cut = (settings.MODELS_DIR / f"{name}-{kind}" for name in ("whole", "cut"))
        weights = "open_clip_model.safetensors"
        assert (whole / weights).read_bytes() == (cut / weights).read_bytes()
    assert not (settings.MODELS_DIR / ".cut.training").exists()


def test_a_training_set_carries_links_without_who_gave_them(campaign: Campaign, tmp_path: Path, settings) -> None:
    text_only = Record.objects.get(collection__slug="left", record_id="0")
    Image.objects.filter(record=text_only).delete()
    stdout = io.StringIO()
    folder = tmp_path / "set"
    call_command("export_training_set", folder, "--links", "Pilot", "--image-size", "32", "--json", stdout=stdout)
    exported = json.loads(stdout.getvalue())
    content = (folder / "links.csv").read_text()
    rows = list(csv.DictReader(content.splitlines()))
    assert list(rows[0]) == ["a_collection", "a", "b_collection", "b", "target", "weight"]
    assert len(rows) == exported["link_pairs"] + exported["link_pairs_held_out"] == 3 * SIZE
    everything = "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert "hannah" not in everything
    assert COMMENT not in everything

    tiny = settings.MODELS_DIR / EmbeddingModel.objects.get(slug="tiny").source.removeprefix("local-dir:")
    options = ["--epochs", "1", "--device", "cpu", "--precision", "fp32", "--link-epochs", "1", "--json"]
    command = ["finetune", f"local-dir:{tiny}", "--name", "far", "--data", folder, "--out", tmp_path / "o", *options]
    done = _without_database(tmp_path, *command, "--links")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["models"] == ["far-best", "far-linked"]
    assert result["link_pairs"] == exported["link_pairs"]
    named = _without_database(tmp_path, *command, "--links", "Pilot")
    assert named.returncode == 1
    assert "A training set brings its own links" in named.stderr
    assert "Traceback" not in named.stderr


def test_a_training_set_without_links_says_so(campaign: Campaign, tmp_path: Path) -> None:
    call_command("export_training_set", tmp_path / "set", "--image-size", "32", stdout=io.StringIO())
    with pytest.raises(CommandError, match="has no links: export it with export_training_set --links"):
        _finetune("--name", "far", "--data", str(tmp_path / "set"), "--links")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--links", "Nope"], "There is no campaign named Nope"),
        (["--links"], "Name the campaigns"),
        (["--links", "Pilot", "--weight", "0"], "weight of links"),
        (["--links", "Pilot", "--link-epochs", "0"], "epochs with links"),
        (["--weight", "2"], "are of --links"),
        (["--links", "Pilot", "--collection", "left"], "choose theirs with --collection"),
    ],
)
def test_what_cannot_work_is_refused_before_training(campaign: Campaign, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        _finetune("--name", "ft", *arguments)


@pytest.mark.parametrize(("label", "message"), [("unrelated", "left no link"), ("same_category", "left links only")])
def test_links_alone_and_none_at_all_are_refused(campaign: Campaign, label: str, message: str) -> None:
    Annotation.objects.update(label=label)
    with pytest.raises(CommandError, match=message):
        _finetune("--name", "ft", "--links", "Pilot", "--dry-run")


def test_a_campaign_without_answers_is_refused(campaign: Campaign) -> None:
    Annotation.objects.all().delete()
    with pytest.raises(CommandError, match="No pair of records has been answered in Pilot"):
        _finetune("--name", "ft", "--links", "Pilot", "--dry-run")


def test_a_dry_run_counts_the_pairs(campaign: Campaign) -> None:
    result = _finetune("--name", "ft", "--links", "Pilot", "--dry-run")
    assert result["models"] == ["ft-best", "ft-linked"]
    assert result["link_answers"] == 3 * SIZE
    assert not EmbeddingModel.objects.filter(slug="ft-linked").exists()


def test_folds_judge_the_pairs_with_intervals(campaign: Campaign, settings) -> None:
    result = _finetune("--name", "ft", "--links", "Pilot", "--link-epochs", "1", "--link-folds", "2")
    found = result["links"]["out_of_fold"]
    assert 0 < found["models"] <= 4
    assert 0 < found["pairs"] <= result["link_pairs"]
    row = found["figures"]["text-image"]["linked"]
    assert row["n"] == found["pairs"]
    assert 0 <= row["auc"]["before_interval"][0] <= row["auc"]["before"] <= 1
    lines = (settings.MODELS_DIR / "ft-linked" / "link-folds.csv").read_text().splitlines()
    assert len(lines) == 1 + found["pairs"]
    assert (
        "judged by models that learnt from neither record"
        in (settings.MODELS_DIR / "ft-linked" / "README.md").read_text()
    )
