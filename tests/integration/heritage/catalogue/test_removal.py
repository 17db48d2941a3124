"""Removing records and collections: what goes with them, what stands in the way, and what their commands say."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import GuidancePair
from heritage.catalogue.collections import rename_collection
from heritage.catalogue.picture_files import discard_pictures
from heritage.catalogue.removal import collection_dependents, dependents, remove_collection, remove_records
from heritage.errors import UserError
from heritage.models import Collection, Image, Import, ImportChange, JobRun, Record, TextSegment
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.vectors.store import write_vectors
from tests.factories import (
    CampaignFactory,
    CandidatePairFactory,
    CollectionFactory,
    ImageFactory,
    RecordFactory,
    SamplingFactory,
    StratumFactory,
    UserFactory,
    preference_study,
)

pytestmark = pytest.mark.django_db


def with_vectors(collection: Collection, number: int) -> list[Record]:
    """Records with a picture and a name each, and a vector of both."""
    records = RecordFactory.create_batch(number, collection=collection)
    model, _ = EmbeddingModel.objects.get_or_create(slug="m", defaults={"source": "local-dir:m", "dimension": 3})
    images = [ImageFactory(record=record).pk for record in records]
    segments = [
        TextSegment.objects.create(record=record, kind="name", position=0, text=record.name).pk for record in records
    ]
    for modality, keys in (("image", images), ("text", segments)):
        write_vectors(model=model, modality=modality, keys=keys, vectors=np.ones((number, 3), np.float32))  # type: ignore[arg-type]
    return records


def rows() -> dict[str, int]:
    tables = (Record, Image, TextSegment, ImageVector, SegmentVector)
    return {table.__name__: table._default_manager.count() for table in tables}


def test_pictures_texts_and_vectors_go_with_a_record_and_with_no_other() -> None:
    collection = CollectionFactory(slug="smg")
    first, *others = with_vectors(collection, 3)
    removal = remove_records(collection="smg", record_ids=[first.record_id])
    expected = {"records": 1, "images": 1, "text segments": 1, "image vectors": 1, "segment vectors": 1}
    assert removal.rows == expected
    assert rows() == dict.fromkeys(rows(), 2)
    assert set(Record.objects.all()) == set(others)


def test_a_dry_run_says_the_same_and_removes_nothing() -> None:
    with_vectors(CollectionFactory(slug="smg"), 2)
    removal = remove_collection(slug="smg", dry_run=True)
    assert (removal.records, removal.rows["image vectors"]) == (2, 2)
    assert rows() == dict.fromkeys(rows(), 2)


def test_a_record_of_a_pair_stays_and_the_way_to_the_pair_is_shown() -> None:
    pair = CandidatePairFactory()
    record = pair.a
    [dependent] = dependents(Record.objects.filter(pk=record.pk))
    assert dependent.what == "1 candidate pair"
    assert [(place.title, place.url) for place in dependent.where] == [
        (str(pair.sampling), pair.sampling.get_absolute_url())
    ]
    with pytest.raises(UserError, match=r"depend on it: 1 candidate pair \(Sampling"):
        remove_records(collection="left", record_ids=[record.record_id])
    with pytest.raises(UserError, match="The collection left cannot be removed"):
        remove_collection(slug="left")
    assert Record.objects.filter(pk=record.pk).exists()


def test_a_pair_within_the_collection_counts_once() -> None:
    left = CollectionFactory(slug="left")
    a, b = RecordFactory.create_batch(2, collection=left)
    CandidatePairFactory(a=a, b=b)
    assert [dependent.what for dependent in collection_dependents(left)] == ["1 candidate pair"]


def test_references_without_a_way_back_are_found_too() -> None:
    """related_name="+" hides them from the record."""
    a, b = RecordFactory.create_batch(2)
    campaign = CampaignFactory()
    GuidancePair.objects.create(campaign=campaign, kind="example", a=a, b=b, label="unrelated")
    [dependent] = dependents(Record.objects.filter(pk=b.pk))
    assert dependent.what == "1 guidance pair"
    assert dependent.where[0].url == campaign.get_absolute_url()


def test_a_preference_study_is_found_over_its_queries() -> None:
    study = preference_study(UserFactory())
    [dependent] = collection_dependents(Collection.objects.get(slug="left"))
    assert "preference results" in dependent.what
    assert [place.url for place in dependent.where] == [study.get_absolute_url()]


def test_a_collection_goes_with_its_imports_and_leaves_the_others() -> None:
    smg, other = CollectionFactory(slug="smg"), CollectionFactory(slug="nms")
    imported = Import.objects.create(collection=smg)
    stays = Import.objects.create(collection=other)
    for record in with_vectors(smg, 3):
        Record.objects.filter(pk=record.pk).update(imported_by=imported)
        ImportChange.objects.create(by=imported, record=record, before={"images": []})
    with_vectors(other, 2)
    remove_collection(slug="smg")
    assert rows() == dict.fromkeys(rows(), 2)
    assert list(Collection.objects.all()) == [other]
    assert list(Import.objects.all()) == [stays]
    connection.check_constraints()


def test_the_queries_do_not_grow_with_the_records() -> None:
    costs = []
    for number in (2, 60):
        with_vectors(CollectionFactory(slug=f"c{number}"), number)
        with CaptureQueriesContext(connection) as queries:
            remove_collection(slug=f"c{number}")
        costs.append(len(queries))
    assert costs[0] == costs[1]


def test_only_files_that_nothing_names_go(images_dir: Path, django_capture_on_commit_callbacks: Any) -> None:
    collection, other = CollectionFactory(slug="smg"), CollectionFactory(slug="nms")
    for digit in "abc":
        (images_dir / (digit * 2) / (digit * 64)).mkdir(parents=True)
        ImageFactory(record=RecordFactory(collection=collection), content_hash=digit * 64)
    shared = RecordFactory(collection=other)
    ImageFactory(record=shared, content_hash="b" * 64)
    change = {"images": [{"content_hash": "c" * 64}, {"content_hash": ""}]}
    ImportChange.objects.create(by=Import.objects.create(collection=other), record=shared, before=change)
    with django_capture_on_commit_callbacks() as callbacks:
        remove_collection(slug="smg")
    assert len(list(images_dir.glob("??/*"))) == 3, "a removal that is rolled back would have lost them"
    for callback in callbacks:
        callback()
    assert sorted(path.name[0] for path in images_dir.glob("??/*")) == ["b", "c"]
    assert not list(images_dir.glob("??/.*"))
    assert discard_pictures(["d" * 64]) == 0


def test_a_job_at_work_is_not_cut_off() -> None:
    CollectionFactory(slug="smg")
    JobRun.objects.create(kind="import-records", title="Import r.csv into smg", arguments={"collection": "smg"})
    with pytest.raises(UserError, match=r"“Import r\.csv into smg” has not ended"):
        remove_collection(slug="smg")
    with pytest.raises(UserError, match="has not ended"):
        rename_collection(slug="smg", new_slug="science")
    assert rename_collection(slug="smg", name="Science").name == "Science"


def run(command: str, *arguments: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_remove_records_by_identifier_and_by_import() -> None:
    smg = CollectionFactory(slug="smg")
    imported = Import.objects.create(collection=smg)
    RecordFactory(collection=smg, record_id="1")
    RecordFactory.create_batch(2, collection=smg, imported_by=imported)
    assert run("remove_records", "smg", "1", "--dry-run") == {
        "collection": "smg",
        "dry_run": True,
        "records": 1,
        "rows": {"records": 1},
        "words": "1 record",
    }
    assert run("remove_records", "smg", "--import", str(imported.pk))["records"] == 2
    assert run("remove_records", "smg", "1")["records"] == 1
    assert not Record.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smg"], "Name the records to be removed"),
        (["smg", "1", "2", "3"], "There is no record 2, 3 to remove in smg"),
        (["gone", "1"], "No collection is called 'gone'. There are: nms, smg."),
        (["smg", "--import", "999"], "There is no import 999"),
        (["nms", "--import", "IMPORT"], "is not of nms"),
    ],
)
def test_remove_records_says_what_to_correct(arguments: list[str], message: str) -> None:
    smg = CollectionFactory(slug="smg")
    CollectionFactory(slug="nms")
    RecordFactory(collection=smg, record_id="1")
    number = str(Import.objects.create(collection=smg).pk)
    with pytest.raises(CommandError, match=message):
        call_command("remove_records", *(number if word == "IMPORT" else word for word in arguments))
    assert Record.objects.exists()


def test_remove_collection_and_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    with_vectors(CollectionFactory(slug="smg"), 2)
    call_command("remove_collection", "smg", "--dry-run")
    assert capsys.readouterr().out.startswith("Collection smg would be removed with 2 records, 2 images")
    assert run("remove_collection", "smg")["records"] == 2
    assert not Collection.objects.exists()


def test_rename_collection_and_what_cannot_be_used() -> None:
    CollectionFactory(slug="smg", name="Old")
    CollectionFactory(slug="nms")
    assert run("rename_collection", "smg", "--name", "New") == {"slug": "smg", "name": "New"}
    assert run("rename_collection", "smg", "--slug", "science") == {"slug": "science", "name": "New"}
    for arguments, message in (
        ([], "new name, its new short name or both"),
        (["--slug", "nms"], "There is a collection “nms” already"),
        (["--slug", "two words"], "short name cannot be used"),
        (["--slug", "new"], "cannot have the short name “new”"),
        (["--name", "x" * 201], "name cannot be used"),
    ):
        with pytest.raises(CommandError, match=message):
            call_command("rename_collection", "science", *arguments)
    assert Collection.objects.get(slug="science").name == "New"


def test_a_short_name_in_a_recipe_stays() -> None:
    CollectionFactory(slug="left")
    sampling = SamplingFactory(name="Pilot")
    StratumFactory(sampling=sampling)
    with pytest.raises(UserError, match=r"1 sampling \(Pilot\)"):
        rename_collection(slug="left", new_slug="links")
