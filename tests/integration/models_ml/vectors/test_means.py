"""Kept means: of the vectors that are there, told when they no longer are, and subtracted by the list."""

import numpy as np
import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from heritage.catalogue.removal import remove_collection
from heritage.jobs.registry import job_kind
from heritage.models import Collection, Image, JobRun, Record, Role, User
from heritage.progress import NoProgress
from models_ml.models import CollectionMean, EmbeddingModel
from models_ml.vectors.means import house_styles, keep_means
from models_ml.vectors.neighbours import nearest_records
from models_ml.vectors.store import read_vectors, write_vectors
from tests import linking_reference
from tests.factories import collections_with_vectors

pytestmark = pytest.mark.django_db
SIZES = {"left": 14, "middle": 9, "single": 2}


@pytest.fixture
def model() -> EmbeddingModel:
    """With a style that all of a collection share."""
    [model] = collections_with_vectors(SIZES, ["one"])
    styles = 2 * np.random.default_rng(1).normal(size=(len(SIZES), model.dimension))
    for modality, vectors in (("image", model.image_vectors), ("text", model.segment_vectors)):
        key = {"image": "image", "text": "segment"}[modality]
        for number, slug in enumerate(SIZES):
            stored = list(vectors.filter(**{f"{key}__record__collection__slug": slug}))
            moved = np.array([each.vector for each in stored], np.float32) + styles[number]
            vectors.filter(pk__in=[each.pk for each in stored]).delete()
            moved /= np.linalg.norm(moved, axis=1, keepdims=True)
            keys = [getattr(each, f"{key}_id") for each in stored]
            write_vectors(model=model, modality=modality, keys=keys, vectors=moved.astype(np.float32))
    return model


@pytest.fixture
def lead(client: Client) -> Client:
    client.force_login(User.objects.create_user("lead", role=Role.LEAD))
    return client


def centred_by_loops(model, modality):
    """({record: its vectors}, {record: its collection's place}), each collection's shrunken mean subtracted."""
    collections = list(Collection.objects.order_by("pk"))
    records = list(Record.objects.order_by("pk"))
    table = read_vectors(model=model, modality=modality, collections=collections)
    lists = [table.vectors[table.record_ids == record.pk] for record in records]
    of = np.array([[each.pk for each in collections].index(record.collection_id) for record in records])
    centred = linking_reference.centred_tables({modality: lists}, of)[modality]
    return {record.pk: vectors for record, vectors in zip(records, centred, strict=True)}


@pytest.mark.parametrize("modality", ["image", "text"])
def test_the_list_without_house_style_is_that_of_a_naive_reference(model, modality):
    keep_means(model=model, progress=NoProgress())
    vectors = centred_by_loops(model, modality)
    record = next(record for record in Record.objects.order_by("pk") if len(vectors[record.pk]))
    expected = {
        other.pk: float((vectors[other.pk] @ vectors[record.pk][0]).max())
        for other in Record.objects.exclude(collection=record.collection)
        if len(vectors[other.pk])
    }
    styles = house_styles(model=model, modality=modality)
    found = nearest_records(model=model, modality=modality, record=record, styles=styles, limit=1000)
    assert [pk for pk, _ in found] == sorted(expected, key=lambda pk: -expected[pk])
    assert dict(found) == pytest.approx(expected, abs=1e-5)
    assert found[:5] != nearest_records(model=model, modality=modality, record=record, limit=5)


def test_only_means_of_other_vectors_are_worked_out_again(model):
    assert keep_means(model=model, progress=NoProgress()) == len(SIZES) * 2
    assert keep_means(model=model, progress=NoProgress()) == 0
    Image.objects.filter(record__collection__slug="left").first().delete()
    before = dict(CollectionMean.objects.values_list("pk", "digest"))
    assert keep_means(model=model, progress=NoProgress()) == 1
    assert sum(before[pk] != digest for pk, digest in CollectionMean.objects.values_list("pk", "digest")) == 1


@pytest.mark.parametrize("change", ["removed", "withheld", "another collection"])
def test_a_stale_or_missing_mean_is_told(model, change):
    assert house_styles(model=model, modality="image") is None
    keep_means(model=model, progress=NoProgress())
    assert house_styles(model=model, modality="image").keys() == set(Collection.objects.values_list("pk", flat=True))
    if change == "removed":
        Image.objects.filter(record__collection__slug="left").first().delete()
    elif change == "withheld":
        Record.objects.filter(collection__slug="left", images__isnull=False).first().images.update(withheld=True)
    else:
        collections_with_vectors({"new": 4}, [], models_present=["one"])
    assert house_styles(model=model, modality="image") is not None  # for a minute
    cache.clear()
    assert house_styles(model=model, modality="image") is None


def test_means_go_with_their_collection(model):
    keep_means(model=model, progress=NoProgress())
    remove_collection(slug="single")
    assert CollectionMean.objects.count() == 2 * (len(SIZES) - 1)
    assert house_styles(model=model, modality="text") is not None


def test_a_record_that_is_nothing_but_style_is_near_to_none(model):
    """All vectors of all collections are one: nothing remains of any."""
    for vectors in (model.image_vectors, model.segment_vectors):
        vectors.update(vector=[1, 0, 0, 0, 0, 0])
    keep_means(model=model, progress=NoProgress())
    styles = house_styles(model=model, modality="text")
    found = nearest_records(model=model, modality="text", record=Record.objects.first(), styles=styles)
    assert all(cosine == 0 for _, cosine in found)


# --- the list on a record's page ---------------------------------------------------------------


def similar(lead, **query):
    record = Record.objects.filter(images__isnull=False).first()
    return lead.get(reverse("similar-records", args=[record.pk]), query)


def test_leads_choose_the_list_without_house_style(lead, model):
    keep_means(model=model, progress=NoProgress())
    plain, centred = similar(lead), similar(lead, similarity="centred")
    assert plain.context["similarity"] == "plain"
    assert plain.context["similar"] != centred.context["similar"]
    assert "similarity=centred" in plain.text
    assert "Without house style" in centred.text
    assert "Work them out" not in centred.text
    record = centred.context["record"]
    assert f"{record.get_absolute_url()}?by=text&amp;similarity=centred&amp;model=one" in centred.text
    assert "?similarity=centred" in lead.get(record.get_absolute_url(), {"similarity": "centred"}).text


def test_where_means_are_missing_the_list_is_plain_and_says_so(lead, model):
    answer = similar(lead, similarity="centred")
    assert answer.context["similar"] == similar(lead).context["similar"]
    assert "This is as published" in answer.text
    lead.post(reverse("start-means", args=["one"]))
    run = JobRun.objects.get()
    job_kind(run.kind).work(NoProgress(), **run.arguments)
    assert "This is as published" not in similar(lead, similarity="centred").text


def test_an_unknown_similarity_is_that_which_the_list_begins_with(lead, model):
    assert similar(lead, similarity="cosy").context["similarity"] == "plain"


def test_annotators_may_not_start_it(client, model):
    client.force_login(User.objects.create_user("annotator"))
    assert client.post(reverse("start-means", args=["one"])).status_code == 403
