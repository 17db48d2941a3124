"""A training set carries records to a machine without a database; damage and mismatch are refused there."""

import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import PIL.Image
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from heritage.errors import UserError
from heritage.models import AuditAction, AuditEntry
from heritage.progress import NoProgress
from models_ml.finetuning.actions import read_training_records
from models_ml.models import EmbeddingModel
from models_ml.registry import register_model
from models_ml.training.data.folder import read_training_set
from models_ml.training.data.records import keep_twins_together, split_records
from tests.factories import CollectionFactory
from tests.integration.models_ml.training.test_finetune import base, records  # noqa: F401 - fixtures

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("records")]

ROOT = Path(__file__).parents[4]


@pytest.fixture
def training_set(tmp_path: Path, records: None) -> Path:  # noqa: F811
    call_command("export_training_set", tmp_path / "set", "--image-size", "32", stdout=io.StringIO())
    return tmp_path / "set"


def test_a_training_set_that_leaves_is_written_down(training_set: Path) -> None:
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject) == (AuditAction.EXPORTED, f"export_training_set {training_set}")


def _without_database(
    tmp_path: Path, *arguments: str | Path, launcher: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run a command as on a fresh machine: an empty DATA_DIR and no DATABASE_URL."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE", "DJANGO"))}
    environment |= {"DATA_DIR": str(tmp_path / "elsewhere"), "DATABASE_URL": ""}
    environment["OMP_NUM_THREADS"] = "1"
    command = [sys.executable, *launcher, ROOT / "manage.py", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)


def test_the_set_holds_what_the_database_would_give(training_set: Path) -> None:
    split = keep_twins_together(split_records(read_training_records([CollectionFactory(slug="smg")]), seed=0))
    found = read_training_set(training_set, NoProgress())
    assert set(found.split.training) == set(split.training)
    assert set(found.split.evaluation) == set(split.evaluation)
    assert all(record.terms == ("Test things",) for record in found.split.training)
    for record in found.split.training:
        with found.open_image(record.images[0]) as image:
            assert min(image.size) == 30  # never enlarged
    check = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=training_set, check=False)
    assert check.returncode == 0


def test_pictures_are_made_smaller_and_keep_their_shape(tmp_path: Path) -> None:
    from models_ml.training.data.folder import write_training_set
    from models_ml.training.data.records import Split, TrainingRecord

    record = TrainingRecord("smg", "1", "Lamp", (), ("a" * 64,))
    write_training_set(
        tmp_path / "set",
        Split((record,), (record,), 0),
        seed=0,
        image_size=64,
        open_image=lambda name: PIL.Image.new("RGB", (300, 200), "red"),
        progress=NoProgress(),
    )
    with read_training_set(tmp_path / "set", NoProgress()).open_image("a" * 64) as image:
        assert image.size == (96, 64)


def test_a_ribbon_is_as_long_as_the_format_has_room_for(tmp_path: Path) -> None:
    from models_ml.training.data.folder import _reduced

    assert _reduced((100_000, 1_000), 224, squash=False) == (16_383, 224)
    assert _reduced((100_000, 1_000), 224, squash=True) == (224, 224)
    assert _reduced((30, 200), 224, squash=True) == (30, 200)


