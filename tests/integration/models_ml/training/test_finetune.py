"""`finetune` from records in the database to two registered models, and what it refuses."""

import io
import json
import resource
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from heritage.models import Image, Role, TextSegment
from heritage.pictures.store import ImageStore
from models_ml.finetuning.actions import read_training_records
from models_ml.models import EmbeddingModel
from models_ml.queries import weights_of
from models_ml.registry import register_model
from models_ml.split import side
from models_ml.tasks import finetune
from models_ml.training.loop import Trainer
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory
from tests.tiny_model import COLOURS, coloured_image, tiny_model_folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(tmp_path: Path, settings) -> EmbeddingModel:
    settings.MODELS_DIR = tmp_path / "models"
    settings.IMAGES_DIR = tmp_path / "images"
    return register_model(slug="tiny", source=f"local-dir:{tiny_model_folder(tmp_path / 'tiny')}")


def _picture(number: int) -> str:
    """Store a picture of its own and return its hash."""
    image = coloured_image(COLOURS[number % 8])
    image.putpixel((number % 40, number // 40), (number % 256, 1, 2))
    data = io.BytesIO()
    image.save(data, "PNG")
    return ImageStore.from_settings().add(data.getvalue()).content_hash


@pytest.fixture
def records(base: EmbeddingModel) -> None:
    """Forty records with a picture, one with its picture still to come, one without text."""
    collection = CollectionFactory(slug="smg")
    for number in range(40):
        record = RecordFactory(
            collection=collection,
            record_id=f"r{number}",
            name=f"{COLOURS[number % 8]} {number}",
            taxonomy=["Test things"],
        )
        ImageFactory(record=record, position=0, content_hash=_picture(number))
        TextSegment.objects.create(record=record, kind="name", position=0, text=record.name)
        TextSegment.objects.create(record=record, kind="sentence", position=1, text="Made of brass.")
    ImageFactory(record=RecordFactory(collection=collection), position=0, content_hash="")
    ImageFactory(record=RecordFactory(collection=collection, name="", description=""), content_hash=_picture(99))


def _finetune(*arguments: str, stdout: io.StringIO | None = None) -> str:
    stdout = stdout or io.StringIO()
    common = ["--epochs", "1", "--device", "cpu", "--precision", "fp32"]
    call_command("finetune", *common, *arguments, stdout=stdout)
    return stdout.getvalue()


def _held_out_losses(monkeypatch: pytest.MonkeyPatch, *losses: float) -> None:
    """Of the state before training and of each epoch, whatever the network."""
    given = iter(losses)
    monkeypatch.setattr(Trainer, "evaluate", lambda self, items: next(given))


def test_registers_best_last_and_average_with_their_lineage(
    base: EmbeddingModel, records: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    _held_out_losses(monkeypatch, 3.0, 1.0, 2.0, 2.5, 1.5)
    result = json.loads(_finetune("tiny", "--name", "ft", "--collection", "smg", "--epochs", "3", "--json"))
    assert result["models"] == ["ft-best", "ft-last", "ft-average"]
    assert [Path(folder).name for folder in result["folders"]] == result["models"]
    assert result["not_written"] == {}
    assert result["training_records"] + result["evaluation_records"] == 40
    assert result["records_left_out"] == 2
    held_out = sum(side("smg", f"r{number}") == "evaluation" for number in range(40))
    assert result["evaluation_records"] == held_out
    assert result["evaluation_items"] == 2 * held_out
    for slug in result["models"]:
        model = EmbeddingModel.objects.get(slug=slug)
        assert model.parent == base
        assert model.dimension == 16
        assert model.source == f"local-dir:{slug}"
        assert model.training["collections"] == ["smg"]
        assert [epoch["epoch"] for epoch in model.training["epochs"]] == [0, 1, 2, 3]
    own = [weights_of(EmbeddingModel.objects.get(slug=slug)) for slug in result["models"]]
    assert [weights.epochs for weights in own if weights] == [(1,), (3,), (2, 3)]
    losses = {kind["kind"]: kind["evaluation_loss"] for kind in result["kinds"]}
    assert losses == {"best": 1.0, "last": 2.5, "average": 1.5}


def test_the_same_weights_are_registered_once_and_it_is_said(
    records: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    _held_out_losses(monkeypatch, 3.0, 2.0, 1.0)
    summary = _finetune("tiny", "--name", "ft", "--epochs", "2")
    assert "ft-last would be the same weights as ft-best: not written." in summary
    assert "Registered ft-best. Next: embed ft-best" in summary
    assert not EmbeddingModel.objects.filter(slug="ft-last").exists()
    client.force_login(UserFactory(role=Role.LEAD))
    assert "This model has the weights after epoch 2." in client.get("/models/ft-best/").content.decode()


def test_the_best_epoch_can_be_the_one_that_searches_best(
    records: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml.training import finetune as finetuning

    _held_out_losses(monkeypatch, 3.0, 1.0, 2.0)
    found = iter([0.1, 0.2, 0.4])
    monkeypatch.setattr(finetuning, "search_quality", lambda *arguments: next(found))
    options = ("tiny", "--name", "ft", "--epochs", "2", "--select", "search", "--json")
    result = json.loads(_finetune(*options))
    assert result["best_epoch"] == 2
    assert [epoch["measures"]["search"] for epoch in result["epochs"]] == [0.1, 0.2, 0.4]
    card = (Path(result["folders"][0]) / "README.md").read_text()
    assert "| 2 (best) |" in card
    assert "Best is by search, mean reciprocal rank." in card
    client.force_login(UserFactory(role=Role.LEAD))
    page = client.get("/models/ft-best/").content.decode()
    assert "Search, mean reciprocal rank" in page
    assert ">0.4000<" in page


def test_a_fine_tuned_model_can_be_fine_tuned(records: None) -> None:
    _finetune("tiny", "--name", "once")
    _finetune("once-best", "--name", "twice")
    assert EmbeddingModel.objects.get(slug="twice-best").parent.slug == "once-best"


def test_augmented_pictures_change_the_training_and_not_the_evaluation(records: None, settings) -> None:
    plain = json.loads(_finetune("tiny", "--name", "plain", "--json"))
    augmented = json.loads(_finetune("tiny", "--name", "aug", "--augment", "--weight-decay", "0.05", "--json"))
    assert augmented["recipe"]["augmentation"]["flip"] == 0.0
    assert augmented["recipe"]["weight_decay"] == 0.05
    before, after = ([epoch["evaluation_loss"] for epoch in each["epochs"]] for each in (plain, augmented))
    assert after[0] == pytest.approx(before[0], rel=1e-2)  # pictures are decoded larger, then made smaller
    assert after[1] != before[1]
    card = (settings.MODELS_DIR / "aug-best" / "README.md").read_text()
    assert "flip=0.0" in card
    house = json.loads(_finetune("tiny", "--name", "house", "--augment", "house-style", "--json"))
    assert house["recipe"]["augmentation"]["background"] == 0.5
    assert "background" not in augmented["recipe"]["augmentation"]
    assert house["epochs"][0] == augmented["epochs"][0] | {"seconds": house["epochs"][0]["seconds"]}
    assert house["epochs"][1]["training_loss"] != augmented["epochs"][1]["training_loss"]


def test_batches_are_part_of_the_recipe_and_change_the_training_alone(records: None, settings) -> None:
    nms = CollectionFactory(slug="nms")
    for number in range(40, 60):
        record = RecordFactory(collection=nms, record_id=f"n{number}", name=f"{COLOURS[number % 8]} thing {number}")
        ImageFactory(record=record, position=0, content_hash=_picture(number))
    runs = {
        kind: json.loads(_finetune("tiny", "--name", kind, "--batches", kind, "--lr", "1e-3", "--json"))
        for kind in ("mixed", "collection", "balanced")
    }
    before, after = ([run["epochs"][epoch]["evaluation_loss"] for run in runs.values()] for epoch in (0, 1))
    assert len(set(before)) == 1
    assert len(set(after)) == 3
    assert [run["recipe"]["batches"] for run in runs.values()] == list(runs)
    assert "| batches | collection |" in (settings.MODELS_DIR / "collection-best" / "README.md").read_text()


def test_a_dry_run_writes_nothing(records: None, settings) -> None:
    summary = _finetune("tiny", "--name", "ft", "--dry-run")
    assert "Would train ft-best on" in summary
    assert not EmbeddingModel.objects.filter(slug__startswith="ft").exists()
    assert not settings.MODELS_DIR.exists()


def test_a_placeholder_is_named_before_training_and_left_out_on_request(
    records: None, capsys: pytest.CaptureFixture[str]
) -> None:
    placeholder = _picture(500)
    for number in range(30):
        record = RecordFactory(collection=CollectionFactory(slug="smg"), record_id=f"p{number}", name=f"part {number}")
        ImageFactory(record=record, position=0, content_hash=placeholder)
    dry = json.loads(_finetune("tiny", "--name", "ft", "--dry-run", "--json"))
    (shared,) = dry["shared_pictures"]
    assert (shared["image"], shared["records"], shared["collection"]) == (placeholder, 30, "smg")
    assert dry["held_out_beside_twins"] >= 20
    _finetune("tiny", "--name", "ft")
    assert f"--leave-out-picture {placeholder}" in capsys.readouterr().err
    without = json.loads(_finetune("tiny", "--name", "without", "--leave-out-picture", placeholder, "--json"))
    assert without["shared_pictures"] == []
    assert without["records_left_out"] == 32
    assert without["training_records"] + without["evaluation_records"] == 40


def test_a_full_disk_while_the_best_weights_are_written_is_said_so(records: None, settings) -> None:
    room = (settings.MODELS_DIR.parent / "tiny" / "open_clip_model.safetensors").stat().st_size // 2
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))  # the kernel refuses larger files
    try:
        with pytest.raises(CommandError, match="is full"):
            _finetune("tiny", "--name", "ft")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(settings.MODELS_DIR.iterdir())
    _finetune("tiny", "--name", "ft")


def test_the_job_answers_where_to_see_it(records: None) -> None:
    from heritage.progress import NoProgress

    answer = finetune(NoProgress(), base="tiny", name="job", collections=["smg"], epochs=1, batches="collection")
    assert answer.url == "/models/job-best/"
    assert "the best epoch is 1 of 1." in answer.words
    assert EmbeddingModel.objects.get(slug="job-best").training["recipe"]["batches"] == "collection"


def test_descriptions_come_as_their_segments(records: None) -> None:
    record = next(found for found in read_training_records([CollectionFactory(slug="smg")]) if found.record_id == "r3")
    assert record.segments == ("Made of brass.",)
    assert len(record.images) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope", "--name", "ft"], "No model is called 'nope'"),
        (["tiny", "--name", "ft", "--collection", "nope"], "No collection is called 'nope'"),
        (["tiny", "--name", "two words"], "cannot name a model"),
        (["tiny", "--name", "ft", "--batch-size", "1"], "at least 2"),
        (["tiny", "--name", "ft", "--weight-decay", "-1"], "weight decay"),
        (["tiny", "--name", "ft", "--batches", "balanced", "--collection", "smg", "--dry-run"], "two collections"),
        (["tiny", "--name", "ft", "--select", "links"], "this fine-tuning has none"),
        (["tiny", "--name", "ft", "--collection", "empty"], "Nothing to train on"),
        (["tiny", "--name", "ft", "--collection", "one"], "no record on the evaluation side"),
    ],
)
def test_what_cannot_work_is_refused_before_training(records: None, arguments: list[str], message: str) -> None:
    CollectionFactory(slug="empty")
    ImageFactory(record=RecordFactory(collection=CollectionFactory(slug="one"), record_id="1"))
    with pytest.raises(CommandError, match=message):
        _finetune(*arguments)


def test_a_taken_name_is_refused(records: None, settings) -> None:
    register_model(slug="ft-last", source=EmbeddingModel.objects.get(slug="tiny").source)
    with pytest.raises(CommandError, match="ft-last is registered already"):
        _finetune("tiny", "--name", "ft", "--epochs", "2")
    (settings.MODELS_DIR / "other-best").mkdir(parents=True)
    with pytest.raises(CommandError, match="exists already"):
        _finetune("tiny", "--name", "other")


def test_a_picture_that_is_gone_is_named(records: None, settings) -> None:
    gone = Image.objects.exclude(content_hash="").first().content_hash
    ImageStore.from_settings().original_path(gone).unlink()
    with pytest.raises(CommandError, match=gone):
        _finetune("tiny", "--name", "ft")
    assert not list(settings.MODELS_DIR.iterdir())


def test_an_interrupted_run_resumes_to_the_same_weights(
    records: None, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models_ml.training import finetune as finetuning

    _finetune("tiny", "--name", "whole")
    options = ["tiny", "--name", "cut", "--checkpoint-steps", "2"]
    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "_complete", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _finetune(*options)
    assert not (settings.MODELS_DIR / "cut-best").exists()
    with pytest.raises(CommandError, match="--resume"):
        _finetune(*options)
    _finetune(*options, "--resume")
    whole, cut = (settings.MODELS_DIR / f"{name}-best" / "open_clip_model.safetensors" for name in ("whole", "cut"))
    assert whole.read_bytes() == cut.read_bytes()
    assert not (settings.MODELS_DIR / ".cut.training").exists()
