"""Figures of a model on held-out records, from pixels that are decoded already."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch.nn.functional as F

from models_ml.metrics import candidate_names, distinct_names, mean_reciprocal_rank, recall_at, zero_shot_accuracy
from models_ml.networks.encoders import Encoder, Vectors
from models_ml.training.data.pixels import Pixels

CANDIDATES = (5, 10)
BATCH = 64


@dataclass(frozen=True)
class HeldOutFigures:
    """How well a model tells held-out records by image and name.

    zero_shot: share of images nearest to their own name among so many candidates (the own name and
    others drawn at random from the held-out records' distinct names). name_found: share of images
    whose own name is among the 10 nearest of all those names.
    """

    records: int
    distinct_names: int
    zero_shot: dict[int, float]
    name_found: float


def held_out_figures(
    encoder: Encoder, pixels: Pixels, rows: Sequence[int], names: Sequence[str], *, seed: int = 0
) -> HeldOutFigures | None:
    """Figures over records given by the pixel row of their first image and their name.

    None where fewer than 10 distinct names are there to choose among.
    """
    distinct = distinct_names(names)
    if len(distinct) < max(CANDIDATES):
        return None
    images = encode_pixels(encoder, pixels, rows)
    texts = encode_texts(encoder, distinct)
    drawn = {count: candidate_names(names, candidates=count, seed=seed) for count in CANDIDATES}
    own = drawn[CANDIDATES[0]][:, 0]
    return HeldOutFigures(
        records=len(names),
        distinct_names=len(distinct),
        zero_shot={count: zero_shot_accuracy(images, texts, candidates) for count, candidates in drawn.items()},
        name_found=recall_at(images, texts, own, top=10),
    )


def search_quality(
    encoder: Encoder,
    pixels: Pixels,
    rows: Sequence[int],
    texts: Sequence[Sequence[str]],
    collections: Sequence[str],
) -> float:
    """How well a model finds records' own pictures by their texts, and their texts by their pictures.

    Records are given by the pixel row of their first image, by their texts, at least one each, and by their collection.
    A record's text vector is the mean of its texts'. The answer is the mean of both directions' mean reciprocal rank
    among these records of the same collection: among all, telling collections apart would be worth something.
    """
    images = encode_pixels(encoder, pixels, rows)
    vectors = encode_texts(encoder, [text for own in texts for text in own])
    first = np.cumsum([0, *(len(own) for own in texts[:-1])])
    sums = np.add.reduceat(vectors, first, axis=0)
    described = sums / np.linalg.norm(sums, axis=1, keepdims=True)
    groups = np.unique(collections, return_inverse=True)[1]
    return (mean_reciprocal_rank(described, images, groups) + mean_reciprocal_rank(images, described, groups)) / 2


def encode_pixels(encoder: Encoder, pixels: Pixels, rows: Sequence[int]) -> Vectors:
    """Vectors (n, d) of decoded images, which may be larger than the model takes."""
    size = encoder.image_size
    vectors = []
    for start in range(0, len(rows), BATCH):
        batch = pixels.batch(np.asarray(rows[start : start + BATCH], dtype=np.int64))
        if batch.shape[-1] != size:
            batch = F.interpolate(batch, size=(size, size), mode="bilinear", antialias=True)
        vectors.append(encoder.encode_images(pixels.normalise(batch)))
    return np.concatenate(vectors)


def encode_texts(encoder: Encoder, texts: Sequence[str]) -> Vectors:
    """Vectors (n, d) of texts, of which there is at least one."""
    return np.concatenate([encoder.encode_texts(texts[start : start + BATCH]) for start in range(0, len(texts), BATCH)])
