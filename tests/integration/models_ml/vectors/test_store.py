"""Vectors in PostgreSQL: written, read back in order, counted, indexed and searched."""

import numpy as np
import pytest
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from heritage.models import Collection, Image, Record, TextSegment
from models_ml.models import EmbeddingModel
from models_ml.vectors.neighbours import nearest_records
from models_ml.vectors.store import GRAPH, build_indexes, coverage, items_missing, read_vectors, write_vectors

pytestmark = pytest.mark.django_db


@pytest.fixture
def model():
    return EmbeddingModel.objects.create(slug="tiny", source="local-dir:tiny", dimension=4)


@pytest.fixture
def collections():
    made = [Collection.objects.create(slug=slug, name=slug) for slug in ("a", "b")]
    for collection in made:
        for number in range(3):
            record = Record.objects.create(collection=collection, record_id=f"{collection.slug}{number}")
            for position in range(2):
                Image.objects.create(
                    record=record, position=position, source=f"{number}/{position}", content_hash=f"{number}{position}"
                )
            TextSegment.objects.create(record=record, kind="name", position=0, text=f"thing {number}")
    return made


def unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def store(model, collections, modality="image", seed=0):
    keys = list(items_missing(modality, model=model, collections=collections).values_list("pk", flat=True))
    vectors = unit(np.random.default_rng(seed).normal(size=(len(keys), model.dimension)))
    write_vectors(model=model, modality=modality, keys=keys, vectors=vectors)
    return vectors


def test_vectors_come_back_unchanged_grouped_by_record(model, collections):
    stored = store(model, collections)
    table = read_vectors(model=model, modality="image", collections=collections)
    assert table.record_ids.tolist() == sorted(Image.objects.values_list("record_id", flat=True))
    np.testing.assert_array_equal(table.vectors, stored)


def test_reading_keeps_to_the_collections_and_the_model(model, collections):
    store(model, collections)
    other = EmbeddingModel.objects.create(slug="wide", source="local-dir:wide", dimension=7)
    store(other, collections)
    table = read_vectors(model=model, modality="image", collections=collections[:1])
    assert set(table.record_ids) == set(collections[0].records.values_list("pk", flat=True))
    assert table.vectors.shape == (6, 4)


def test_nothing_stored_reads_as_an_empty_table(model, collections):
    table = read_vectors(model=model, modality="text", collections=collections)
    assert table.record_ids.shape == (0,)
    assert table.vectors.shape == (0, 4)


def test_more_rows_than_one_read_holds(model, collections, monkeypatch):
    monkeypatch.setattr("models_ml.vectors.store.READ_ROWS", 5)
    stored = store(model, collections)
    np.testing.assert_array_equal(read_vectors(model=model, modality="image", collections=collections).vectors, stored)


def test_a_second_writer_changes_nothing(model, collections):
    stored = store(model, collections)
    keys = list(Image.objects.order_by("pk").values_list("pk", flat=True))
    write_vectors(model=model, modality="image", keys=keys, vectors=-stored)
    np.testing.assert_array_equal(read_vectors(model=model, modality="image", collections=collections).vectors, stored)


def test_a_vector_of_the_museum_s_file_takes_the_place_of_one_of_the_page_s(model, collections):
    store(model, collections)
    old = model.image_vectors.order_by("image").first()
    type(old).objects.filter(pk=old.pk).update(of_page=True)
    assert coverage(model=model, collections=collections).images_of_page == 1
    assert coverage(model=model, collections=collections[1:]).images_of_page == 0
    assert not items_missing("image", model=model, collections=collections).exists()
    assert list(items_missing("image", model=model, collections=collections, renew=True)) == [old.image]
    keys = list(model.image_vectors.order_by("image").values_list("image_id", flat=True))
    write_vectors(model=model, modality="image", keys=keys[:2], vectors=unit(np.ones((2, 4))))
    new, other = model.image_vectors.order_by("image")[:2]
    assert new.pk != old.pk
    assert list(new.vector) == [0.5] * 4
    assert list(other.vector) != [0.5] * 4
    assert coverage(model=model, collections=collections).images_of_page == 0


@pytest.mark.django_db(transaction=True)
def test_vectors_from_before_models_saw_the_museums_files_are_marked(model, collections):
    def migrate(*names):
        executor = MigrationExecutor(connection)
        executor.migrate([("models_ml", name) for name in names] or executor.loader.graph.leaf_nodes())

    migrate("0004_links_evaluation")
    try:
        store_as_then = (
            "INSERT INTO models_ml_imagevector (model_id, image_id, vector) SELECT %s, id, %s FROM heritage_image"
        )
        with connection.cursor() as cursor:
            cursor.execute(f"{store_as_then} WHERE position = 0", [model.pk, "[1,0,0,0]"])
    finally:
        migrate()
    store(model, collections)
    marked = dict(model.image_vectors.values_list("image__position", "of_page"))
    assert marked == {0: True, 1: False}
    assert coverage(model=model, collections=collections).images_of_page == 6


