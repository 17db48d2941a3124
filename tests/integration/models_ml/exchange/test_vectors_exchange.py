"""Vectors written as Parquet and read back: for records that are here, for others, and files that are refused whole."""

import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from heritage.errors import UserError
from heritage.models import Collection, Image, Record
from heritage.progress import NoProgress
from models_ml.exchange.exporting import export_vectors
from models_ml.exchange.importing import import_vectors
from models_ml.exchange.layouts import PLAIN, SHARED
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.queries import coverage_by_collection, list_models
from models_ml.vectors.neighbours import nearest_records
from models_ml.vectors.store import read_vectors
from tests.factories import collections_with_vectors

pytestmark = pytest.mark.django_db
SIZES = {"left": 8, "right": 5}


@pytest.fixture
def model() -> EmbeddingModel:
    [model] = collections_with_vectors(SIZES, ["one"])
    Record.objects.filter(collection__slug="left").update(page="https://left.example/1", credit="Left Museum")
    return model


def run(command: str, *arguments: object) -> dict:
    out = io.StringIO()
    call_command(command, *map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def shared(path: Path, vectors, **changes) -> Path:
    """A file as a museum would write it, of objects 1, 2, 3 ..."""
    count = len(vectors)
    columns = {
        "provider": ["met"] * count,
        "depiction_id": [f"picture-{number}" for number in range(count)],
        "subject_id": [str(number) for number in range(count)],
        "model": ["one"] * count,
        "embeddings": [np.asarray(vector, np.float32) for vector in vectors],
        "created": [1_760_000_000] * count,
        "attributes": [
            [("type", "image"), ("subject_title", f"Vase {number}"), ("provider_name", "The Met")]
            for number in range(count)
        ],
    } | changes
    pq.write_table(pa.table(columns, schema=SHARED), path)
    return path


@pytest.mark.django_db(transaction=True)  # indexes are built after what is stored
def test_what_is_written_comes_back(model, tmp_path):
    path = tmp_path / "vectors.parquet"
    rows = run("export_vectors", "one", path, "--modalities", "image", "text")["rows"]
    before = {
        modality: read_vectors(model=model, modality=modality, collections=list(Collection.objects.all()))
        for modality in ("image", "text")
    }
    assert rows == ImageVector.objects.count() + SegmentVector.objects.count()
    table = pq.read_table(path)
    assert table.schema.names == SHARED.names
    first = table.slice(0, 1).to_pylist()[0]
    assert dict(first["attributes"])["subject_creditline"] == "Left Museum"
    ImageVector.objects.all().delete()
    SegmentVector.objects.all().delete()
    result = run("import_vectors", path)
    assert (result["stored"], result["unmatched"]) == (rows, 0)
    for modality, vectors in before.items():
        after = read_vectors(model=model, modality=modality, collections=list(Collection.objects.all()))
        np.testing.assert_array_equal(after.vectors, vectors.vectors)
        np.testing.assert_array_equal(after.record_ids, vectors.record_ids)
    again = run("import_vectors", path)
    assert (again["stored"], again["already_there"]) == (0, rows)


@pytest.mark.django_db(transaction=True)  # indexes are built after what is stored
def test_the_plain_layout_comes_back(model, tmp_path):
    path = tmp_path / "vectors.parquet"
    rows = run("export_vectors", "one", path, "--layout", "plain", "--collections", "left")["rows"]
    assert rows == Image.objects.filter(record__collection__slug="left", position=0).count()
    assert pq.read_schema(path).names == PLAIN.names
    ImageVector.objects.all().delete()
    with pytest.raises(CommandError, match="name the collection"):
        run("import_vectors", path)
    assert run("import_vectors", path, "--collection", "left")["stored"] == rows


@pytest.mark.django_db(transaction=True)  # indexes are built after what is stored
def test_a_collection_of_vectors_and_titles_alone(model, tmp_path):
    wanted = Record.objects.get(record_id="left-4")
    near = ImageVector.objects.filter(image__record=wanted).order_by("image__position").first().vector
    vectors = unit(np.stack([np.asarray(near), *np.random.default_rng(0).normal(size=(4, model.dimension))]))
    path = shared(tmp_path / "met.parquet", vectors)
    result = run("import_vectors", path, "--create")
    assert (result["records_made"], result["stored"], result["collections"]) == (5, 5, ["met"])
    met = Collection.objects.get(slug="met")
    assert met.name == "The Met"
    assert met.records.order_by("record_id").first().name == "Vase 0"
    found = nearest_records(model=model, modality="image", record=wanted)
    assert found[0] == (met.records.get(record_id="0").pk, pytest.approx(1, abs=1e-6))
    # Its vectors count as there, its pictures not as missing.
    [row] = [row for row in list_models() if row.model == model]
    assert row.coverage.images_missing == 0
    of_met = dict(coverage_by_collection(model))[met]
    assert (of_met.images, of_met.images_missing) == (5, 0)


@pytest.mark.django_db(transaction=True)  # indexes are built after what is stored
def test_records_that_are_not_here_are_told(model, tmp_path, capsys):
    path = shared(tmp_path / "met.parquet", unit(np.ones((3, model.dimension))))
    with pytest.raises(CommandError, match=r"3 vectors are of records.*met: 0; met: 1.*--create"):
        run("import_vectors", path)
    assert not Collection.objects.filter(slug="met").exists()


def _with(row: int, value: float, dimension: int):
    vectors = unit(np.random.default_rng(0).normal(size=(4, dimension)))
    vectors[row, 0] = value
    return vectors


def _named_in_no_utf_8() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"column": [1]}), file, store_schema=False)
    return file.getvalue().replace(b"column", b"colum\xe5")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: shared(path, _with(2, np.nan, 6)), "row 3 holds something that is no number"),
        (lambda path: shared(path, _with(1, 40.0, 6)), "row 2 has the length"),
        (lambda path: shared(path, unit(np.ones((3, 5)))), "5 dimensions, those of one 6"),
        (lambda path: shared(path, unit(np.ones((2, 6))), model=["one", "two"]), "of one and of two"),
        (lambda path: shared(path, unit(np.ones((2, 6))), model=["two", "two"]), "model two, and none is registered"),
        (lambda path: shared(path, unit(np.ones((2, 6))), subject_id=["1", None]), "Row 2 has no subject_id"),
        (lambda path: shared(path, unit(np.ones((2, 6))), subject_id=["1", "x" * 300]), "Row 2 has no subject_id"),
        (
            lambda path: shared(path, unit(np.ones((2, 6))), embeddings=[[1, 0, 0, 0, 0, 0], [1, 0]]),
            "row 2 is of another length",
        ),
        (
            lambda path: shared(path, unit(np.ones((2, 6))), embeddings=[[1, 0, 0, 0, 0, 0], None]),
            "Row 2 has no vector",
        ),
        (lambda path: shared(path, np.empty((0, 6))), "has no rows"),
        (lambda path: pq.write_table(pa.table({"id": [1], "v": [2]}), path), "The file has the columns id, v"),
        (lambda path: path.write_bytes(b"PAR1 is not enough"), "not a Parquet file"),
        (lambda path: path.write_bytes(_named_in_no_utf_8()), "not a Parquet file"),
        (
            lambda path: shared(path, unit(np.ones((2, 6))), subject_id=pa.array([b"1", b"\xe5"]).view(pa.string())),
            "damaged after row 0",
        ),
        (lambda path: path.write_bytes(b""), "not a Parquet file"),
        (lambda path: None, "There is no file"),
    ],
)
def test_a_file_that_is_refused_leaves_nothing(model, tmp_path, make, said):
    path = tmp_path / "bad.parquet"
    make(path)
    before = ImageVector.objects.count()
    with pytest.raises(UserError, match=said):
        import_vectors(path, create=True, progress=NoProgress())
    assert (ImageVector.objects.count(), Collection.objects.count()) == (before, len(SIZES))


