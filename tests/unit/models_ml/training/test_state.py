"""A killed training goes on as if nothing had happened, and what is no checkpoint is refused."""

import os
import pickle
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.training.config import TrainingConfig
from models_ml.training.data.augmentation import FINETUNING
from models_ml.training.data.batches import BatchKind
from models_ml.training.data.items import Items
from models_ml.training.data.pixels import decode
from models_ml.training.kinds import SELECTIONS
from models_ml.training.loop import EpochMetrics, train
from models_ml.training.state import StateFile, run_identity
from tests.tiny_model import COLOURS, CONVOLUTIONAL, coloured_image, tiny_model

CONFIG = TrainingConfig(epochs=3, batch_size=2, learning_rate=3e-3, device="cpu", precision="fp32")
# Of CONFIG over two items, and with augmentation, as the first version with checkpoints computed it.
IDENTITY = "9582bb2585a2ff6b92718bf0bf27da5c34cd4eedda53219f29cb70bd006dad38"
AUGMENTED_IDENTITY = "71596f5249f678deb94afabee5502e410a3348811687ce9a064028a7e8211156"


class _Killing(NoProgress):
    """Ends the process as kill -9 does, after so many steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int = 1) -> None:
        if steps:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def _train(folder: Path, progress: NoProgress, run: str = "run", batches: BatchKind = "mixed") -> list[EpochMetrics]:
    pretrained = tiny_model(folder / "model")
    items = Items(
        np.arange(8), tuple(f"{colour} thing" for colour in COLOURS), np.ones(8, dtype=bool), np.arange(8) % 3
    )
    openers = [partial(coloured_image, colour) for colour in COLOURS]
    pixels = decode(openers, pretrained.preprocess, progress=NoProgress())
    state = StateFile(folder / "state.safetensors", run, every_steps=1)
    history = train(
        pretrained,
        pixels,
        lambda epoch: items,
        items,
        replace(CONFIG, batches=batches),
        progress=progress,
        after_epoch=lambda metrics: None,
        state=state,
    )
    return [replace(metrics, seconds=0.0) for metrics in history]


@pytest.mark.parametrize(
    ("steps", "batches"), [(1, "mixed"), (4, "mixed"), (6, "mixed"), (5, "collection"), (6, "balanced")]
)
def test_a_killed_training_resumes_on_the_same_loss_curve(tmp_path: Path, steps: int, batches: BatchKind) -> None:
    script = (
        "import sys; from pathlib import Path; from tests.unit.models_ml.training.test_state import _Killing, _train\n"
    )
    script += "_train(Path(sys.argv[1]), _Killing(int(sys.argv[2])), batches=sys.argv[3])"
    killed = subprocess.run([sys.executable, "-c", script, tmp_path / "killed", str(steps), batches], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "killed" / "state.safetensors").exists()
    resumed, whole = (_train(tmp_path / name, NoProgress(), batches=batches) for name in ("killed", "whole"))
    assert resumed == whole


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    _train(tmp_path, NoProgress())
    state = tmp_path / "state.safetensors"
    with pytest.raises(UserError, match="another recipe"):
        _train(tmp_path, NoProgress(), run="other")
    for content in (state.read_bytes()[:-100], pickle.dumps({"epoch": 1})):
        state.write_bytes(content)
        with pytest.raises(UserError, match="no safetensors checkpoint"):
            _train(tmp_path, NoProgress())
        assert state.read_bytes() == content


def test_what_decides_the_batches_is_part_of_a_runs_identity() -> None:
    items = Items(np.arange(4), tuple("abcd"), np.ones(4, dtype=bool), np.array([0, 0, 1, 1]))
    others = replace(items, collections=np.array([0, 1, 0, 1]))
    mixed, collection = CONFIG, replace(CONFIG, batches="collection")
    assert run_identity("base", mixed, ["i"], items) == run_identity("base", mixed, ["i"], others)
    assert run_identity("base", collection, ["i"], items) != run_identity("base", mixed, ["i"], items)
    hard = replace(collection, hard_negatives=True)
    one, other = (
        replace(items, records=np.arange(4), terms=terms) for terms in [((1,), (1,), (), ()), ((1,), (), (), ())]
    )
    assert run_identity("base", collection, ["i"], one) == run_identity("base", collection, ["i"], other)
    assert run_identity("base", hard, ["i"], one) != run_identity("base", hard, ["i"], other)
    warm = replace(CONFIG, temperature=2)
    assert run_identity("base", warm, ["i"], items) != run_identity("base", warm, ["i"], others)
    assert run_identity("base", collection, ["i"], items) != run_identity("base", collection, ["i"], others)


def test_a_mixed_run_has_the_identity_it_had_before_there_were_other_batches() -> None:
    items = Items(np.arange(2), ("a", "b"), np.ones(2, dtype=bool), np.array([0, 1]))
    assert run_identity("base", CONFIG, ["i"], items, items) == IDENTITY
    assert run_identity("base", replace(CONFIG, augmentation=FINETUNING), ["i"], items, items) == AUGMENTED_IDENTITY


@contextmanager
def _files_no_larger_than(count: int) -> Iterator[None]:
    """Writing beyond so many bytes fails as on a full disk, with another number: the kernel refuses it."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_last_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _train(tmp_path, NoProgress())
    state = tmp_path / "state.safetensors"
    kept = state.read_bytes()
    monkeypatch.setattr("tests.unit.models_ml.training.test_state.CONFIG", replace(CONFIG, epochs=4))
    with _files_no_larger_than(len(kept) // 2), pytest.raises(UserError, match="make room"):
        _train(tmp_path, NoProgress())
    assert state.read_bytes() == kept
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "state.safetensors"]
    _train(tmp_path, NoProgress())
    assert state.read_bytes() != kept


def test_room_for_decoded_pictures_is_taken_before_they_are_decoded(tmp_path: Path) -> None:
    def never() -> None:
        raise AssertionError

    preprocess = tiny_model(tmp_path / "model").preprocess
    with _files_no_larger_than(1000), pytest.raises(OSError, match="too large"):
        decode([never], preprocess, progress=NoProgress(), file=tmp_path / "pixels")


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path) -> None:
    """As nothing but a forged identity could let it come to."""
    _train(tmp_path, NoProgress())
    other = tiny_model(tmp_path / "other", vision=CONVOLUTIONAL)
    optimizer = torch.optim.AdamW(other.network.parameters())
    with pytest.raises(UserError, match="does not fit the network"):
        StateFile(tmp_path / "state.safetensors", "run").load(other.network, optimizer)


def test_the_identity_of_a_run_knows_what_its_best_epoch_is_by() -> None:
    """By default it is that of the runs before there was a choice, so that these can go on."""
    items = Items(np.arange(2), ("a", "b"), np.ones(2, dtype=bool))
    own = {select: run_identity("base", replace(CONFIG, select=select), ["1", "2"], items) for select in SELECTIONS}
    assert own["loss"] == "daff67124b49d0010cbc0555295da8cc28258ae4061dce8b2d5fc20823b1bf6b"
    assert len(set(own.values())) == 3
