"""The records nearest to a vector are the right ones, also where the index alone would not come to them."""

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from heritage.models import Record, TextSegment
from models_ml.models import EmbeddingModel
from models_ml.vectors import neighbours
from models_ml.vectors.house_style import without_style
from models_ml.vectors.neighbours import nearest, nearest_records, vector_of
from models_ml.vectors.store import build_indexes, read_vectors, write_vectors
from tests.factories import CollectionFactory, collections_with_vectors

DIMENSION = 32
SIZES = {"big": 1_500, "middle": 300, "few": 20}


@pytest.fixture
def apart() -> EmbeddingModel:
    """A big collection whose texts lie close together, and two small ones whose texts lie elsewhere."""
    model = EmbeddingModel.objects.create(slug="apart", source="local-dir:apart", dimension=DIMENSION)
    random = np.random.default_rng(0)
    for slug, size in SIZES.items():
        collection = CollectionFactory(slug=slug)
        records = Record.objects.bulk_create(
            [Record(collection=collection, record_id=str(number), name=f"{slug} {number}") for number in range(size)]
        )
        segments = TextSegment.objects.bulk_create(
            [TextSegment(record=record, kind="name", position=0, text=record.name) for record in records]
        )
        vectors = random.normal(0, 0.02, (size, DIMENSION))
        vectors[:, 0 if slug == "big" else 1] += 1
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        write_vectors(
            model=model, modality="text", keys=[each.pk for each in segments], vectors=vectors.astype(np.float32)
        )
    build_indexes(model)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return model


def reference(model, query, records, limit, styles=None):
    """By comparing with every vector, in loops."""
    best = {}
    for record in records:
        table = read_vectors(model=model, modality="text", collections=[record.collection])
        own = table.vectors[table.record_ids == record.pk]
        if styles is not None and record.collection_id in styles:
            own = np.array([without_style(vector, styles[record.collection_id]) for vector in own])
        best[record.pk] = max(float(vector @ query) for vector in own)
    return sorted(best, key=lambda pk: (-best[pk], pk))[:limit]


@pytest.mark.django_db(transaction=True)
def test_neighbours_in_small_collections_that_lie_elsewhere(apart, monkeypatch):
    """The index's nearest are all of the own collection."""
    collections = {slug: CollectionFactory(slug=slug) for slug in SIZES}
    tables = {
        slug: read_vectors(model=apart, modality="text", collections=[each]) for slug, each in collections.items()
    }
    others = [tables["middle"], tables["few"]]
    records = np.concatenate([each.record_ids for each in others])
    vectors = np.concatenate([each.vectors for each in others])
    for place in (0, 700, 1_400):
        record = Record.objects.get(pk=tables["big"].record_ids[place])
        similarity = vectors @ tables["big"].vectors[place]
        wanted = [int(records[at]) for at in np.argsort(-similarity)[:12]]
        found = nearest_records(model=apart, modality="text", record=record)
        assert [pk for pk, _ in found] == wanted
        assert [cosine for _, cosine in found] == pytest.approx(sorted(similarity)[:-13:-1], abs=1e-6)
        # More others: the index is asked first and finds none. Many more: it goes on, and gives as many as asked for.
        with monkeypatch.context() as patch:
            patch.setattr(neighbours, "FEW_RECORDS", 10)
            assert nearest_records(model=apart, modality="text", record=record) == found
            patch.setattr(neighbours, "EXACT_RECORDS", 10)
            assert len(nearest_records(model=apart, modality="text", record=record)) == 12


@pytest.mark.django_db(transaction=True)
def test_where_the_nearest_count_the_index_answers_at_once(apart, monkeypatch):
    monkeypatch.setattr(neighbours, "FEW_RECORDS", 10)
    record = Record.objects.filter(collection__slug="big").first()
    query = vector_of(record, model=apart, modality="text")
    with CaptureQueriesContext(connection) as context:
        found = nearest(model=apart, modality="text", query=query, limit=10)
    assert found[0] == (record.pk, pytest.approx(1, abs=1e-6))
    searches = [query["sql"] for query in context.captured_queries if "AS distance" in query["sql"]]
    assert len(searches) == 1
    assert "LIMIT 200" in searches[0]


@pytest.mark.django_db(transaction=True)
def test_few_records_are_compared_without_asking_the_index(apart):
    record = Record.objects.filter(collection__slug="big").first()
    query = vector_of(record, model=apart, modality="text")
    with CaptureQueriesContext(connection) as context:
        among = Record.objects.filter(collection__slug="few")
        assert len(nearest(model=apart, modality="text", query=query, limit=10, among=among)) == 10
    assert not [query["sql"] for query in context.captured_queries if "hnsw" in query["sql"]]


