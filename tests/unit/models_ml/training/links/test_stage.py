"""Learning from links on a tiny model: linked records draw together, and an interrupted run ends as a whole one."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import torch

from heritage.errors import UserError
from heritage.progress import NoProgress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.tokenizer import cut_text
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.links import LinkPair
from models_ml.training.data.pixels import Pixels, decode
from models_ml.training.data.records import TrainingRecord, build_items, image_names
from models_ml.training.links.batches import LinkItems, build_link_items
from models_ml.training.links.config import LinkConfig
from models_ml.training.links.losses import LINK_COMPARISONS, LinkScales
from models_ml.training.links.similarities import pair_similarities
from models_ml.training.links.stage import LinkedPairs, train_on_links
from models_ml.training.loop import Trainer
from models_ml.training.state import StateFile
from tests.tiny_model import COLOURS, coloured_image, tiny_model

CONFIG = TrainingConfig(epochs=1, batch_size=8, learning_rate=3e-3, device="cpu", precision="fp32")
# The same colours in two museums, and called otherwise: a red thing and crimson ware.
RECORDS = {
    (museum, colour): TrainingRecord(museum, colour, f"{colour} {word}", (), (f"{museum} {colour}",))
    for museum, word in (("left", "thing"), ("right", "ware"))
    for colour in COLOURS
}
PAIRS = [
    LinkPair(("left", one), ("right", other), float(one == other), 1.0) for one in COLOURS for other in COLOURS[:4]
]


def _open(image: str):
    museum, colour = image.split()
    picture = coloured_image(colour)
    if museum == "right":
        picture.paste("grey", (0, 0, 40, 10))
    return picture


def _world(folder: Path, pairs: Sequence[LinkPair] = PAIRS) -> tuple[Pretrained, Pixels, Items, LinkItems]:
    pretrained = tiny_model(folder)
    images = image_names(RECORDS.values())
    pixels = decode([partial(_open, image) for image in images], pretrained.preprocess, progress=NoProgress())
    rows = {image: row for row, image in enumerate(images)}
    cut = cache(partial(cut_text, pretrained.tokenizer, limit=16))
    captions = build_items(list(RECORDS.values()), rows, cut)
    return pretrained, pixels, captions, build_link_items(pairs, RECORDS, rows, cut)


def _gaps(pretrained: Pretrained, pixels: Pixels, links: LinkItems) -> dict[str, float]:
    """By comparison, how much more similar links are than unrelated pairs."""
    encoder = Encoder(pretrained, choose_compute("cpu", "fp32"))
    linked = links.targets > 0.5
    return {
        name: float(found[linked].mean() - found[~linked].mean())
        for name, found in pair_similarities(encoder, pixels, links).items()
    }


def test_linked_records_draw_together_and_unrelated_ones_apart(tmp_path: Path) -> None:
    pretrained, pixels, captions, links = _world(tmp_path)
    before = _gaps(pretrained, pixels, links)
    history, _ = train_on_links(
        pretrained, pixels, captions, captions, links, CONFIG, LinkConfig(epochs=30), progress=NoProgress()
    )
    after = _gaps(pretrained, pixels, links)
    assert [metrics.epoch for metrics in history] == list(range(2, 32))  # on from the recipe's one epoch
    for name in LINK_COMPARISONS:
        assert after[name] > before[name] + 0.2


def test_a_greater_weight_draws_them_closer(tmp_path: Path) -> None:
    gaps = []
    for weight in (0.01, 10.0):
        pretrained, pixels, captions, links = _world(tmp_path)
        config = LinkConfig(weight=weight, epochs=5)
        train_on_links(pretrained, pixels, captions, captions, links, CONFIG, config, progress=NoProgress())
        gaps.append(_gaps(pretrained, pixels, links)["image-image"])
    assert gaps[1] > gaps[0]


class _Interrupted(NoProgress):
    """Stops as Ctrl-C does, after so many steps."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def advance(self, steps: int = 1) -> None:
        self.left -= steps > 0
        if self.left == 0:
            raise KeyboardInterrupt


def test_an_interrupted_run_ends_with_the_weights_of_a_whole_one(tmp_path: Path) -> None:
    def run(progress: NoProgress, state: StateFile | None) -> tuple[Pretrained, list[float]]:
        pretrained, pixels, captions, links = _world(tmp_path / "model")
        config = LinkConfig(epochs=3)
        history, _ = train_on_links(
            pretrained, pixels, captions, captions, links, CONFIG, config, progress=progress, state=state
        )
        return pretrained, [metrics.evaluation_loss for metrics in history]

    whole, losses = run(NoProgress(), None)
    state = StateFile(tmp_path / "state.safetensors", "run", every_steps=1)
    with pytest.raises(KeyboardInterrupt):
        run(_Interrupted(3), state)
    resumed, again = run(NoProgress(), state)
    assert again == losses
    for one, other in zip(whole.network.parameters(), resumed.network.parameters(), strict=True):
        assert torch.equal(one, other)


def test_micro_batches_leave_the_gradients_as_they_are(tmp_path: Path) -> None:
    gradients = {}
    for name, config in (("whole", CONFIG), ("micro", replace(CONFIG, micro_batch_size=1))):
        pretrained, pixels, captions, links = _world(tmp_path / name)
        scales = LinkScales(dict.fromkeys(LINK_COMPARISONS, (5.0, -1.0)))
        beside = LinkedPairs(links, scales, weight=1.0, batch_size=32, seed=0)
        trainer = Trainer(pretrained, pixels, config, beside=beside)
        trainer._training_mode()
        trainer._backward(captions, pretrained.tokenize(list(captions.texts)), np.arange(8), 0, 0)
        learnt = {**dict(pretrained.network.named_parameters()), **dict(scales.named_parameters())}
        gradients[name] = {name: value.grad.clone() for name, value in learnt.items()}
    assert float(gradients["whole"]["bias"].abs().max()) > 1e-3
    for name, value in gradients["whole"].items():
        rounding = 1e-6 + 1e-5 * float(value.abs().max())
        assert torch.allclose(value, gradients["micro"][name], rtol=0, atol=rounding), name


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": 0}, "weight of links"),
        ({"epochs": 0}, "epochs"),
        ({"folds": 1}, "2 to 10 folds"),
        ({"folds": 11}, "2 to 10 folds"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(UserError, match=message):
        LinkConfig(**settings)
