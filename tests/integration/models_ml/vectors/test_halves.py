"""Vectors at half precision lie in the rows, vectors from before get them too, and a start reads their indexes."""

import numpy as np
import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from heritage.models import TextSegment
from models_ml.models import EmbeddingModel, SegmentVector
from models_ml.vectors.neighbours import nearest
from models_ml.vectors.store import GRAPH, build_indexes, write_vectors
from models_ml.vectors.warming import warm_indexes
from tests.factories import CollectionFactory, RecordFactory

RECORDS = 40


def model_with_vectors(dimension: int) -> tuple[EmbeddingModel, np.ndarray]:
    model = EmbeddingModel.objects.create(slug=f"of-{dimension}", source="local-dir:x", dimension=dimension)
    collection = CollectionFactory(slug="some")
    segments = [
        TextSegment.objects.create(record=RecordFactory(collection=collection), kind="name", position=50, text="")
        for _ in range(RECORDS)
    ]
    vectors = np.random.default_rng(0).normal(size=(RECORDS, dimension))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    write_vectors(model=model, modality="text", keys=[each.pk for each in segments], vectors=vectors)
    return model, vectors


@pytest.mark.django_db
@pytest.mark.parametrize("dimension", [768, 1_152])
def test_halves_lie_in_the_row_and_vectors_beside_it(dimension):
    model, vectors = model_with_vectors(dimension)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_column_toast_chunk_id(half) IS NULL, pg_column_toast_chunk_id(vector) IS NULL"
            " FROM models_ml_segmentvector WHERE model_id = %s",
            [model.pk],
        )
        assert cursor.fetchall() == [(True, False)]
    stored = SegmentVector.objects.filter(model=model).order_by("segment")
    np.testing.assert_array_equal(np.array([each.half for each in stored], np.float16), vectors.astype(np.float16))


def migrate(*names: str) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate([("models_ml", name) for name in names] or executor.loader.graph.leaf_nodes())


def index_of(name: str) -> list[tuple[str, list[str]]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef(oid), reloptions FROM pg_class WHERE relname = %s", [name])
        return cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_vectors_that_are_there_get_halves_and_their_graph_anew(capsys):
    model, vectors = model_with_vectors(8)
    name = f"models_ml_segmentvector_hnsw_{model.pk}"
    migrate("0007_record_maps")
    try:
        assert index_of(name) == []
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE INDEX {name} ON models_ml_segmentvector"
                f" USING hnsw ((vector::halfvec(8)) halfvec_cosine_ops) WHERE model_id = {model.pk}"
            )
    finally:
        migrate()
    [(definition, options)] = index_of(name)
    assert "half" in definition
    assert "vector)" not in definition.replace("halfvec", "")
    assert options == list(GRAPH)
    assert f"{model.slug}: building the index of {RECORDS} texts" in capsys.readouterr().err
    build_indexes(model)
    assert len(index_of(f"{name}_new")) == 0
    place = 7
    [(found, cosine)] = nearest(model=model, modality="text", query=vectors[place], limit=1)
    assert (
        TextSegment.objects.get(record=found, position=50).pk
        == SegmentVector.objects.order_by("segment")[place].segment_id
    )
    assert cosine == pytest.approx(1, abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_indexes_that_are_there_are_read_after_a_start():
    model, _ = model_with_vectors(8)
    assert warm_indexes() == 0
    build_indexes(model)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # so small a table would be sorted
        cursor.execute("SET enable_sort = off")
        try:
            assert warm_indexes() == 2
            cursor.execute("SELECT pg_stat_force_next_flush()")
            cursor.execute(
                "SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = %s",
                [f"models_ml_segmentvector_hnsw_{model.pk}"],
            )
            assert cursor.fetchone()[0] >= RECORDS
        finally:
            cursor.execute("RESET enable_seqscan")
            cursor.execute("RESET enable_sort")
