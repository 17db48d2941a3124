"""Computing the vectors that are missing, batch by batch. Each batch is stored at once, so an
interrupted run goes on where it stopped. Imports torch: for commands and jobs only.

Three kinds of work run side by side: threads decode the pictures of the batches to come, one thread runs the model,
and the caller's own, which has the database connection, stores the vectors of the batch before.
"""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from heritage.errors import UserError
from heritage.models import Collection
from heritage.pictures.store import ImageError, ImageStore
from heritage.progress import Progress
from models_ml.models import EmbeddingModel
from models_ml.networks import sources
from models_ml.networks.encoders import Encoder, Vectors, load_encoder
from models_ml.training.group import joined_group
from models_ml.vectors.means import keep_means
from models_ml.vectors.pixels import StoredPixels
from models_ml.vectors.store import Modality, build_indexes, items_missing, write_vectors

Given = TypeVar("Given")
Made = TypeVar("Made")

IMAGE_BATCH = 64
TEXT_BATCH = 256
DECODERS = min(16, os.cpu_count() or 2)
BATCHES_AHEAD = 2

# Primary key, content hash, and the record's id.
_Picture = tuple[int, str, str]


@dataclass(frozen=True)
class Embedded:
    """What one run did: vectors stored, and images whose file could not be read, as (record id, reason)."""

    images: int
    segments: int
    unreadable: tuple[tuple[str, str], ...]

    def in_words(self) -> str:
        if not self.images and not self.segments:
            return "no vectors, since all were there"
        return f"vectors of {self.images:,} pictures and {self.segments:,} texts"


def embed_collections(
    *,
    model: EmbeddingModel,
    collections: Sequence[Collection],
    progress: Progress,
    batch_size: int = IMAGE_BATCH,
    device: str = "auto",
    precision: str = "auto",
    renew: bool = False,
) -> Embedded:
    """Compute and store what is missing, then build the model's search indexes and keep its collections' means.

    `renew`: also what is of the page's pictures; each such vector stays until its own is made.
    Every process of torchrun calls this, does its share and returns what all did; the first does the rest.
    Raises UserError where the model cannot be loaded.
    """
    if batch_size < 1:
        raise UserError("The batch size must be at least 1.")
    images = list(
        items_missing("image", model=model, collections=collections, renew=renew).values_list(
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
    keep_means(model=model, progress=progress)
    return Embedded(len(images) - len(unreadable), len(segments), tuple(unreadable))


def _embed_images(
    encoder: Encoder,
    model: EmbeddingModel,
    images: list[_Picture],
    batch_size: int,
    unreadable: list[tuple[str, str]],
    progress: Progress,
) -> None:
    progress.start(f"{model.slug}: images", len(images))
    stored = StoredPixels(ImageStore.from_settings(), encoder)

    def read(image: _Picture) -> NDArray[np.uint8] | ImageError:
        try:
            return stored.read(image[1])
        except ImageError as error:
            return error

    def encode(batch: list[tuple[_Picture, NDArray[np.uint8] | ImageError]]) -> tuple[list[int], Vectors]:
        good = [(key, pixels) for (key, _, _), pixels in batch if not isinstance(pixels, ImageError)]
        unreadable.extend(
            (record_id, f"its picture {pixels}")
            for (_, _, record_id), pixels in batch
            if isinstance(pixels, ImageError)
        )
        if not good:
            return [], np.empty((0, encoder.dimension), np.float32)
        return [key for key, _ in good], encoder.encode_bytes(np.stack([pixels for _, pixels in good]))

    with (
        ThreadPoolExecutor(DECODERS) as decoders,
        closing(_ahead(decoders, read, images, batch_size * BATCHES_AHEAD)) as read_images,
    ):
        batches = _batches(zip(images, read_images, strict=True), batch_size)
        _store_as_encoded(model, "image", batches, encode, progress)


def _embed_segments(
    encoder: Encoder, model: EmbeddingModel, segments: list[tuple[int, str]], progress: Progress
) -> None:
    progress.start(f"{model.slug}: texts", len(segments))
    segments = sorted(segments, key=lambda segment: len(segment[1]))  # a batch is padded to its longest text

    def encode(batch: list[tuple[int, str]]) -> tuple[list[int], Vectors]:
        return [key for key, _ in batch], encoder.encode_texts([text for _, text in batch])

    _store_as_encoded(model, "text", _batches(segments, TEXT_BATCH), encode, progress)


def _store_as_encoded(
    model: EmbeddingModel,
    modality: Modality,
    batches: Iterable[list[Given]],
    encode: Callable[[list[Given]], tuple[list[int], Vectors]],
    progress: Progress,
) -> None:
    """Encode each batch in a thread of its own and store it while the next one is encoded."""
    with (
        ThreadPoolExecutor(1) as encoding,
        # One more than is encoded, so that the model never waits for the database.
        closing(_ahead(encoding, lambda batch: (len(batch), *encode(batch)), batches, 2)) as encoded,
    ):
        for size, keys, vectors in encoded:
            if keys:
                write_vectors(model=model, modality=modality, keys=keys, vectors=vectors)
            progress.advance(size)


def _ahead(
    pool: ThreadPoolExecutor, work: Callable[[Given], Made], items: Iterable[Given], count: int
) -> Generator[Made, None, None]:
    """What `work` makes of each item, in order, with up to `count` items under way."""
    waiting: deque[Future[Made]] = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > count:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:  # where the caller stops, nothing more is begun
        for future in waiting:
            future.cancel()


def _batches(items: Iterable[Given], size: int) -> Iterator[list[Given]]:
    items = iter(items)
    while batch := list(islice(items, size)):
        yield batch
