"""Going on from a model that captions taught, with what experts said of pairs of records beside the captions."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from torch import Tensor

from heritage.progress import Progress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.pretrained import Pretrained
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.pixels import Pixels
from models_ml.training.figures import encode_pixels, encode_texts
from models_ml.training.group import Group
from models_ml.training.loop import ALONE, AfterStep, EpochMetrics, train
from models_ml.training.state import StateFile

from .batches import DRAWS, LinkItems, draw_link_batch, stand_ins
from .config import LinkConfig
from .losses import LINK_COMPARISONS, LinkScales, start_of_scale

PAIRED_SHARE = 0.25  # of a step's items, so many are records of pairs: what a step costs more


class LinkedPairs:
    """The loss of pairs of records beside that of captions: a `models_ml.training.loop.Beside`."""

    def __init__(self, items: LinkItems, scales: LinkScales, *, weight: float, batch_size: int, seed: int) -> None:
        """batch_size: of the captions."""
        self.learnt = scales
        self._items, self._weight, self._seed = items, weight, seed
        self.pairs = max(1, int(batch_size * PAIRED_SHARE / 2))

    def draw(self, epoch: int, step: int) -> tuple[Items, Callable[[Tensor, Tensor], Tensor]]:
        batch = draw_link_batch(self._items, pairs=self.pairs, seed=self._seed, epoch=epoch, step=step)
        return batch.items, lambda images, texts: self._weight * batch.loss(images, texts, self.learnt)


def train_on_links(
    pretrained: Pretrained,
    pixels: Pixels,
    training: Items,
    evaluation: Items,
    links: LinkItems,
    config: TrainingConfig,
    link_config: LinkConfig,
    *,
    progress: Progress,
    state: StateFile | None = None,
    group: Group = ALONE,
    after_history: Callable[[Sequence[EpochMetrics]], None] = lambda history: None,
    after_step: AfterStep = lambda step, loss, learning_rate: None,
    measure: Callable[[], dict[str, float]] = dict,
) -> tuple[list[EpochMetrics], LinkScales]:
    """Train `pretrained.network` in place, as `train` does, on captions and pairs together.

    The optimizer begins anew, and so does the recipe's schedule, over as many epochs as `link_config` says. Returns
    their figures, counted on from the recipe's, and what cosines mean by then.
    """
    starts = group.collect(_starts(pretrained, pixels, links, config))[0]  # one start, whatever devices round
    scales = LinkScales(starts)
    beside = LinkedPairs(links, scales, weight=link_config.weight, batch_size=config.batch_size, seed=config.seed)
    history = train(
        pretrained,
        pixels,
        lambda epoch: training,
        evaluation,
        replace(config, epochs=link_config.epochs),
        progress=progress,
        after_epoch=lambda metrics: None,
        after_history=after_history,
        state=state,
        group=group,
        after_step=after_step,
        measure=measure,
        beside=beside,
    )
    return [replace(metrics, epoch=metrics.epoch + config.epochs) for metrics in history[1:]], scales


def _starts(
    pretrained: Pretrained, pixels: Pixels, links: LinkItems, config: TrainingConfig
) -> dict[str, tuple[float, float]]:
    """Where each comparison's scale and bias begin, by a picture and a text of each record; without those of which no
    pair has both records' vectors."""
    records = stand_ins(links, np.arange(len(links.images)), np.random.default_rng([config.seed, DRAWS]))
    encoder = Encoder(pretrained, choose_compute(config.device, config.precision))
    vectors = {
        "image": encode_pixels(encoder, pixels, records.images.tolist()),
        "text": encode_texts(encoder, records.texts),
    }
    starts = {}
    for name, (x, y) in LINK_COMPARISONS.items():
        known = links.take(links.has[x][links.a] & links.has[y][links.b] & (links.weights > 0))
        if len(known):
            cosines = np.einsum("kd,kd->k", vectors[x][known.a], vectors[y][known.b], dtype=np.float64)
            starts[name] = start_of_scale(cosines, known.targets, known.weights)
    return starts
