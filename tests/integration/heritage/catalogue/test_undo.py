"""Undoing an import: what it brought goes, what it changed is what it was, and what cannot be is said."""

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from heritage.catalogue.history import CHANGED_LATER, DEPENDED_ON, plan_undo, problem_groups, undo_import
from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.errors import UserError
from heritage.importers.source_records import SourceRights
from heritage.models import Collection, Image, Import, Record, TextSegment
from heritage.pictures.store import StoredImage
from models_ml.models import EmbeddingModel, SegmentVector
from models_ml.vectors.store import write_vectors
from tests.factories import CandidatePairFactory, CollectionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=False)


@pytest.fixture
def smg() -> Collection:
    return CollectionFactory(slug="smg")


def picture(root: Path, digit: str) -> StoredImage:
    (root / (digit * 2) / (digit * 64)).mkdir(parents=True, exist_ok=True)
    return StoredImage(digit * 64, 30, 20)


def record(record_id: str, name: str = "Lamp", *images: IncomingImage, **more: Any) -> IncomingRecord:
    return IncomingRecord(record_id, name, f"{name}. Of brass.", ("lamp",), images, **more)


def import_of(collection: Collection, *records: IncomingRecord) -> Import:
    imported = Import.objects.create(collection=collection, files=["records.csv"], finished=timezone.now())
    store_batch(collection=collection, records=records, imported_by=imported)
    return imported


RECORD_FIELDS = ("record_id", "name", "description", "taxonomy", "accession", "languages", "licence", "withheld")
IMAGE_FIELDS = ("source", "position", "content_hash", "width", "view", "service", "problem", "validators", "credit")


def state() -> list[tuple[object, ...]]:
    """All that the catalogue says, without primary keys."""
    return [
        (
            *(getattr(each, field) for field in RECORD_FIELDS),
            [tuple(getattr(image, field) for field in IMAGE_FIELDS) for image in each.images.order_by("position")],
            [(segment.kind, segment.position, segment.text) for segment in each.segments.order_by("position")],
        )
        for each in Record.objects.order_by("collection", "record_id")
    ]


def test_what_it_brought_goes_and_what_it_changed_is_what_it_was(smg: Collection, images_dir: Path) -> None:
    one, two = picture(images_dir, "a"), picture(images_dir, "b")
    import_of(
        smg,
        record("1", "Lamp", IncomingImage("1.jpg", one, view="front"), IncomingImage("2.jpg", None)),
        record("2", "Bell", rights=SourceRights(licence="CC0"), accession="x"),
    )
    Image.objects.filter(source="2.jpg").update(problem="The server answers 404 Not Found.")
    Image.objects.filter(source="1.jpg").update(validators={"etag": "x"})
    before = state()
    second = import_of(
        smg,
        record("1", "Oil lamp", IncomingImage("3.jpg", None), IncomingImage("1.jpg", two, view="back")),
        record("2", "Bell", rights=SourceRights(withheld=True)),
        record("3", "Telephone"),
    )
    plan = plan_undo(second)
    assert (plan.removed, plan.restored, plan.kept, plan.collection_removed) == (1, 2, (), False)
    result = undo_import(imported=second, user=UserFactory(username="kim"))
    assert result == plan
    assert state() == before
    second.refresh_from_db()
    assert second.undone is not None
    assert second.result["undone"]["by"] == "kim"
    assert second.result["undone"]["removed"] == 1


def test_an_import_is_undone_once(smg: Collection) -> None:
    import_of(smg, record("1"))
    second = import_of(smg, record("2"))
    undo_import(imported=second, user=None)
    with pytest.raises(UserError, match="undone already"):
        undo_import(imported=second, user=None)
    assert Record.objects.get().record_id == "1"


def test_what_a_later_import_changed_stays(smg: Collection) -> None:
    first = import_of(smg, record("1"), record("2"))
    second = import_of(smg, record("1", "Oil lamp"), record("3"))
    third = import_of(smg, record("1", "Gas lamp"), record("3", "Bell"))
    result = undo_import(imported=second, user=None)
    assert (result.removed, result.restored) == (0, 0)
    [kept] = result.kept
    assert (kept.reason, kept.count) == (CHANGED_LATER, 2)
    assert {identifier for _, identifier in kept.records} == {"1", "3"}
    assert Record.objects.get(record_id="1").name == "Gas lamp"
    assert [each.count for each in plan_undo(first).kept] == [1]
    assert plan_undo(third).restored == 2


def test_from_the_last_to_the_first_nothing_is_left(smg: Collection) -> None:
    imports = [import_of(smg, record("1", name), record(str(n), name)) for n, name in enumerate(("A", "B", "C"), 2)]
    for imported in imports[::-1]:
        assert not undo_import(imported=imported, user=None).kept
    assert not Record.objects.exists()
    assert not Collection.objects.exists()
    assert not Import.objects.exists()


def test_a_collection_that_others_brought_into_stays_though_empty(smg: Collection) -> None:
    first = import_of(smg, record("1"))
    import_of(smg, record("1"))
    assert not undo_import(imported=first, user=None).collection_removed
    assert Collection.objects.get() == smg


def test_records_that_people_label_stay_with_the_reason(smg: Collection) -> None:
    imported = import_of(smg, record("1"), record("2"))
    pair = CandidatePairFactory(a=Record.objects.get(record_id="1"))
    result = undo_import(imported=imported, user=None)
    assert result.removed == 1
    [kept] = result.kept
    assert (kept.reason, kept.count) == (DEPENDED_ON.format(f"1 candidate pair ({pair.sampling})"), 1)
    assert [each.record_id for each in Record.objects.filter(collection=smg)] == ["1"]


