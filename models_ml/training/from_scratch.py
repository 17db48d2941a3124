"""Training a small SigLIP-type model on drawings: heritage-mini, the model that comes with Heritage Weaver.

The loop is the one that fine-tunes. What differs: random weights and a tokenizer learnt from the texts at hand, or
those of an earlier such model; augmented images; collections drawn more or less often than they are large; and
captions drawn anew each epoch from a record's name and the pieces of its description, since a few thousand drawings
are little to learn from.
"""

import json
import random
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image

from heritage.progress import Progress
from models_ml.networks.folder import CONFIG_NAME
from models_ml.networks.loading import load_pretrained, load_untrained
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.tokenizer import END_ID, PAD_ID, save_tokenizer, train_tokenizer
from models_ml.training.config import TrainingConfig
from models_ml.training.data.augmentation import Augmentation
from models_ml.training.data.items import Items, ItemSource
from models_ml.training.data.pixels import Pixels, decode
from models_ml.training.data.records import MAX_TOKENS, Split, TrainingRecord, image_names
from models_ml.training.loop import EpochMetrics, train
from models_ml.training.state import StateFile, network_digest, run_identity

VOCABULARY = 4096
IMAGE_SIZE = 96

RECIPE = TrainingConfig(
    epochs=30,
    batch_size=128,
    learning_rate=2e-3,
    weight_decay=0.05,
    warmup_epochs=1.0,
    schedule="cosine",
    augmentation=Augmentation(),
    freeze_batch_norm=False,
    drop_incomplete_batch=True,
)

# Share of captions that are the record's name alone, and how many pieces the others have at most.
NAME_ALONE = 0.5
MOST_PIECES = 4
# Drawings whose text says a side or a direction mean something else in the mirror.
_HAS_SIDES = re.compile(r"\b(left|right|east|west|mirror|clockwise|arrow|map|flag|letter|number|text)", re.IGNORECASE)
_BREAKS = re.compile(r"[,;]\s*|[.!?](?:\s+|$)")


@dataclass(frozen=True)
class Trained:
    """A model after its last epoch, the images it saw and their rows, and what it learnt from."""

    pretrained: Pretrained
    pixels: Pixels
    rows: dict[str, int]
    history: tuple[EpochMetrics, ...]
    training: tuple[TrainingRecord, ...]


def model_config(vocabulary: int, image_size: int = IMAGE_SIZE) -> dict[str, Any]:
    """heritage-mini as an open_clip configuration.

    The image tower is convolutional: with this little data it learns faster than a transformer of the
    same cost. The text tower is causal and reads its vector at the end token, so that short texts need
    not be padded to the full length. Scale and bias start where batches of 128 balance, not at SigLIP's
    values for batches of 32,000.
    """
    return {
        "model_cfg": {
            "embed_dim": 256,
            "init_logit_scale": float(np.log(10)),
            "init_logit_bias": -5.0,
            "custom_text": True,
            "vision_cfg": {
                "image_size": image_size,
                "timm_model_name": "regnety_002",
                "timm_model_pretrained": False,
                "timm_pool": "avg",
                "timm_proj": "linear",
            },
            "text_cfg": {
                "context_length": MAX_TOKENS,
                "vocab_size": vocabulary,
                "hf_tokenizer_name": "heritage-mini",
                "width": 192,
                "heads": 3,
                "layers": 2,
                "pool_type": "eos",
                "eos_id": END_ID,
                "pad_id": PAD_ID,
            },
        },
        "preprocess_cfg": {
            "mean": [0.5, 0.5, 0.5],
            "std": [0.5, 0.5, 0.5],
            "interpolation": "bicubic",
            "resize_mode": "squash",
        },
    }


def text_pieces(description: str, taxonomy: Sequence[str]) -> tuple[str, ...]:
    """The keywords and sentences of a description and the terms of a taxonomy, each once."""
    pieces = [*_BREAKS.split(description), *taxonomy]
    return tuple(dict.fromkeys(piece.strip() for piece in pieces if piece.strip()))


def without_shared_images(split: Split) -> tuple[TrainingRecord, ...]:
    """The training records that have no image in common with a held-out record."""
    held_out = {image for record in split.evaluation for image in record.images}
    return tuple(record for record in split.training if held_out.isdisjoint(record.images))


def begin(training: Sequence[TrainingRecord], folder: Path, *, seed: int, image_size: int = IMAGE_SIZE) -> Pretrained:
    """Random weights and a tokenizer learnt from the records; `folder` is empty and takes config and tokenizer."""
    tokenizer = train_tokenizer(
        (text for record in training for text in (record.name, *record.segments)), vocabulary=VOCABULARY
    )
    save_tokenizer(tokenizer, folder, context_length=MAX_TOKENS)
    document = json.dumps(model_config(tokenizer.get_vocab_size(), image_size))
    (folder / CONFIG_NAME).write_text(document, encoding="utf-8")
    return load_untrained(folder, seed=seed)


