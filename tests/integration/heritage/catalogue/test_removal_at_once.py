"""Removing while others write: whoever comes second waits, and sees what the first did."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from heritage.catalogue.picture_files import discard_pictures
from heritage.catalogue.removal import remove_records
from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.errors import UserError
from heritage.models import Image, Record
from heritage.pictures.store import StoredImage
from linking.models import CandidatePair
from tests.factories import CollectionFactory, RecordFactory, StratumFactory

pytestmark = pytest.mark.django_db(transaction=True)
WAIT = 0.5  # seconds in which somebody who does not wait would have been through


class Second(threading.Thread):
    """Calls `work` beside the test, and keeps what it raised."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__(daemon=True)
        self.work = work
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.work()
        except Exception as error:
            self.error = error
        finally:
            connection.close()


def test_a_pair_that_is_made_of_a_record_being_removed_is_refused() -> None:
    """References are checked at the commit, so whoever commits first decides; nothing points to nowhere."""
    smg = CollectionFactory(slug="smg")
    a, b = RecordFactory.create_batch(2, collection=smg)
    stratum = StratumFactory()
    with transaction.atomic():
        remove_records(collection="smg", record_ids=[a.record_id])
        second = Second(lambda: CandidatePair.objects.create(stratum=stratum, sampling=stratum.sampling, a=a, b=b))
        second.join(WAIT)
        assert second.is_alive()
    second.join(20)
    assert isinstance(second.error, IntegrityError)
    assert not CandidatePair.objects.exists()


def test_a_pair_that_was_made_first_is_seen_however_late_it_came() -> None:
    smg = CollectionFactory(slug="smg")
    a, b = RecordFactory.create_batch(2, collection=smg)
    stratum = StratumFactory()
    with transaction.atomic():
        CandidatePair.objects.create(stratum=stratum, sampling=stratum.sampling, a=a, b=b)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as a commit begins
        second = Second(lambda: remove_records(collection="smg", record_ids=[a.record_id]))
        second.join(WAIT)
        assert second.is_alive()
    second.join(20)
    assert isinstance(second.error, UserError)
    assert "1 candidate pair" in str(second.error)
    assert Record.objects.count() == 2


def test_an_import_that_comes_second_finds_the_record_gone_and_makes_it_anew() -> None:
    smg = CollectionFactory(slug="smg")
    RecordFactory(collection=smg, record_id="1", name="Lamp")
    incoming = IncomingRecord("1", "Oil lamp", "", (), ())
    with transaction.atomic():
        remove_records(collection="smg", record_ids=["1"])
        second = Second(lambda: store_batch(collection=smg, records=[incoming]))
        second.join(WAIT)
        assert second.is_alive()
    second.join(20)
    assert second.error is None
    assert Record.objects.get().name == "Oil lamp"


def test_a_file_stays_whose_row_is_being_written(settings: Settings, tmp_path: Path) -> None:
    settings.IMAGES_DIR = tmp_path
    content_hash = "a" * 64
    folder = tmp_path / "aa" / content_hash
    folder.mkdir(parents=True)
    image = IncomingImage("1.jpg", StoredImage(content_hash, 30, 20))
    smg = CollectionFactory(slug="smg")
    with transaction.atomic():
        store_batch(collection=smg, records=[IncomingRecord("1", "Lamp", "", (), (image,))])
        second = Second(lambda: discard_pictures([content_hash]))
        second.join(WAIT)
        assert second.is_alive()
    second.join(20)
    assert second.error is None
    assert folder.is_dir()
    assert Image.objects.get().content_hash == content_hash
