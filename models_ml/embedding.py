"""Computing the vectors that are missing, batch by batch. Each batch is stored at once, so an
interrupted run goes on where it stopped. Imports torch: for commands and jobs only."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import PIL.Image
import torch

from heritage.errors import UserError
from heritage.image_store import ImageStore
from heritage.models import Collection
from heritage.progress import Progress
from models_ml import sources
from models_ml.encoders import Encoder, load_encoder
from models_ml.models import EmbeddingModel
from models_ml.training.group import joined_group
from models_ml.vectors import build_indexes, items_missing, write_vectors

IMAGE_BATCH = 64
TEXT_BATCH = 256
DECODERS = 2


@dataclass(frozen=True)
class Embedded:
    """What one run did: vectors stored, and images whose file could not be read, as (record id, reason)."""

    images: int
    segments: int
    unreadable: tuple[tuple[str, str], ...]


def embed_collections(
    *,
    model: EmbeddingModel,
    collections: Sequence[Collection],
    progress: Progress,
    batch_size: int = IMAGE_BATCH,
    device: str = "auto",
    precision: str = "auto",
) -> Embedded:
    """Compute and store what is missing, then build the model's search indexes.

    Every process of torchrun calls this, does its share and returns what all did; the first builds the indexes.
    Raises UserError where the model cannot be loaded.
    """
    if batch_size < 1:
        raise UserError("The batch size must be at least 1.")
    images = list(
        items_missing("image", model=model, collections=collections).values_list(
            "pk", "content_hash", "record__record_id"
        )
    )
    segments = list(items_missing("text", model=model, collections=collections).values_list("pk", "text"))
    unreadable: list[tuple[str, str]] = []
    if images or segments:
        with joined_group() as group:
            group.wait()  # until all know what is missing
            encoder = load_encoder(sources.loadable(model.source), device=device, precision=precision)
            _embed_images(encoder, model, images[group.rank :: group.size], batch_size, unreadable, progress)
            _embed_segments(encoder, model, segments[group.rank :: group.size], progress)
            unreadable = [each for own in group.collect(unreadable) for each in own]
            if not group.is_first:
                return Embedded(len(images) - len(unreadable), len(segments), tuple(unreadable))
    build_indexes(model)
    return Embedded(len(images) - len(unreadable), len(segments), tuple(unreadable))


def _embed_images(
    encoder: Encoder,
    model: EmbeddingModel,
    images: list[tuple[int, str, str]],
    batch_size: int,
    unreadable: list[tuple[str, str]],
    progress: Progress,
) -> None:
    progress.start(f"{model.slug}: images", len(images))
    store = ImageStore.from_settings()

    def read(image: tuple[int, str, str]) -> tuple[int, str, torch.Tensor | OSError]:
        key, content_hash, record_id = image
        try:
            # The display size is upright, flattened on white and at most 1,200 px: ample for any model.
            with PIL.Image.open(store.path(content_hash, "display")) as picture:
                return key, record_id, encoder.transform(picture.convert("RGB"))
        except OSError as error:
            return key, record_id, error

    for batch in _read_ahead(read, images, batch_size):
        good = [(key, pixels) for key, _, pixels in batch if not isinstance(pixels, OSError)]
        unreadable += [(record_id, str(pixels)) for _, record_id, pixels in batch if isinstance(pixels, OSError)]
        if good:
            vectors = encoder.encode_images(torch.stack([pixels for _, pixels in good]))
            write_vectors(model=model, modality="image", keys=[key for key, _ in good], vectors=vectors)
        progress.advance(len(batch))


def _embed_segments(
    encoder: Encoder, model: EmbeddingModel, segments: list[tuple[int, str]], progress: Progress
) -> None:
    progress.start(f"{model.slug}: texts", len(segments))
    segments = sorted(segments, key=lambda segment: len(segment[1]))  # a batch is padded to its longest text
    for start in range(0, len(segments), TEXT_BATCH):
        batch = segments[start : start + TEXT_BATCH]
        vectors = encoder.encode_texts([text for _, text in batch])
        write_vectors(model=model, modality="text", keys=[key for key, _ in batch], vectors=vectors)
        progress.advance(len(batch))


def _read_ahead(read: Any, items: Sequence[Any], batch_size: int) -> Iterator[list[Any]]:
    """Batches of read items in order; the next batch is decoded while the model works on this one."""
    batches = [items[start : start + batch_size] for start in range(0, len(items), batch_size)]
    with ThreadPoolExecutor(DECODERS) as pool:
        ahead = [pool.submit(read, item) for item in batches[0]] if batches else []
        for following in [*batches[1:], []]:
            current, ahead = ahead, [pool.submit(read, item) for item in following]
            yield [future.result() for future in current]
