"""`embed`: every picture and text gets the vector that the model gives it alone, whatever the batches."""

import json
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from heritage.errors import UserError
from heritage.models import Collection, Image, TextSegment
from heritage.progress import NoProgress
from models_ml.models import EmbeddingModel
from models_ml.networks.encoders import load_encoder
from models_ml.tasks import embed
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


def test_an_unreadable_picture_is_named_and_the_others_go_on(model: EmbeddingModel, collection: Collection) -> None:
    bad = Image.objects.get(record__record_id="r3")
    bad.original_path.write_bytes(b"no picture")
    gone = Image.objects.get(record__record_id="r4")
    gone.original_path.unlink()
    done = _embed(model, collection)
    assert done.images == 39
    reasons = dict(done.unreadable)
    assert reasons["r3"].startswith("its picture is not an image that can be read")
    assert reasons["r4"].startswith(
        f"its picture cannot be read (No such file or directory); restore {gone.original_path}"
    )
    assert not bad.vectors.exists()
    assert not gone.vectors.exists()


def test_a_job_says_what_it_did_and_each_cause_once(model: EmbeddingModel, collection: Collection) -> None:
    for gone in Image.objects.filter(record__record_id__in=["r3", "r4"]):
        gone.original_path.unlink()
    with pytest.raises(UserError) as caught:
        embed(NoProgress(), model=model.slug)
    assert str(caught.value) == (
        "2 images could not be read, the first of record r3 "
        "(its picture cannot be read (No such file or directory): 2); "
        "all else is embedded (vectors of 39 pictures and 80 texts). "
        "Import or fetch those pictures again, then retry."
    )
    Image.objects.filter(record__record_id__in=["r3", "r4"]).delete()
    assert embed(NoProgress(), model=model.slug).words == "Computed: no vectors, since all were there."


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


@pytest.fixture
def of_page(model: EmbeddingModel, collection: Collection) -> set[int]:
    """Keys of the model's picture vectors, all made of the page's pictures but the newest one."""
    _embed(model, collection)
    newest = model.image_vectors.latest("image")
    model.image_vectors.exclude(pk=newest.pk).update(of_page=True)
    return set(model.image_vectors.filter(of_page=True).values_list("pk", flat=True))


def test_vectors_of_the_page_s_pictures_stay_until_they_are_made_anew(
    model: EmbeddingModel, collection: Collection, of_page: set[int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _embed(model, collection).images == 0
    call_command("embed", "tiny")
    assert "40 of its vectors are of the page's lossy pictures: embed tiny --renew" in capsys.readouterr().out
    call_command("embed", "tiny", "--renew", "--dry-run", "--json")
    assert json.loads(capsys.readouterr().out) == {
        "model": "tiny", "images": 40, "segments": 0, "images_of_page": 40, "dry_run": True,
    }  # fmt: skip
    call_command("embed", "tiny", "--renew")
    assert capsys.readouterr().out == "tiny: embedded 40 images and 0 texts.\n"
    assert not model.image_vectors.filter(of_page=True).exists()
    assert not of_page & set(model.image_vectors.values_list("pk", flat=True))  # new rows, as provenance counts them
    assert model.image_vectors.count() == 41
    assert _embed(model, collection, renew=True).images == 0


def test_a_renewal_that_is_stopped_loses_no_vector_and_goes_on(
    model: EmbeddingModel, collection: Collection, of_page: set[int]
) -> None:
    class Stopping(NoProgress):
        def advance(self, steps: int = 1) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _embed(model, collection, Stopping(), renew=True)
    assert model.image_vectors.count() == 41
    assert model.image_vectors.filter(of_page=True).count() == 33
    assert _embed(model, collection, renew=True).images == 33


def test_a_collection_without_pictures_has_nothing_to_embed(model: EmbeddingModel) -> None:
    empty = CollectionFactory(slug="texts")
    RecordFactory(collection=empty)
    done = _embed(model, empty)
    assert (done.images, done.segments) == (0, 0)
    with pytest.raises(UserError, match="at least 1"):
        _embed(model, empty, batch_size=0)
