"""What a model reads of a large picture is kept beside it, and never needed: the original is there."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import PIL.Image
import pytest
from open_clip.transform import PreprocessCfg

from heritage.pictures.store import ImageError, ImageStore
from models_ml.networks.encoders import Encoder
from models_ml.networks.preprocessing import byte_steps, shape_name
from models_ml.vectors import pixels
from models_ml.vectors.pixels import StoredPixels
from tests.picture_files import encoded


class Sight:
    """As much of an encoder as reads pictures."""

    def __init__(self, **changes: Any) -> None:
        preprocess = PreprocessCfg(**{"size": 32, "resize_mode": "squash"} | changes)
        self.to_bytes, self.shape_name = byte_steps(preprocess), shape_name(preprocess)


@pytest.fixture
def store(tmp_path: Path) -> ImageStore:
    return ImageStore(tmp_path / "images", max_bytes=10**7, max_pixels=10**7)


@pytest.fixture
def large(store: ImageStore, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(pixels, "KEPT_FROM", 100_000)
    return store.add(encoded(PIL.Image.effect_noise((500, 400), 60).convert("RGB"), "JPEG")).content_hash


def reader(store: ImageStore, **changes: Any) -> StoredPixels:
    return StoredPixels(store, cast(Encoder, Sight(**changes)))


def kept(store: ImageStore) -> list[str]:
    return sorted(path.name for path in store.root.rglob("seen-*"))


def test_a_large_picture_is_decoded_once_for_each_size_and_shape(store: ImageStore, large: str) -> None:
    squashed, cropped = reader(store).read(large), reader(store, resize_mode="shortest").read(large)
    assert kept(store) == ["seen-32x32-shortest-bicubic-0.webp", "seen-32x32-squash-bicubic-0.webp"]
    store.original_path(large).unlink()
    np.testing.assert_array_equal(reader(store).read(large), squashed)
    np.testing.assert_array_equal(reader(store, resize_mode="shortest").read(large), cropped)
    with pytest.raises(ImageError, match="restore"):
        reader(store, size=64).read(large)


def test_of_a_small_picture_nothing_is_kept(store: ImageStore) -> None:
    small = store.add(encoded(PIL.Image.effect_noise((90, 60), 60).convert("RGB"), "PNG")).content_hash
    assert reader(store).read(small).shape == (32, 32, 3)
    assert kept(store) == []


@pytest.mark.parametrize("damage", [b"", b"RIFF, cut off"])
def test_what_was_kept_and_is_damaged_is_made_again(store: ImageStore, large: str, damage: bytes) -> None:
    seen = reader(store).read(large)
    path = store.seen_path(large, Sight().shape_name)
    good = path.read_bytes()
    path.write_bytes(damage)
    np.testing.assert_array_equal(reader(store).read(large), seen)
    assert path.read_bytes() == good


def test_where_nothing_can_be_kept_the_picture_is_read(store: ImageStore, large: str) -> None:
    store.seen_path(large, Sight().shape_name).mkdir()
    assert reader(store).read(large).shape == (32, 32, 3)
    assert not [path for path in store.folder(large).iterdir() if path.name.startswith(".")]
