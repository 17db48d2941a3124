"""The training loop on a tiny model: it learns, repeats itself, and evaluates the same way each time."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from open_clip.transform import image_transform_v2

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.networks.pretrained import Pretrained
from models_ml.training.config import TrainingConfig
from models_ml.training.data.augmentation import Augmentation
from models_ml.training.data.items import Items
from models_ml.training.data.pixels import Pixels, decode
from models_ml.training.loop import EpochMetrics, Trainer, evaluate_network, train
from tests.tiny_model import COLOURS, CONVOLUTIONAL, coloured_image, tiny_model

CONFIG = TrainingConfig(epochs=1, batch_size=8, learning_rate=3e-3, device="cpu", precision="fp32")


def _items() -> Items:
    return Items(np.arange(8), tuple(f"{colour} thing" for colour in COLOURS), np.ones(8, dtype=bool))


def _pixels(pretrained: Pretrained, enlarge: float = 1.0) -> Pixels:
    openers = [partial(coloured_image, colour) for colour in COLOURS]
    return decode(openers, pretrained.preprocess, progress=NoProgress(), enlarge=enlarge)


def _train(folder: Path, config: TrainingConfig, **options: object) -> tuple[Pretrained, list[EpochMetrics]]:
    pretrained = tiny_model(folder, **options)
    margin = config.augmentation.margin if config.augmentation else 1.0
    history = train(
        pretrained,
        _pixels(pretrained, margin),
        lambda epoch: _items(),
        _items(),
        config,
        progress=NoProgress(),
        after_epoch=lambda metrics: None,
    )
    return pretrained, history


def test_learns_eight_pairs_by_heart(tmp_path: Path) -> None:
    pretrained, history = _train(tmp_path, replace(CONFIG, epochs=60))
    assert history[-1].evaluation_loss < 0.25 * history[0].evaluation_loss
    with torch.inference_mode():
        images = pretrained.network.encode_image(_pixels(pretrained).normalise(_pixels(pretrained).batch(np.arange(8))))
        texts = pretrained.network.encode_text(pretrained.tokenize(list(_items().texts)))
    assert (images @ torch.nn.functional.normalize(texts, dim=-1).T).argmax(dim=1).tolist() == list(range(8))


@pytest.mark.parametrize("augmentation", [None, Augmentation()])
def test_the_same_seed_gives_the_same_weights(tmp_path: Path, augmentation: Augmentation | None) -> None:
    config = replace(CONFIG, epochs=2, batch_size=4, augmentation=augmentation)
    (first, history), (second, again) = (_train(tmp_path / name, config) for name in "ab")
    assert [metrics.evaluation_loss for metrics in history] == [metrics.evaluation_loss for metrics in again]
    for one, other in zip(first.network.parameters(), second.network.parameters(), strict=True):
        assert torch.equal(one, other)
    _, other_seed = _train(tmp_path / "c", replace(config, seed=1))
    assert other_seed[-1].evaluation_loss != history[-1].evaluation_loss


def test_evaluation_changes_nothing_and_repeats_itself(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path)
    trainer = Trainer(pretrained, _pixels(pretrained), CONFIG)
    before = {name: value.clone() for name, value in pretrained.network.state_dict().items()}
    assert trainer.evaluate(_items()) == trainer.evaluate(_items())
    for name, value in pretrained.network.state_dict().items():
        assert torch.equal(value, before[name])


def test_epoch_0_is_the_untrained_model(tmp_path: Path) -> None:
    _, history = _train(tmp_path, replace(CONFIG, epochs=2))
    assert [metrics.epoch for metrics in history] == [0, 1, 2]
    assert history[0].training_loss is None
    assert history[0].items == 0
    assert history[2].items == 8


def test_each_epoch_is_measured_in_its_own_state(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path)
    scales = []

    def measure() -> dict[str, float]:
        scales.append(float(pretrained.network.logit_scale.detach()))
        return {"search": scales[-1]}

    config = replace(CONFIG, epochs=2)
    items, pixels = _items(), _pixels(pretrained)
    history = train(
        pretrained,
        pixels,
        lambda epoch: items,
        items,
        config,
        progress=NoProgress(),
        after_epoch=lambda metrics: None,
        measure=measure,
    )
    assert [metrics.figure("search") for metrics in history] == scales
    assert len(set(scales)) == 3
    assert history[2].figure("loss") == evaluate_network(pretrained, pixels, items, config)


def test_lines_of_older_metrics_files_are_read() -> None:
    line = (
        '{"epoch": 1, "training_loss": 2.0, "evaluation_loss": 3.0, "learning_rate": 1e-5, "items": 8, "seconds": 1.0}'
    )
    assert EpochMetrics(**json.loads(line)).measures == {}


@pytest.mark.parametrize("frozen", [True, False])
def test_batch_statistics_are_frozen_when_asked(tmp_path: Path, frozen: bool) -> None:
    config = replace(CONFIG, freeze_batch_norm=frozen)
    pretrained, _ = _train(tmp_path, config, vision=CONVOLUTIONAL)
    counts = [int(value) for name, value in pretrained.network.state_dict().items() if "num_batches" in name]
    assert counts
    assert set(counts) == ({0} if frozen else {1})


def test_a_loss_that_is_no_number_stops_with_advice(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path)
    with torch.no_grad():
        pretrained.network.logit_scale.fill_(float("nan"))
    trainer = Trainer(pretrained, _pixels(pretrained), CONFIG)
    with pytest.raises(UserError, match="lower learning rate"):
        trainer.run_epoch(_items(), 0, NoProgress())


def test_a_cancelled_training_stops_at_once(tmp_path: Path) -> None:
    class Cancelling(NoProgress):
        def advance(self, steps: int = 1) -> None:
            raise KeyboardInterrupt

    pretrained = tiny_model(tmp_path)
    trainer = Trainer(pretrained, _pixels(pretrained), replace(CONFIG, batch_size=2))
    with pytest.raises(KeyboardInterrupt):
        trainer.run_epoch(_items(), 0, Cancelling())


def test_decoded_bytes_are_what_the_models_transform_makes(tmp_path: Path) -> None:
    pretrained = tiny_model(tmp_path)
    image = coloured_image("orange", (50, 31))
    image.putpixel((3, 7), (1, 2, 3))
    pixels = decode([lambda: image.copy()], pretrained.preprocess, progress=NoProgress(), file=tmp_path / "pixels")
    ours = pixels.normalise(pixels.batch(np.array([0])))[0]
    torch.testing.assert_close(ours, image_transform_v2(pretrained.preprocess, is_train=False)(image))
    assert (tmp_path / "pixels").stat().st_size == 32 * 32 * 3


def test_learning_rate_warms_up_and_falls() -> None:
    config = replace(CONFIG, epochs=10, learning_rate=1.0, warmup_epochs=2, schedule="cosine")
    assert [config.learning_rate_at(done) for done in (0.5, 1, 2, 6, 10)] == pytest.approx([0.25, 0.5, 1, 0.5, 0])
    assert replace(CONFIG, epochs=10, learning_rate=1.0).learning_rate_at(7.3) == 1.0
    assert replace(config, epochs=1).learning_rate_at(1) == 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs"),
        ({"batch_size": 1}, "batch size"),
        ({"learning_rate": 0}, "learning rate"),
        ({"learning_rate": float("nan")}, "learning rate"),
        ({"seed": -1}, "seed"),
        ({"hard_negatives": True}, "add --batches collection"),
        ({"temperature": 0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"batches": "balanced", "temperature": 2}, "leave --temperature out"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(CONFIG, **settings)


def test_too_little_memory_ends_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pretrained = tiny_model(tmp_path)
    trainer = Trainer(pretrained, _pixels(pretrained), CONFIG)

    def exhausted(images: torch.Tensor) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(pretrained.network, "encode_image", exhausted)
    with pytest.raises(UserError, match="--micro-batch-size 4"):
        trainer.run_epoch(_items(), 0, NoProgress())


@pytest.mark.parametrize("warmup", [-1.0, float("inf"), float("nan")])
def test_a_warm_up_that_is_no_length_is_refused(warmup: float) -> None:
    with pytest.raises(UserError, match="warm-up"):
        replace(CONFIG, warmup_epochs=warmup)


def _gradients(folder: Path, config: TrainingConfig, items: Items | None = None) -> dict[str, torch.Tensor]:
    """Of the first step's loss. Steps themselves would not do: where a gradient is zero but for rounding, Adam
    takes a whole step in the direction of the rounding."""
    pretrained = tiny_model(folder)
    trainer = Trainer(pretrained, _pixels(pretrained), config)
    items = items or _items()
    tokens = pretrained.tokenize(list(items.texts))
    trainer._training_mode()
    trainer._backward(items, tokens, np.array([5, 3, 0, 7, 1, 2, 6, 4]), 0, 0)
    return {name: value.grad.clone() for name, value in pretrained.network.named_parameters()}


@pytest.mark.parametrize(
    "options",
    [{"micro_batch_size": 1}, {"micro_batch_size": 3}, {"micro_batch_size": 4}, {"gradient_checkpointing": True}],
)
def test_saving_memory_leaves_the_gradients_as_they_are(tmp_path: Path, options: dict) -> None:
    whole = _gradients(tmp_path / "whole", CONFIG)
    saving = _gradients(tmp_path / "saving", replace(CONFIG, **options))
    assert max(value.abs().max() for value in whole.values()) > 0.01
    for name, value in whole.items():
        rounding = 1e-6 + 1e-5 * float(value.abs().max())
        assert torch.allclose(value, saving[name], rtol=0, atol=rounding), name


@pytest.mark.parametrize("options", [{}, {"micro_batch_size": 3}])
def test_a_picture_read_once_gives_the_gradients_of_one_read_for_each_text(tmp_path: Path, options: dict) -> None:
    captioned = replace(_items(), images=np.array([4, 4, 0, 4, 1, 0, 2, 2]))
    read = []
    each = _gradients(tmp_path / "each", CONFIG, captioned)
    together = replace(CONFIG, captions_together=True, **options)
    with pytest.MonkeyPatch.context() as patch:
        features = Trainer._features
        patch.setattr(
            Trainer, "_features", lambda self, images, texts: read.append(len(images)) or features(self, images, texts)
        )
        once = _gradients(tmp_path / "once", together, captioned)
    assert read == ([2, 3, 2, 2, 3, 2] if options else [4])
    for name, value in each.items():
        assert torch.allclose(value, once[name], rtol=0, atol=1e-6 + 1e-5 * float(value.abs().max())), name


@pytest.mark.parametrize(
    ("lock", "unlocked", "still"),
    [
        (("image",), 0, ["visual"]),
        (("text",), 0, ["text"]),
        (("image",), 1, ["visual.conv1", "visual.positional"]),
    ],
)
def test_locked_towers_stay_and_the_rest_learns(
    tmp_path: Path, lock: tuple[str, ...], unlocked: int, still: list[str]
) -> None:
    config = replace(CONFIG, lock=lock, unlocked_layers=unlocked)
    before = {name: value.clone() for name, value in tiny_model(tmp_path / "a").network.state_dict().items()}
    pretrained, _ = _train(tmp_path / "b", config)
    changed = {name for name, value in pretrained.network.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert not [name for name in changed if name.startswith(tuple(still))]
    if unlocked:
        assert any(name.startswith("visual") for name in changed)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lock": ("image", "text")}, "nothing is left to train"),
        ({"unlocked_layers": 2}, "name it with --lock"),
        ({"unlocked_layers": -1}, "0 or more"),
        ({"micro_batch_size": 0}, "at least 1"),
        ({"captions_together": True, "batches": "balanced"}, "leave out --captions-together"),
        ({"captions_together": True, "augmentation": Augmentation()}, "read each picture once"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        replace(CONFIG, **options)