@pytest.mark.django_db
@pytest.mark.parametrize("styled", [False, True])
@pytest.mark.parametrize("limit", [3, 50])
def test_whatever_counts_the_answer_is_that_of_a_naive_reference(styled, limit):
    [model] = collections_with_vectors({"left": 14, "right": 9}, ["one"])
    random = np.random.default_rng(3)
    styles = (
        {CollectionFactory(slug=slug).pk: random.normal(0, 0.2, model.dimension) for slug in ("left", "right")}
        if styled
        else None
    )
    query = random.normal(size=model.dimension)
    query /= np.linalg.norm(query)
    everything = Record.objects.select_related("collection")
    for among in (None, everything.filter(collection__slug="right"), everything.filter(record_id="left-3")):
        found = nearest(model=model, modality="text", query=query, limit=limit, among=among, styles=styles)
        wanted = reference(model, query.astype(np.float32), everything.all() if among is None else among, limit, styles)
        assert [pk for pk, _ in found] == wanted
    assert nearest(model=model, modality="text", query=query, limit=limit, among=everything.none()) == []


@pytest.mark.django_db
def test_withheld_records_never_count():
    [model] = collections_with_vectors({"left": 4}, ["one"])
    hidden = Record.objects.first()
    query = vector_of(hidden, model=model, modality="text")
    Record.objects.filter(pk=hidden.pk).update(withheld=True)
    found = nearest(model=model, modality="text", query=query, limit=10, among=Record.objects.all())
    assert hidden.pk not in dict(found)
    assert len(found) == 3


@pytest.mark.django_db(transaction=True)
def test_more_than_the_index_looks_for_at_once_are_asked_for_at_once(apart, monkeypatch):
    monkeypatch.setattr(neighbours, "FEW_RECORDS", 10)
    query = vector_of(Record.objects.filter(collection__slug="big").first(), model=apart, modality="text")
    with CaptureQueriesContext(connection) as context:
        assert len(nearest(model=apart, modality="text", query=query, limit=201)) == 201
    assert len([each for each in context.captured_queries if "AS distance" in each["sql"]]) == 1


@pytest.mark.django_db
def test_of_pictures_that_halves_do_not_tell_apart_the_nearest_counts():
    """Three pictures of each record, which differ by less than half precision does."""
    collection = CollectionFactory(slug="alike")
    model = EmbeddingModel.objects.create(slug="alike", source="local-dir:alike", dimension=DIMENSION)
    random = np.random.default_rng(5)
    base = random.normal(size=DIMENSION)
    records = [Record.objects.create(collection=collection, record_id=str(number), name="") for number in range(12)]
    wanted, keys, rows = {}, [], []
    query = (base / np.linalg.norm(base)).astype(np.float32)
    for place, record in enumerate(records):
        vectors = base + (0.1 + 0.01 * place) * random.normal(size=DIMENSION)
        vectors = vectors + 1e-5 * random.normal(size=(3, DIMENSION))
        vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
        for position, vector in enumerate(vectors):
            segment = TextSegment.objects.create(record=record, kind="name", position=position, text="")
            keys.append(segment.pk)
            rows.append(vector)
        wanted[record.pk] = max(float(vector.astype(np.float64) @ query) for vector in vectors)
    write_vectors(model=model, modality="text", keys=keys, vectors=np.array(rows))
    found = nearest(model=model, modality="text", query=query, limit=5)
    best = sorted(wanted, key=lambda pk: -wanted[pk])[:5]
    assert [pk for pk, _ in found] == best
    assert [cosine for _, cosine in found] == pytest.approx([wanted[pk] for pk in best], abs=2e-7)


@pytest.mark.django_db
def test_what_is_little_more_than_its_collection_s_style_is_compared_exactly():
    """What remains without the style is shorter than the rounding of halves."""
    [model] = collections_with_vectors({"left": 30}, ["one"])
    random = np.random.default_rng(6)
    style = random.normal(size=model.dimension)
    style /= np.linalg.norm(style)
    collection = CollectionFactory(slug="left")
    model.segment_vectors.all().delete()
    segments = list(TextSegment.objects.filter(record__collection=collection))
    vectors = style + 1e-4 * random.normal(size=(len(segments), model.dimension))
    write_vectors(model=model, modality="text", keys=[each.pk for each in segments], vectors=vectors.astype(np.float32))
    query = random.normal(size=model.dimension)
    query /= np.linalg.norm(query)
    styles = {collection.pk: style}
    found = nearest(model=model, modality="text", query=query, limit=3, styles=styles)
    everything = Record.objects.select_related("collection")
    assert [pk for pk, _ in found] == reference(model, query, everything, 3, styles)
