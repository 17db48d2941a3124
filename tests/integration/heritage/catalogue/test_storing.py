"""Storing a batch: what changed is written and kept, what is the same keeps its rows, and the cost stays the same."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.errors import UserError
from heritage.importers.source_records import SourceRights
from heritage.models import Collection, Image, Import, ImportChange, Record, TextSegment
from heritage.pictures.store import StoredImage
from tests.factories import CollectionFactory

pytestmark = pytest.mark.django_db

LAMP = IncomingRecord(
    record_id="1",
    name="Lamp",
    description="A lamp. Of brass.",
    taxonomy=("lamp", "light"),
    images=(IncomingImage("https://museum.example/1.jpg", None, view="front"),),
    accession="1932-1",
    page="https://museum.example/1",
    kind="object",
    languages=(("name", "de"),),
    rights=SourceRights(licence="CC BY 4.0", credit="Museum"),
)


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg")


@pytest.fixture
def stored(settings: Settings, tmp_path: Path) -> Callable[[str], StoredImage]:
    """A picture whose file lies in the store."""
    settings.IMAGES_DIR = tmp_path

    def store(digit: str) -> StoredImage:
        (tmp_path / (digit * 2) / (digit * 64)).mkdir(parents=True, exist_ok=True)
        return StoredImage(digit * 64, 30, 20)

    return store


def an_import(collection: Collection) -> Import:
    return Import.objects.create(collection=collection, files=["records.csv"])


def keys() -> tuple[set[int], set[int]]:
    return set(Image.objects.values_list("pk", flat=True)), set(TextSegment.objects.values_list("pk", flat=True))


def test_a_new_record_has_all_that_is_said_of_it(smg: Collection) -> None:
    imported = an_import(smg)
    counts = store_batch(collection=smg, records=[LAMP], imported_by=imported)
    assert (counts.created, counts.updated, counts.unchanged) == (1, 0, 0)
    record = Record.objects.get()
    assert (record.record_id, record.name, record.description) == ("1", "Lamp", "A lamp. Of brass.")
    assert (record.taxonomy, record.accession, record.kind) == (["lamp", "light"], "1932-1", "object")
    assert (record.languages, record.licence, record.credit) == ({"name": "de"}, "CC BY 4.0", "Museum")
    assert record.imported_by == imported
    assert not record.withheld
    image = record.images.get()
    assert (image.source, image.view, image.content_hash, image.width) == (LAMP.images[0].source, "front", "", None)
    assert image.validators == {}
    assert [(s.kind, s.position, s.text) for s in record.segments.all()] == [
        ("name", 0, "Lamp"),
        ("sentence", 1, "A lamp."),
        ("sentence", 2, "Of brass."),
    ]
    assert Record.objects.filter(search="brass").exists()
    assert not ImportChange.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"rights": SourceRights(withheld=True)},
        {"page": "https://museum.example/new"},
        {"accession": "1932-2"},
        {"languages": ()},
        {"taxonomy": ("lamp",)},
        {"images": (replace(LAMP.images[0], view="back"),)},
        {"images": (replace(LAMP.images[0], rights=SourceRights(sensitive=True)),)},
        {"images": (replace(LAMP.images[0], service="https://museum.example/iiif/1"),)},
    ],
)
def test_a_change_of_what_no_model_looks_at_keeps_the_rows_that_vectors_hang_on(
    smg: Collection, change: dict[str, object]
) -> None:
    first, second = an_import(smg), an_import(smg)
    store_batch(collection=smg, records=[LAMP], imported_by=first)
    before = keys()
    changed = replace(LAMP, **change)  # type: ignore[arg-type]
    counts = store_batch(collection=smg, records=[changed], imported_by=second)
    assert (counts.created, counts.updated, counts.unchanged) == (0, 1, 0)
    assert keys() == before
    counts = store_batch(collection=smg, records=[changed], imported_by=second)
    assert (counts.updated, counts.unchanged) == (0, 1)


def test_a_changed_sentence_is_a_new_row_and_the_others_stay(smg: Collection) -> None:
    store_batch(collection=smg, records=[LAMP])
    before = {segment.text: segment.pk for segment in TextSegment.objects.all()}
    store_batch(collection=smg, records=[replace(LAMP, description="Of brass. It is old.")])
    after = {segment.text: segment.pk for segment in TextSegment.objects.all()}
    assert after.keys() == {"Lamp", "Of brass.", "It is old."}
    assert after["Of brass."] == before["Of brass."]


def test_an_import_keeps_once_what_a_record_said_before(smg: Collection, stored: Callable[[str], StoredImage]) -> None:
    with_picture = replace(LAMP, images=(IncomingImage("1.jpg", stored("a"), view="front"),))
    store_batch(collection=smg, records=[with_picture], imported_by=an_import(smg))
    second = an_import(smg)
    store_batch(collection=smg, records=[replace(with_picture, name="Oil lamp", images=())], imported_by=second)
    store_batch(collection=smg, records=[replace(with_picture, name="Gas lamp")], imported_by=second)
    before = ImportChange.objects.get(by=second).before
    assert before["name"] == "Lamp"
    assert before["licence"] == "CC BY 4.0"
    [image] = before["images"]
    assert (image["content_hash"], image["width"], image["height"]) == ("a" * 64, 30, 20)
    assert (image["source"], image["view"]) == ("1.jpg", "front")


def test_what_an_import_created_itself_has_no_before(smg: Collection) -> None:
    imported = an_import(smg)
    store_batch(collection=smg, records=[LAMP], imported_by=imported)
    store_batch(collection=smg, records=[replace(LAMP, name="Oil lamp")], imported_by=imported)
    assert not ImportChange.objects.exists()


def test_a_picture_that_was_fetched_is_not_written_over(smg: Collection, stored: Callable[[str], StoredImage]) -> None:
    store_batch(collection=smg, records=[LAMP])
    Image.objects.update(content_hash="b" * 64, width=1, height=2, validators={"etag": "x"})
    store_batch(collection=smg, records=[replace(LAMP, images=(replace(LAMP.images[0], view="back"),))])
    image = Image.objects.get()
    assert (image.view, image.content_hash, image.width, image.validators) == ("back", "b" * 64, 1, {"etag": "x"})


def test_a_picture_refused_at_one_service_is_asked_of_another(smg: Collection) -> None:
    store_batch(collection=smg, records=[LAMP])
    Image.objects.update(problem="The server answers 404 Not Found.")
    store_batch(collection=smg, records=[replace(LAMP, images=(replace(LAMP.images[0], view="back"),))])
    assert Image.objects.get().problem
    elsewhere = replace(LAMP.images[0], service="https://museum.example/iiif/1")
    store_batch(collection=smg, records=[replace(LAMP, images=(elsewhere,))])
    assert not Image.objects.get().problem


def test_a_picture_removed_while_it_came_in_is_still_to_come(
    smg: Collection, stored: Callable[[str], StoredImage]
) -> None:
    """Its file went between its arrival and its row: a row that names it would show nothing."""
    here, gone = stored("a"), StoredImage("c" * 64, 30, 20)
    images = (IncomingImage("1.jpg", here), IncomingImage("2.jpg", gone))
    store_batch(collection=smg, records=[replace(LAMP, images=images)])
    assert [image.content_hash for image in Image.objects.order_by("position")] == ["a" * 64, ""]


def test_a_collection_removed_meanwhile_is_said(smg: Collection) -> None:
    Collection.objects.filter(pk=smg.pk).delete()
    with pytest.raises(UserError, match="has been removed meanwhile"):
        store_batch(collection=smg, records=[LAMP])


def test_an_import_that_was_undone_brings_no_more(smg: Collection) -> None:
    imported = an_import(smg)
    Import.objects.update(undone=timezone.now())
    with pytest.raises(UserError, match="was undone while it was at work"):
        store_batch(collection=smg, records=[LAMP], imported_by=imported)
    assert not Record.objects.exists()


def test_the_queries_of_a_batch_do_not_grow(smg: Collection, stored: Callable[[str], StoredImage]) -> None:
    def cost(size: int, prefix: str) -> list[int]:
        picture = stored("a")
        new = [
            replace(LAMP, record_id=f"{prefix}{n}", images=(IncomingImage("1.jpg", picture), IncomingImage("2", None)))
            for n in range(size)
        ]
        changed = [
            replace(
                each,
                name=f"Lamp {each.record_id}",
                images=(IncomingImage("2", picture), IncomingImage("3", None), IncomingImage("1.jpg", None, view="x")),
            )
            for each in new
        ]
        found = []
        for batch in (new, changed, changed):
            with CaptureQueriesContext(connection) as queries:
                store_batch(collection=smg, records=batch, imported_by=an_import(smg))
            found.append(len(queries))
        return found

    few, many = cost(3, "few"), cost(120, "many")
    assert many == few
    assert max(few) <= 20
