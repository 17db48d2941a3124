"""How similar a model finds the records of pairs, by all their pictures and texts."""

import numpy as np
from numpy.typing import NDArray

from models_ml.networks.encoders import Encoder, Vectors
from models_ml.training.data.pixels import Pixels
from models_ml.training.figures import encode_pixels, encode_texts

from .batches import LinkItems
from .losses import LINK_COMPARISONS


def pair_similarities(encoder: Encoder, pixels: Pixels, items: LinkItems) -> dict[str, NDArray[np.float64]]:
    """(k,) by comparison, NaN where a record lacks what is compared: as a sampling has it, the greatest cosine, of
    texts with texts the mean."""
    rows = sorted({int(row) for own in items.images for row in own})
    texts = list(dict.fromkeys(text for own in items.texts for text in own))
    of_row = dict(zip(rows, encode_pixels(encoder, pixels, rows), strict=True)) if rows else {}
    of_text = dict(zip(texts, encode_texts(encoder, texts), strict=True)) if texts else {}
    vectors = {
        "image": [_stacked([of_row[int(row)] for row in own], encoder) for own in items.images],
        "text": [_stacked([of_text[text] for text in own], encoder) for own in items.texts],
    }
    found = {}
    for name, (x, y) in LINK_COMPARISONS.items():
        whole = np.mean if name == "text-text" else np.max
        cosines = (vectors[x][a] @ vectors[y][b].T for a, b in zip(items.a, items.b, strict=True))
        found[name] = np.array([float(whole(each)) if each.size else np.nan for each in cosines])
    return found


def _stacked(vectors: list[Vectors], encoder: Encoder) -> Vectors:
    return np.stack(vectors) if vectors else np.empty((0, encoder.dimension), np.float32)
