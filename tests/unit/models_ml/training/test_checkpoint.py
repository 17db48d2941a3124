"""Model folders: complete or absent, and loading them gives the same vectors."""

import errno
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from safetensors import safe_open
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.progress import NoProgress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder, load_encoder
from models_ml.split import side
from models_ml.training.checkpoint import write_model
from models_ml.training.config import TrainingConfig
from models_ml.training.data.records import TrainingRecord, split_records
from models_ml.training.finetune import finetune_to_folders, plan_finetuning
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


def test_finetuning_writes_two_complete_folders(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path / "base")
    plan = plan_finetuning(pretrained, split_records(_records(), seed=0))
    finetuned = finetune_to_folders(
        pretrained,
        plan,
        CONFIG,
        base="tiny",
        name="ft",
        output=tmp_path / "models",
        open_image=_open,
        progress=NoProgress(),
    )
    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["ft-best", "ft-last"]
    losses = {metrics.epoch: metrics.evaluation_loss for metrics in finetuned.history}
    assert losses[finetuned.best_epoch] == min(losses[epoch] for epoch in (1, 2, 3))
    for folder in (finetuned.best, finetuned.last):
        assert load_encoder(f"local-dir:{folder}").dimension == 16
        with safe_open(folder / "open_clip_model.safetensors", "pt") as weights:
            assert "logit_bias" in weights.keys()  # noqa: SIM118 - a file, not a dictionary
        assert len((folder / "metrics.jsonl").read_text().splitlines()) == 4
        card = (folder / "README.md").read_text()
        assert f"{folder.name}" in card
        assert "smg" in card
        split = json.loads((folder / "split.json").read_text())
        assert split["train"]
        assert all(side(*record) == "train" for record in split["train"])
        assert all(side(*record) == "evaluation" for record in split["evaluation"])
    losses_by_step = _scalars(finetuned.last / "tensorboard", "training loss")
    assert len(losses_by_step) == 3 * -(-len(plan.training) // CONFIG.batch_size)
    assert _scalars(finetuned.last / "tensorboard", "evaluation loss") == pytest.approx(list(losses.values()))
    assert finetuned.before is not None
    assert finetuned.after is not None


@pytest.mark.parametrize(("epoch", "left"), [(1, []), (2, [".ft.training"])])
def test_an_interrupted_finetuning_leaves_its_state_and_no_model(tmp_path: Path, epoch: int, left: list[str]) -> None:
    """Before the first epoch has ended there is nothing to go on from, and nothing is left."""

    class Cancelling(NoProgress):
        def start(self, what: str, total: int | None = None) -> None:
            if what.startswith(f"Epoch {epoch}"):
                raise KeyboardInterrupt

    pretrained = tiny_model(tmp_path / "base")
    plan = plan_finetuning(pretrained, split_records(_records(), seed=0))
    with pytest.raises(KeyboardInterrupt):
        finetune_to_folders(
            pretrained,
            plan,
            replace(CONFIG, epochs=2),
            base="tiny",
            name="ft",
            output=tmp_path / "models",
            open_image=_open,
            progress=Cancelling(),
        )
    assert [path.name for path in (tmp_path / "models").iterdir()] == left
