"""Model folders: complete or absent, and loading them gives the same vectors."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.progress import NoProgress, Progress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder, load_encoder
from models_ml.split import side
from models_ml.training.checkpoint import write_model
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import TrainingRecord, split_records
from models_ml.training.document import read_training_document
from models_ml.training.finetune import finetune_to_folders, plan_finetuning
from models_ml.training.finetuned import Finetuned
from models_ml.training.loop import Trainer
from tests.tiny_model import COLOURS, coloured_image, tiny_model

CONFIG = TrainingConfig(epochs=3, batch_size=8, learning_rate=1e-3, device="cpu", precision="fp32")


def test_a_written_model_gives_the_same_vectors(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path / "untrained")
    with whole_folder(tmp_path / "written") as folder:
        write_model(folder, pretrained)
    images, texts = [coloured_image(colour) for colour in COLOURS], ["a red telephone", "lamp"]
    before = Encoder(pretrained, choose_compute("cpu", "fp32"))
    after = load_encoder(f"local-dir:{tmp_path / 'written'}", device="cpu", precision="fp32")
    np.testing.assert_array_equal(before.encode_images(images), after.encode_images(images))
    np.testing.assert_array_equal(before.encode_texts(texts), after.encode_texts(texts))


def test_half_the_room_nearly_the_same_vectors(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path / "untrained")
    for name, half in (("whole", False), ("half", True)):
        with whole_folder(tmp_path / name) as folder:
            write_model(folder, pretrained, half=half)
    sizes = [(tmp_path / name / "open_clip_model.safetensors").stat().st_size for name in ("whole", "half")]
    assert sizes[1] < 0.6 * sizes[0]
    whole, half_ = (load_encoder(f"local-dir:{tmp_path / name}", precision="fp32") for name in ("whole", "half"))
    np.testing.assert_allclose(whole.encode_texts(["lamp"]), half_.encode_texts(["lamp"]), atol=2e-3)


def _interrupted(target: Path) -> None:
    with whole_folder(target) as folder:
        (folder / "file").write_text("new")
        raise KeyboardInterrupt


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    target = tmp_path / "model"
    with whole_folder(target) as folder:
        (folder / "file").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _interrupted(target)
    assert (target / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is full"), whole_folder(tmp_path / "model"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_replacing_a_folder_removes_its_old_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        with whole_folder(tmp_path / "model") as folder:
            (folder / name).touch()
    assert [path.name for path in (tmp_path / "model").iterdir()] == ["two"]


def _records() -> list[TrainingRecord]:
    return [
        TrainingRecord("smg", str(number), f"{COLOURS[number % 8]} thing {number}", ("Made of brass.",), (f"{number}",))
        for number in range(150)
    ]


def _open(image: str) -> PIL.Image.Image:
    return coloured_image(COLOURS[int(image) % 8])


def _scalars(folder: Path, tag: str) -> list[float]:
    events = EventAccumulator(str(folder))
    events.Reload()
    return [event.value for event in events.Scalars(tag)]


def _finetune(tmp_path: Path, config: TrainingConfig, progress: Progress | None = None) -> Finetuned:
    pretrained = tiny_model(tmp_path / "base")
    plan = plan_finetuning(pretrained, split_records(_records(), seed=0))
    where = {"base": "tiny", "name": "ft", "output": tmp_path / "models"}
    progress = progress or NoProgress()
    return finetune_to_folders(pretrained, plan, config, **where, open_image=_open, progress=progress)


def _held_out_losses(monkeypatch: pytest.MonkeyPatch, *losses: float) -> None:
    """Of the state before training and of each epoch, whatever the network."""
    given = iter(losses)
    monkeypatch.setattr(Trainer, "evaluate", lambda self, items: next(given))


def test_finetuning_writes_complete_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    losses = [3.0, 2.0, 1.0, 1.5]
    _held_out_losses(monkeypatch, *losses, 0.5)
    finetuned = _finetune(tmp_path, CONFIG)
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["ft-average", "ft-best", "ft-last"]
    assert list(finetuned.folders) == ["best", "last", "average"]
    assert finetuned.best_epoch == 2
    assert {kind: after.loss for kind, after in finetuned.after.items()} == {"best": 1.0, "last": 1.5, "average": 0.5}
    of_kind = {
        "best": "the weights after epoch 2",
        "last": "the weights after epoch 3",
        "average": "the mean of the weights after epochs 2 to 3",
    }
    for kind, folder in finetuned.folders.items():
        assert load_encoder(f"local-dir:{folder}").dimension == 16
        with safe_open(folder / "open_clip_model.safetensors", "pt") as weights:
            assert "logit_bias" in weights.keys()  # noqa: SIM118 - a file, not a dictionary
        assert len((folder / "metrics.jsonl").read_text().splitlines()) == 4
        card = (folder / "README.md").read_text()
        assert f"ft-{kind}" in card
        assert f"These are {of_kind[kind]}." in card
        assert "smg" in card
        assert json.loads((folder / "training.json").read_text())["kind"] == kind
        split = json.loads((folder / "split.json").read_text())
        assert split["train"]
        assert all(side(*record) == "train" for record in split["train"])
        assert all(side(*record) == "evaluation" for record in split["evaluation"])
    log = finetuned.folders["best"] / "tensorboard"
    assert len(_scalars(log, "training loss")) == 3 * -(-finetuned.counts["training_items"] // CONFIG.batch_size)
    assert _scalars(log, "evaluation loss") == pytest.approx(losses)
    assert finetuned.before is not None
    assert all(after.figures is not None for after in finetuned.after.values())
    best, last, average = (
        load_file(folder / "open_clip_model.safetensors") for folder in finetuned.folders.values()
    )  # epochs 2, 3, and the mean of both
    for name, tensor in average.items():
        torch.testing.assert_close(tensor, (best[name] + last[name]) / 2)
    assert not all(torch.equal(average[name], last[name]) for name in average)


def test_where_the_last_epoch_is_the_best_one_folder_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _held_out_losses(monkeypatch, 3.0, 2.0, 1.0)
    finetuned = _finetune(tmp_path, replace(CONFIG, epochs=2))
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["ft-best"]
    assert finetuned.copies == {"last": "best", "average": "best"}
    assert "ft-last would be the same weights: not written." in (tmp_path / "models/ft-best/README.md").read_text()
    kinds = read_training_document(tmp_path / "models" / "ft-best")["kinds"]
    assert [(kind["kind"], kind["epochs"], kind["same_as"]) for kind in kinds] == [
        ("best", [2], None),
        ("last", [2], "best"),
        ("average", [2], "best"),
    ]


@pytest.mark.parametrize(("epoch", "left"), [(1, []), (2, [".ft.training"])])
def test_an_interrupted_finetuning_leaves_its_state_and_no_model(tmp_path: Path, epoch: int, left: list[str]) -> None:
    """Before the first epoch has ended there is nothing to go on from, and nothing is left."""

    class Cancelling(NoProgress):
        def start(self, what: str, total: int | None = None) -> None:
            if what.startswith(f"Epoch {epoch}"):
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _finetune(tmp_path, replace(CONFIG, epochs=2), Cancelling())
    assert [path.name for path in (tmp_path / "models").iterdir()] == left