def test_an_item_replaced_meanwhile_is_passed_over(model, collections):
    keys = [Image.objects.order_by("pk").first().pk, 10**9]
    write_vectors(model=model, modality="image", keys=keys, vectors=unit(np.ones((2, 4))))
    assert model.image_vectors.count() == 1


@pytest.mark.parametrize("bad", [np.ones((1, 3), np.float32), np.full((1, 4), np.nan, np.float32)])
def test_unusable_vectors_are_refused(model, collections, bad):
    with pytest.raises(ValueError, match=r"dimensions|finite"):
        write_vectors(model=model, modality="image", keys=[Image.objects.first().pk], vectors=bad)
    assert not model.image_vectors.exists()


def test_coverage_counts_what_is_missing(model, collections):
    Image.objects.filter(record__record_id="a0", position=1).update(content_hash="")
    store(model, collections[:1])
    seen = coverage(model=model, collections=collections)
    assert (seen.images, seen.images_missing) == (11, 6)
    assert (seen.segments, seen.segments_missing) == (6, 6)


def test_a_replaced_picture_takes_its_vectors_along(model, collections):
    store(model, collections)
    Image.objects.first().delete()
    assert model.image_vectors.count() == 11


@pytest.mark.django_db(transaction=True)
def test_the_index_answers_and_agrees_with_exact_search(model, collections):
    store(model, collections)
    build_indexes(model)
    build_indexes(model)  # again: nothing to do
    record = Record.objects.get(record_id="a1")
    table = read_vectors(model=model, modality="image", collections=collections)
    query = table.vectors[table.record_ids == record.pk][0]
    exact = {}
    for record_id, cosine in zip(table.record_ids, table.vectors @ query, strict=True):
        if record_id in set(collections[1].records.values_list("pk", flat=True)):
            exact[int(record_id)] = max(exact.get(int(record_id), -2), float(cosine))
    found = nearest_records(model=model, modality="image", record=record)
    assert [pk for pk, _ in found] == sorted(exact, key=lambda pk: -exact[pk])
    assert [cosine for _, cosine in found] == pytest.approx(sorted(exact.values(), reverse=True), abs=1e-6)


@pytest.mark.django_db(transaction=True)
def test_search_uses_the_partial_index(model, collections):
    store(model, collections)
    build_indexes(model)
    with transaction.atomic(), connection.cursor() as cursor:
        # On so small a table sorting would be cheaper, once statistics say how small it is.
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            "EXPLAIN SELECT image_id FROM models_ml_imagevector WHERE model_id = %s"
            " ORDER BY half::halfvec(4) <=> %s::halfvec(4) LIMIT 5",
            (model.pk, "[1,0,0,0]"),
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert f"models_ml_imagevector_hnsw_{model.pk}" in plan


@pytest.mark.django_db(transaction=True)
def test_an_index_that_was_built_otherwise_is_built_anew(model, collections):
    store(model, collections)
    name = f"models_ml_imagevector_hnsw_{model.pk}"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE INDEX {name} ON models_ml_imagevector USING hnsw ((half::halfvec(4)) halfvec_cosine_ops)"
            f" WHERE model_id = {model.pk}"
        )
        build_indexes(model)
        cursor.execute("SELECT relname, reloptions FROM pg_class WHERE relname LIKE %s", (f"{name}%",))
        assert cursor.fetchall() == [(name, list(GRAPH))]


def test_a_record_without_vectors_has_no_neighbours(model, collections):
    assert nearest_records(model=model, modality="text", record=Record.objects.first()) == []


def test_what_may_not_be_shown_is_compared_with_nothing(model, collections):
    store(model, collections)
    store(model, collections, modality="text")
    shown, by_another, hidden = Record.objects.filter(collection=collections[1])
    Image.objects.filter(record=by_another, position=0).update(withheld=True)
    Record.objects.filter(pk=hidden.pk).update(withheld=True)
    images = read_vectors(model=model, modality="image", collections=collections[1:])
    assert images.record_ids.tolist() == [shown.pk, shown.pk, by_another.pk]
    texts = read_vectors(model=model, modality="text", collections=collections[1:])
    assert texts.record_ids.tolist() == [shown.pk, by_another.pk]
    for modality in ("image", "text"):
        found = nearest_records(model=model, modality=modality, record=Record.objects.first())
        assert {pk for pk, _ in found} == {shown.pk, by_another.pk}
