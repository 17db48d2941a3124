"""Search quality on decoded pixels, against records whose vectors are known."""

from functools import partial
from typing import Any

import numpy as np
import pytest
from open_clip.transform import PreprocessCfg

from heritage.progress import NoProgress
from models_ml.training.data.pixels import Pixels, decode
from models_ml.training.figures import search_quality
from tests.tiny_model import coloured_image

COLOURS = ("red", "lime", "blue")


class _ByColour:
    """Maps a picture to its mean colour, and a text to the mean of the colours that it names."""

    image_size = 8

    def encode_images(self, pixels: Any) -> np.ndarray:
        return _unit(pixels.mean(dim=(2, 3)).numpy())

    def encode_texts(self, texts: list[str]) -> np.ndarray:
        return _unit(np.array([[float(colour in text) for colour in COLOURS] for text in texts]))


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.fixture
def pixels() -> Pixels:
    openers = [partial(coloured_image, colour) for colour in COLOURS]
    unchanged = PreprocessCfg(size=(8, 8), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    return decode(openers, unchanged, progress=NoProgress())


def test_texts_that_name_the_picture_find_it_and_are_found(pixels: Pixels) -> None:
    assert search_quality(_ByColour(), pixels, [0, 1, 2], [["red"], ["lime"], ["blue"]], ["smg"] * 3) == 1.0


def test_a_record_is_described_by_all_its_texts_together(pixels: Pixels) -> None:
    """Two of the first record's three texts are of the second picture, which they find first."""
    texts = [["red", "lime", "lime"], ["lime"], ["blue"]]
    by_text = (1 / 2 + 1 + 1) / 3
    by_picture = 1.0
    assert search_quality(_ByColour(), pixels, [0, 1, 2], texts, ["smg"] * 3) == pytest.approx(
        (by_text + by_picture) / 2
    )


def test_records_of_other_collections_are_not_in_the_way(pixels: Pixels) -> None:
    texts = [["lime"], ["lime"], ["blue"]]
    assert search_quality(_ByColour(), pixels, [0, 1, 2], texts, ["smg", "nms", "smg"]) < 1.0
    assert search_quality(_ByColour(), pixels, [1, 1, 2], texts, ["smg", "nms", "smg"]) == 1.0
    assert search_quality(_ByColour(), pixels, [1, 1, 2], texts, ["smg"] * 3) < 1.0
