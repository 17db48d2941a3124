"""`finetune` killed by SIGKILL goes on to the very weights and loss curve of a run that nobody disturbed."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.training import finetune as finetuning
from models_ml.training.checkpoint import write_model
from models_ml.training.config import TrainingConfig
from models_ml.training.data.folder import write_training_set
from models_ml.training.data.records import Split, TrainingRecord, split_records
from models_ml.training.finetune import finetune_to_folders, plan_finetuning
from models_ml.training.loop import Trainer
from tests.tiny_model import COLOURS, coloured_image, tiny_model

ROOT = Path(__file__).parents[4]
# Wide, so that writing a checkpoint takes long enough to be killed in the middle of it.
WIDE = {"layers": 1, "width": 768, "head_width": 64, "patch_size": 16}
PATIENCE_SECONDS = 240


def _records(count: int = 120) -> list[TrainingRecord]:
    return [
        TrainingRecord("smg", str(number), f"{COLOURS[number % 8]} {number}", ("Made of brass.",), (f"{number:064x}",))
        for number in range(count)
    ]


def _open(image: str) -> Any:
    picture = coloured_image(COLOURS[int(image, 16) % 8])
    picture.putpixel((int(image, 16) % 40, 0), (1, 2, 3))
    return picture


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A model `base` and a training set `set`."""
    write_model(tmp_path / "base", tiny_model(tmp_path / "base", vision=WIDE))
    split: Split = split_records(_records(), seed=0)
    options = {"seed": 0, "image_size": 32, "open_image": _open, "progress": NoProgress()}
    write_training_set(tmp_path / "set", split, **options)
    return tmp_path


def _start(folder: Path, name: str, *options: str) -> subprocess.Popen[str]:
    """A real run, without a database."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("DATABASE", "DJANGO"))}
    environment |= {"DATA_DIR": str(folder / "elsewhere"), "DATABASE_URL": "", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, ROOT / "manage.py", "finetune", f"local-dir:{folder / 'base'}", "--name", name]
    command += ["--data", folder / "set", "--out", folder / "out", "--epochs", "3", "--lr", "1e-3"]
    command += ["--device", "cpu", "--precision", "fp32", "--checkpoint-steps", "1", "--augment"]
    return subprocess.Popen([*command, *options], env=environment, cwd=folder, text=True, stderr=subprocess.PIPE)


def _wait_for(process: subprocess.Popen[str], happened: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline


def _kill_in_a_checkpoint(process: subprocess.Popen[str], incoming: Path) -> None:
    """Kill the process while a checkpoint is half on the disk."""

    def is_writing() -> bool:
        if not (incoming.exists() and any(incoming.iterdir())):
            return False
        process.send_signal(signal.SIGSTOP)
        if any(incoming.iterdir()) if incoming.exists() else False:
            return True
        process.send_signal(signal.SIGCONT)
        return False

    _wait_for(process, is_writing)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert any(incoming.iterdir())


def test_killed_in_a_checkpoint_and_at_a_random_moment(folder: Path) -> None:
    undisturbed = _start(folder, "whole")
    state = folder / "out" / ".cut.training" / "state.safetensors"

    run = _start(folder, "cut")
    _wait_for(run, state.exists)  # so that there is a good checkpoint beside the half one
    _kill_in_a_checkpoint(run, state.with_name("state.safetensors.incoming"))

    run = _start(folder, "cut", "--resume")
    before = state.stat().st_mtime_ns
    _wait_for(run, lambda: state.stat().st_mtime_ns != before)
    moment = random.uniform(0.0, 1.0)
    print(f"killed {moment:.3f} s after a checkpoint")  # noqa: T201 - shown where the test fails
    time.sleep(moment)
    run.kill()
    assert run.wait() == -signal.SIGKILL
    assert not list((folder / "out").glob("cut-*"))

    for last in (_start(folder, "cut", "--resume"), undisturbed):
        _, errors = last.communicate(timeout=PATIENCE_SECONDS)
        assert last.returncode == 0, errors
    whole_models, cut_models = (sorted((folder / "out").glob(f"{name}-*")) for name in ("whole", "cut"))
    for whole, cut in zip(whole_models, cut_models, strict=True):
        assert whole.name.split("-")[1] == cut.name.split("-")[1]
        assert (whole / "open_clip_model.safetensors").read_bytes() == (
            cut / "open_clip_model.safetensors"
        ).read_bytes()
        assert _losses(whole) == _losses(cut)
        assert len(_losses(whole)) == 4
    assert not list((folder / "out").glob(".*"))


def _losses(model: Path) -> list[dict[str, Any]]:
    lines = (model / "metrics.jsonl").read_text().splitlines()
    return [{key: value for key, value in json.loads(line).items() if key != "seconds"} for line in lines]


def _finetune(folder: Path, *, resume: bool = False, epochs: int = 2) -> None:
    pretrained = tiny_model(folder / "tiny")
    plan = plan_finetuning(pretrained, split_records(_records(60), seed=0))
    config = TrainingConfig(epochs=epochs, batch_size=8, learning_rate=1e-3, device="cpu", precision="fp32")
    options = {"base": "tiny", "name": "ft", "output": folder / "out", "open_image": _open, "progress": NoProgress()}
    finetune_to_folders(pretrained, plan, config, **options, resume=resume)


@pytest.mark.parametrize(
    ("losses", "models", "placed"),
    [
        ([3.0, 1.0, 2.0], ["ft-best", "ft-last"], ["ft-best"]),
        ([3.0, 1.0, 2.0], ["ft-best", "ft-last"], ["ft-best", "ft-last"]),
        ([3.0, 2.0, 1.0], ["ft-best"], ["ft-best"]),
    ],
)
def test_killed_while_it_put_the_models_in_their_places(
    tmp_path: Path, losses: list[float], models: list[str], placed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What such a kill leaves is laid out by hand: a run that does not clear up, and its last folder not yet moved."""
    held_out = iter(losses)
    monkeypatch.setattr(Trainer, "evaluate", lambda self, items: next(held_out))
    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "shutil", SimpleNamespace(rmtree=lambda *arguments, **options: None))
        _finetune(tmp_path)
    for model in set(models) - set(placed):
        (tmp_path / "out" / model).replace(tmp_path / "out" / ".ft.training" / model.removeprefix("ft-"))
    weights = (tmp_path / "out" / "ft-best" / "open_clip_model.safetensors").read_bytes()
    _finetune(tmp_path, resume=True)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == models
    assert (tmp_path / "out" / "ft-best" / "open_clip_model.safetensors").read_bytes() == weights
    assert list((tmp_path / "out" / "ft-best" / "tensorboard").iterdir())


def test_a_folder_of_another_run_is_not_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "shutil", SimpleNamespace(rmtree=lambda *arguments, **options: None))
        _finetune(tmp_path)
    before = (tmp_path / "out" / "ft-best" / "open_clip_model.safetensors").read_bytes()
    with pytest.raises(UserError, match="exists already"):
        _finetune(tmp_path, resume=True, epochs=3)
    assert (tmp_path / "out" / "ft-best" / "open_clip_model.safetensors").read_bytes() == before


def test_damaged_best_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(finetuning, "shutil", SimpleNamespace(rmtree=lambda *arguments, **options: None))
        _finetune(tmp_path)
    weights = tmp_path / "out" / "ft-best" / "open_clip_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-10])
    with pytest.raises(UserError, match="are damaged"):
        _finetune(tmp_path, resume=True)