def test_vectors_go_with_the_records_that_they_are_of(smg: Collection) -> None:
    import_of(smg, record("1"))
    second = import_of(smg, record("2"))
    model = EmbeddingModel.objects.create(slug="m", source="local-dir:m", dimension=3)
    keys = list(TextSegment.objects.values_list("pk", flat=True))
    write_vectors(model=model, modality="text", keys=keys, vectors=np.ones((len(keys), 3), np.float32))
    undo_import(imported=second, user=None)
    left = set(SegmentVector.objects.values_list("segment__record__record_id", flat=True))
    assert left == {"1"}


def test_files_go_only_where_nothing_names_them(
    smg: Collection, images_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    """b is also another record's, c is kept by a change that can be undone later."""
    a, b, c = (picture(images_dir, digit) for digit in "abc")
    import_of(smg, record("0", "Lamp", IncomingImage("c.jpg", c)))
    import_of(smg, record("0", "Lamp"), record("1", "Lamp", IncomingImage("b.jpg", b)))
    third = import_of(smg, record("2", "Bell", *(IncomingImage(f"{i.content_hash}.jpg", i) for i in (a, b, c))))
    with django_capture_on_commit_callbacks(execute=True):
        undo_import(imported=third, user=None)
    assert sorted(path.name[0] for path in images_dir.glob("??/*")) == ["b", "c"]


def test_nothing_is_written_where_it_fails_on_the_way(smg: Collection, monkeypatch: pytest.MonkeyPatch) -> None:
    import_of(smg, record("1"))
    second = import_of(smg, record("1", "Bell"), record("2"))
    before = state()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("stopped")

    monkeypatch.setattr("heritage.catalogue.history.delete_records", fail)
    with pytest.raises(RuntimeError):
        undo_import(imported=second, user=None)
    second.refresh_from_db()
    assert second.undone is None
    assert state() == before


RIGHTS = st.sampled_from([SourceRights(), SourceRights(licence="CC0"), SourceRights(sensitive=True, credit="M")])
IMAGES = st.lists(st.sampled_from("123"), unique=True, max_size=3)


@st.composite
def files(draw: st.DrawFn) -> list[IncomingRecord]:
    """A file of a few records, some of which other files have too."""
    return [
        IncomingRecord(
            record_id=record_id,
            name=draw(st.sampled_from(["Lamp", "Bell", ""])),
            description=draw(st.sampled_from(["", "Of brass. Old.", "Old. Of brass."])),
            taxonomy=draw(st.sampled_from([(), ("lamp",), ("bell", "sound")])),
            images=tuple(IncomingImage(f"{n}.jpg", None, rights=draw(RIGHTS)) for n in draw(IMAGES)),
            rights=draw(RIGHTS),
        )
        for record_id in draw(st.lists(st.sampled_from("abcd"), unique=True, min_size=1))
    ]


@given(st.lists(files(), min_size=1, max_size=4))
@hypothesis_settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_undone_in_reverse_every_import_leaves_what_was_before_it(several: Sequence[list[IncomingRecord]]) -> None:
    Import.objects.all().delete()
    Record.objects.all().delete()
    collection = CollectionFactory(slug="any")
    states, imports = [], []
    for records in several:
        states.append(state())
        imports.append(import_of(collection, *records))
    for imported, before in zip(imports[::-1], states[::-1], strict=True):
        undo_import(imported=imported, user=None)
        assert state() == before


def run(*arguments: object) -> dict[str, Any]:
    out = io.StringIO()
    call_command("undo_import", *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_says_what_would_happen_and_does_it(smg: Collection) -> None:
    import_of(smg, record("1"))
    second = import_of(smg, record("1", "Bell"), record("2"))
    expected = {"removed": 1, "restored": 1, "kept": [], "collection_removed": False}
    assert run(second.pk, "--dry-run") == {"import": second.pk, "dry_run": True} | expected
    assert Record.objects.count() == 2
    assert run(second.pk) == {"import": second.pk, "dry_run": False} | expected
    assert Record.objects.get().name == "Lamp"
    with pytest.raises(CommandError, match="undone already"):
        run(second.pk)
    with pytest.raises(CommandError, match="There is no import 999"):
        run(999)


def test_problems_are_grouped_by_their_reasons() -> None:
    def problem(line: int, reason: str, field: str = "img_url") -> dict[str, Any]:
        return {"file": "r.csv", "line": line, "field": field, "reason": reason, "record_id": ""}

    problems = [problem(n, f"“x{n}” is no web address; it has to begin with https://") for n in range(2, 9)]
    problems += [
        problem(9, "is missing", "record_id"),
        problem(10, "has 201 characters, the limit is 200", "record_id"),
    ]
    many, missing, long = problem_groups(problems)
    assert (many.reason, many.count) == ("… is no web address; it has to begin with https://", 7)
    assert many.example == "“x2” is no web address; it has to begin with https://"
    assert (many.places, many.more) == ("r.csv, lines 2, 3, 4, 5, 6", True)
    assert (missing.reason, missing.places, missing.more) == ("is missing", "r.csv, line 9", False)
    assert (long.reason, long.example) == ("has 201 characters, the limit is 200", "")