def go_on_from(base: Path, folder: Path, *, image_size: int | None = None) -> Pretrained:
    """The model in `base` with its tokenizer, to be trained further; `folder` is empty and takes a copy.

    `image_size` may be another than the base's: a convolutional tower takes any.
    """
    shutil.copytree(base, folder, dirs_exist_ok=True)
    if image_size:
        document = json.loads((folder / CONFIG_NAME).read_text("utf-8"))
        document["model_cfg"]["vision_cfg"]["image_size"] = image_size
        document["preprocess_cfg"].pop("size", None)
        (folder / CONFIG_NAME).write_text(json.dumps(document), encoding="utf-8")
    return load_pretrained(f"local-dir:{folder}")


def train_on_drawings(
    pretrained: Pretrained,
    training: tuple[TrainingRecord, ...],
    evaluation: tuple[TrainingRecord, ...],
    config: TrainingConfig,
    *,
    open_image: Callable[[str], Image],
    progress: Progress,
    after_epoch: Callable[[EpochMetrics], None],
    weights: Mapping[str, float] | None = None,
    state: Path | None = None,
) -> Trained:
    """Train in place on the `training` records. Those for evaluation are only measured: nothing is chosen by them.

    `weights` says how often an epoch takes each picture of a collection, by slug; 1 where it says nothing. With `state`
    each epoch's end is kept in that file, and a run that finds it there goes on from it; UserError where it is
    of another recipe, base or data.
    """
    images = image_names((*training, *evaluation))
    rows = {image: row for row, image in enumerate(images)}
    margin = config.augmentation.margin if config.augmentation else 1.0
    openers = [partial(open_image, image) for image in images]
    pixels = decode(openers, pretrained.preprocess, progress=progress, enlarge=margin)
    captions = drawn_captions(training, rows, seed=config.seed, weights=weights)
    named = _names(evaluation, rows)
    kept = None
    if state:
        base = network_digest(pretrained.network)
        kept = StateFile(state, run_identity(base, config, images, captions(0), named))
    history = train(pretrained, pixels, captions, named, config, progress=progress, after_epoch=after_epoch, state=kept)
    return Trained(pretrained, pixels, rows, tuple(history), training)


def drawn_captions(
    records: Sequence[TrainingRecord],
    rows: dict[str, int],
    *,
    seed: int,
    weights: Mapping[str, float] | None = None,
) -> ItemSource:
    """Items whose captions follow from seed and epoch: the name, or some pieces with or without the name.

    A collection of weight w has each of its pictures floor(w) times in an epoch, and once more with probability
    w - floor(w), drawn anew each time.
    """
    pictured = [(rows[image], record) for record in records for image in record.images]
    images = np.array([row for row, _ in pictured], dtype=np.int64)
    may_mirror = np.array(
        [not _HAS_SIDES.search(" ".join((record.name, *record.segments))) for _, record in pictured], dtype=bool
    )
    slugs = sorted({record.collection for record in records})
    collections = np.array([slugs.index(record.collection) for _, record in pictured], dtype=np.int64)
    weight = np.array([(weights or {}).get(record.collection, 1.0) for _, record in pictured])

    def items(epoch: int) -> Items:
        more = np.random.default_rng([seed, epoch]).random(len(pictured)) < weight % 1
        taken = np.repeat(np.arange(len(pictured)), weight.astype(np.int64) + more)
        generator = random.Random(f"{seed} {epoch}")  # noqa: S311 - draws captions, guards nothing
        captions = tuple(_draw_caption(pictured[place][1], generator) for place in taken)
        return Items(images[taken], captions, may_mirror[taken], collections[taken])

    return items


def _draw_caption(record: TrainingRecord, generator: random.Random) -> str:
    if not record.segments or (record.name and generator.random() < NAME_ALONE):
        return record.name
    count = generator.randint(1, min(MOST_PIECES, len(record.segments)))
    pieces = generator.sample(record.segments, count)
    if record.name and generator.random() < 0.5:
        pieces.insert(generator.randint(0, count), record.name)
    return ", ".join(pieces)


def _names(records: Sequence[TrainingRecord], rows: dict[str, int]) -> Items:
    pairs = [(rows[image], record.name) for record in records if record.name for image in record.images[:1]]
    return Items(
        images=np.array([row for row, _ in pairs], dtype=np.int64),
        texts=tuple(name for _, name in pairs),
        may_mirror=np.ones(len(pairs), dtype=bool),
    )
