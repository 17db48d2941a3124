"""A record as one vector: what its pictures show and what its texts say, to equal parts.

    r = p / |p|,   p = (mean of the record's image vectors + mean of its text vectors) / 2

as CLIPPINGS pools a pair of image and text for record linkage (Arora, Yang, Jheng and Dell, Linking representations
with multimodal contrastive learning, 2023). Means, so that ten sentences do not outweigh one picture.

Only records with both have one. Models keep pictures and texts in different regions of their space (Liang, Zhang,
Kwon, Yeung and Zou, Mind the gap, NeurIPS 2022), so a vector of pictures alone would be near to others of pictures
alone whatever they show, and the most similar pairs would be those that lack the same. Pure.
"""

from collections.abc import Callable

import numpy as np

from linking.sampling.comparisons import Compared, Modality
from linking.sampling.similarity import VectorGroups
from models_ml.vectors.house_style import LEAST_LENGTH


def compared_vectors(vectors: Callable[[Modality], VectorGroups], compared: Compared) -> VectorGroups:
    """One model's vectors of what is compared; vectors: those of a modality, centred or not."""
    return pooled(vectors("image"), vectors("text")) if compared == "record" else vectors(compared)


def pooled(images: VectorGroups, texts: VectorGroups) -> VectorGroups:
    """One vector for each record that has both."""
    records, of_images, of_texts = np.intersect1d(images.records, texts.records, return_indices=True)
    rows = PooledRows(images.take(of_images), texts.take(of_texts))
    return VectorGroups(rows, records, np.arange(len(records)), np.ones(len(records), np.int64))


class PooledRows:
    """Rows that are worked out from their records' images and texts whenever they are gathered: nothing is held."""

    def __init__(self, images: VectorGroups, texts: VectorGroups) -> None:
        """Of the same records in the same order."""
        self._images, self._texts = images, texts
        self.shape = (len(images), images.dimension)
        self.longest = 1 + 1e-6  # numbers are rounded, and lengths with them

    def gather(self, rows: np.ndarray) -> np.ndarray:
        sides = (self._images, self._texts)
        middle = sum(side.sums(rows) / side.sizes[rows, None] for side in sides) / len(sides)
        lengths = np.sqrt(np.square(middle).sum(axis=1))
        factors = np.divide(1, lengths, out=np.zeros_like(lengths), where=lengths > LEAST_LENGTH)
        found: np.ndarray = (middle * factors[:, None]).astype(np.float32)
        return found