def test_vectors_of_other_weights_under_the_same_name_are_refused(model, tmp_path):
    EmbeddingModel.objects.update(fingerprint="1" * 64)
    model.refresh_from_db()
    path = tmp_path / "vectors.parquet"
    run("export_vectors", "one", path)
    EmbeddingModel.objects.update(fingerprint="2" * 64)
    with pytest.raises(CommandError, match="made with other weights"):
        run("import_vectors", path)


def test_a_damaged_file_is_refused_by_its_checksums(model, tmp_path):
    path = tmp_path / "vectors.parquet"
    export_vectors(model=model, path=path, collections=list(Collection.objects.all()), progress=NoProgress())
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 0xFF
    path.write_bytes(data)
    ImageVector.objects.all().delete()
    with pytest.raises(UserError):
        import_vectors(path, progress=NoProgress())
    assert not ImageVector.objects.exists()


def test_what_is_withheld_is_not_written(model, tmp_path):
    hidden = Record.objects.get(record_id="left-4")
    Record.objects.filter(pk=hidden.pk).update(withheld=True)
    path = tmp_path / "vectors.parquet"
    run("export_vectors", "one", path, "--modalities", "image", "text")
    assert "left-4" not in pq.read_table(path).column("subject_id").to_pylist()


def test_nothing_to_write(model, tmp_path):
    EmbeddingModel.objects.create(slug="empty", source="local-dir:empty", dimension=6)
    with pytest.raises(CommandError, match="run `embed empty` first"):
        run("export_vectors", "empty", tmp_path / "vectors.parquet")
    assert not list(tmp_path.iterdir())


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_answered_in_a_sentence(tmp_path, data, framed):
    path = tmp_path / "any.parquet"
    path.write_bytes(b"PAR1" + data + b"PAR1" if framed else data)
    with pytest.raises(UserError):
        import_vectors(path, collection="any", create=True, progress=NoProgress())