def test_finetuning_needs_no_database_and_the_result_registers_with_its_history(
    tmp_path: Path, training_set: Path, settings
) -> None:
    tiny = EmbeddingModel.objects.get(slug="tiny")
    folder = f"local-dir:{settings.MODELS_DIR / tiny.source.removeprefix('local-dir:')}"
    options = ("--data", training_set, "--epochs", "1", "--device", "cpu", "--precision", "fp32")
    done = _without_database(tmp_path, "finetune", folder, "--name", "far", *options, "--out", tmp_path / "o", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["registered"] is False
    assert not (tmp_path / "elsewhere" / "postgres").exists()
    shutil.move(tmp_path / "o" / "far-best", settings.MODELS_DIR / "far-best")
    model = register_model(slug="far-best", source=f"local-dir:{settings.MODELS_DIR / 'far-best'}")
    assert model.training["base"] == folder
    assert model.training["training_records"] == result["training_records"]
    assert [epoch["epoch"] for epoch in model.training["epochs"]] == [0, 1]


def test_two_processes_take_the_steps_of_one(tmp_path: Path, training_set: Path, settings) -> None:
    tiny = settings.MODELS_DIR / EmbeddingModel.objects.get(slug="tiny").source.removeprefix("local-dir:")
    options = (
        "--data",
        training_set,
        "--epochs",
        "3",
        "--device",
        "cpu",
        "--precision",
        "fp32",
        "--lr",
        "1e-3",
        "--augment",
        "--batches",
        "collection",  # of uneven sizes
    )
    histories = {}
    for name, launcher in (("one", ()), ("two", ("-m", "torch.distributed.run", "--nproc-per-node", "2"))):
        arguments = ("finetune", f"local-dir:{tiny}", "--name", name, *options, "--out", tmp_path, "--json")
        done = _without_database(tmp_path, *arguments, launcher=launcher)
        assert done.returncode == 0, done.stderr
        assert f"{name}-average" in json.loads(done.stdout)["models"]  # one process speaks
        lines = (tmp_path / f"{name}-best" / "metrics.jsonl").read_text().splitlines()
        histories[name] = [json.loads(line) for line in lines]
    for figure in ("training_loss", "evaluation_loss"):
        one, two = ([epoch[figure] or 0.0 for epoch in histories[name]] for name in ("one", "two"))
        assert two == pytest.approx(one, rel=1e-4)
    assert histories["one"][0]["evaluation_loss"] != pytest.approx(histories["one"][2]["evaluation_loss"], rel=1e-3)
    assert not list(tmp_path.glob(".two*"))


def test_without_a_database_a_slug_is_explained(tmp_path: Path, training_set: Path) -> None:
    done = _without_database(tmp_path, "finetune", "siglip", "--name", "far", "--data", training_set)
    assert done.returncode == 1
    assert "name the base by its source" in done.stderr
    assert "Traceback" not in done.stderr


def _reseal(folder: Path, name: str) -> None:
    """Put the right checksum of a changed file: what somebody who means harm would do."""
    digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    lines = (folder / "SHA256SUMS").read_text().splitlines()
    lines = [f"{digest}  {name}" if line.endswith(f"  {name}") else line for line in lines]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


def test_damage_is_named(training_set: Path) -> None:
    image = next((training_set / "images").rglob("*.webp"))
    content = image.read_bytes()
    image.write_bytes(content[:-1])
    with pytest.raises(UserError, match=f"{image.name} does not have the checksum"):
        read_training_set(training_set, NoProgress())
    image.unlink()
    with pytest.raises(UserError, match="copy it again"):
        read_training_set(training_set, NoProgress())
    image.write_bytes(content)
    (training_set / "SHA256SUMS").unlink()
    with pytest.raises(UserError, match="SHA256SUMS"):
        read_training_set(training_set, NoProgress())


def test_an_export_from_before_there_were_terms_is_read(training_set: Path) -> None:
    path = training_set / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert all(line.pop("terms") for line in lines)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _reseal(training_set, "records.jsonl")
    split = read_training_set(training_set, NoProgress()).split
    assert {record.terms for record in (*split.training, *split.evaluation)} == {()}
    arguments = ("--data", training_set, "--batches", "collection", "--hard-negatives", "--dry-run")
    with pytest.raises(CommandError, match="No record to learn from has a term"):
        call_command("finetune", "tiny", "--name", "far", *arguments)


def test_a_picture_outside_the_folder_is_refused(training_set: Path) -> None:
    path = training_set / "records.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    lines[0]["images"] = ["../../etc/passwd"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    _reseal(training_set, "records.jsonl")
    with pytest.raises(UserError, match="no picture's hash"):
        read_training_set(training_set, NoProgress())
    with (training_set / "SHA256SUMS").open("a") as sums:
        sums.write(f"{'0' * 64}  images/aa/../../../{'a' * 64}.webp\n")
    with pytest.raises(UserError, match="no picture's place"):
        read_training_set(training_set, NoProgress())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--seed", "3"], "was split with seed 0"),
        (["--collection", "smg"], "has its records already"),
    ],
)
def test_what_does_not_fit_the_set_is_refused(training_set: Path, arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("finetune", "tiny", "--name", "far", "--data", training_set, *arguments)


def test_pictures_too_small_for_the_model_are_refused(training_set: Path) -> None:
    with pytest.raises(CommandError, match="export it again with --image-size"):
        call_command("finetune", "heritage-mini", "--name", "far", "--data", training_set)


def test_squashed_pictures_are_for_models_that_squash_them(tmp_path: Path, settings) -> None:
    call_command("export_training_set", tmp_path / "set", "--image-size", "32", "--squash", stdout=io.StringIO())
    found = read_training_set(tmp_path / "set", NoProgress())
    with found.open_image(found.split.training[0].images[0]) as image:
        assert image.size == (32, 32)
    call_command("finetune", "tiny", "--name", "far", "--data", tmp_path / "set", "--dry-run", stdout=io.StringIO())
    config = settings.MODELS_DIR / EmbeddingModel.objects.get(slug="tiny").source.removeprefix("local-dir:")
    config = config / "open_clip_config.json"
    config.write_text(config.read_text().replace('"squash"', '"shortest"'))
    with pytest.raises(CommandError, match="export it again without --squash"):
        call_command("finetune", "tiny", "--name", "far", "--data", tmp_path / "set")


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path, settings) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years")
    with pytest.raises(CommandError, match="is no training set"):
        call_command("export_training_set", tmp_path / "mine")
    with pytest.raises(CommandError, match="is no training set"):
        call_command("finetune", "tiny", "--name", "far", "--data", tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years"


def test_an_export_replaces_an_older_one_or_leaves_it(training_set: Path, settings) -> None:
    before = (training_set / "SHA256SUMS").read_bytes()
    call_command("export_training_set", training_set, "--image-size", "32", stdout=io.StringIO())
    assert (training_set / "SHA256SUMS").read_bytes() == before
    shutil.rmtree(settings.IMAGES_DIR)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("export_training_set", training_set, "--image-size", "32")
    assert (training_set / "SHA256SUMS").read_bytes() == before
