"""`embed`: every picture and text gets the vector that the model gives it alone, whatever the batches."""

from pathlib import Path

import numpy as np
import pytest

from heritage.errors import UserError
from heritage.models import Collection, Image, TextSegment
from heritage.progress import NoProgress
from models_ml.models import EmbeddingModel
from models_ml.networks.encoders import load_encoder
from models_ml.vectors.embedding import embed_collections
from models_ml.vectors.store import read_vectors
from tests.factories import CollectionFactory, RecordFactory
from tests.integration.models_ml.training.test_finetune import base, records  # noqa: F401 - fixtures
from tests.tiny_model import COLOURS

# Indexes are made outside a transaction.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("records")]


@pytest.fixture
def model() -> EmbeddingModel:
    return EmbeddingModel.objects.get(slug="tiny")


@pytest.fixture
def collection() -> Collection:
    return CollectionFactory(slug="smg")


def _embed(model: EmbeddingModel, collection: Collection, progress: NoProgress | None = None, **options: object):
    options = {"batch_size": 7, "device": "cpu", "precision": "fp32"} | options
    return embed_collections(model=model, collections=[collection], progress=progress or NoProgress(), **options)


def test_each_item_gets_its_own_vector(model: EmbeddingModel, collection: Collection, settings) -> None:
    done = _embed(model, collection)
    assert (done.images, done.segments, done.unreadable) == (41, 80, ())
    encoder = load_encoder(f"local-dir:{Path(settings.MODELS_DIR / model.source.removeprefix('local-dir:'))}")
    stored = {vector.segment.text: vector.vector for vector in model.segment_vectors.select_related("segment")}
    for text in ("red 0", "purple 39", "Made of brass."):
        np.testing.assert_allclose(stored[text], encoder.encode_texts([text])[0], atol=5e-3)
    table = read_vectors(model=model, modality="image", collections=[collection])
    colours = {
        record.pk: COLOURS[int(record.record_id[1:]) % 8] for record in collection.records.filter(record_id__regex="^r")
    }
    own = [colours.get(key) for key in table.record_ids.tolist()]
    for colour in COLOURS:  # a picture is nearer to another of its colour than to any of another
        alike = table.vectors[[each == colour for each in own]]
        others = table.vectors[[each is not None and each != colour for each in own]]
        assert (alike @ alike.T).min() > (alike @ others.T).max()
    assert _embed(model, collection).images == 0  # again: nothing is missing


def test_an_unreadable_picture_is_named_and_the_others_go_on(
    model: EmbeddingModel, collection: Collection, settings
) -> None:
    bad = Image.objects.get(record__record_id="r3")
    for path in settings.IMAGES_DIR.rglob(f"{bad.content_hash}/display.webp"):
        path.write_bytes(b"no picture")
    done = _embed(model, collection)
    assert done.images == 40
    assert [record for record, _ in done.unreadable] == ["r3"]
    assert not bad.vectors.exists()


def test_what_was_stored_before_a_stop_stays_and_the_rest_follows(
    model: EmbeddingModel, collection: Collection
) -> None:
    class Stopping(NoProgress):
        def advance(self, steps: int = 1) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _embed(model, collection, Stopping())
    assert model.image_vectors.count() == 7
    assert _embed(model, collection).images == 34
    assert model.segment_vectors.count() == TextSegment.objects.count()


def test_a_collection_without_pictures_has_nothing_to_embed(model: EmbeddingModel) -> None:
    empty = CollectionFactory(slug="texts")
    RecordFactory(collection=empty)
    done = _embed(model, empty)
    assert (done.images, done.segments) == (0, 0)
    with pytest.raises(UserError, match="at least 1"):
        _embed(model, empty, batch_size=0)
