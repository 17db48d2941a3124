"""The evaluate command over records and vectors in the database."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from heritage.models import Collection, Image, Record, TextSegment
from models_ml.registry import HERITAGE_MINI, get_model
from models_ml.sources import loadable
from models_ml.split import side
from models_ml.vectors import items_of, write_vectors
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

OBJECTS = ("loom", "lamp", "telephone", "bobbin", "radio", "kettle", "camera", "valve")


def unit_rows(count, dimension, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def objects():
    """A hundred and sixty records of eight things, one picture each, whose vectors are the names' own."""
    from models_ml.encoders import load_encoder

    model = get_model(HERITAGE_MINI)
    collection = CollectionFactory(slug="things")
    for number in range(160):
        record = RecordFactory(collection=collection, record_id=f"T{number}", name=OBJECTS[number % len(OBJECTS)])
        ImageFactory(record=record, position=0)
        TextSegment.objects.create(record=record, kind="name", position=0, text=record.name)
    encoder = load_encoder(loadable(model.source), device="cpu", precision="fp32")
    for modality, text in (("image", "record__name"), ("text", "text")):
        items = items_of(modality, [collection]).order_by("pk").values_list("pk", text)
        keys, texts = zip(*items, strict=True)
        write_vectors(model=model, modality=modality, keys=keys, vectors=encoder.encode_texts(texts))
    return collection


def evaluate(capsys, *arguments):
    call_command("evaluate", *arguments, "--json")
    return json.loads(capsys.readouterr().out)


def held_out(collections):
    return [
        record
        for record in Record.objects.filter(collection__in=collections).select_related("collection")
        if side(record.collection.slug, record.record_id) == "evaluation"
    ]


def test_zero_shot_rows_and_their_baselines(objects, capsys):
    result = evaluate(
        capsys, "zero-shot", "--models", HERITAGE_MINI, "--candidates", "2", "4", "--target", "name", "noun"
    )
    assert result["held_out"] == len(held_out([objects]))
    assert len(result["rows"]) == 4
    for row in result["rows"]:
        # The pictures have the very vectors of their names.
        assert row["accuracy"] == 1
        assert row["precision"] == row["f1"] == 1
        assert (row["low"], row["high"]) == (1, 1)
        assert row["chance"] == 1 / row["candidates"]
    assert {row["target"] for row in result["rows"]} == {"name", "noun"}
    assert result["comparisons"] == []


@pytest.fixture
def searched():
    models = collections_with_vectors({"left": 120, "right": 80}, ["one", "two"])
    for record in Record.objects.all():
        Record.objects.filter(pk=record.pk).update(name=OBJECTS[record.pk % 4])
    return models


def test_search_within_and_across(searched, capsys):
    within = evaluate(capsys, "search", "--models", "one", "two", "--top", "3", "10")
    pictured = [record for record in held_out(Collection.objects.all()) if Image.objects.filter(record=record).exists()]
    assert within["held_out"] == len(pictured)
    assert [(row["model"], row["top"]) for row in within["rows"]] == [("one", 3), ("one", 10), ("two", 3), ("two", 10)]
    for row in within["rows"]:
        assert 0 < row["relevance"] < row["top"]
        assert row["low"] <= row["relevance"] <= row["high"]
        assert row["found"] is None
    assert [comparison["models"] for comparison in within["comparisons"]] == [["two", "one"], ["two", "one"]]
    across = evaluate(capsys, "search", "--models", "one", "--top", "3", "--across")
    assert across["rows"][0]["across"] is True


def test_search_from_descriptions_to_pictures_finds_the_own_record(capsys):
    (model,) = collections_with_vectors({"left": 150}, ["one"], dimension=32)
    for record in Record.objects.all():
        TextSegment.objects.create(record=record, kind="sentence", position=1, text=record.description)
    segments = list(TextSegment.objects.filter(kind="sentence").values_list("pk", "record"))
    own = dict(Image.objects.filter(position=0).values_list("record", "vectors__vector"))
    vectors = unit_rows(len(segments), 32, seed=4)
    for row, (_, record) in enumerate(segments):
        if record in own:
            vectors[row] = own[record]
    write_vectors(model=model, modality="text", keys=[key for key, _ in segments], vectors=vectors)
    (row,) = evaluate(capsys, "search", "--models", "one", "--from", "text", "--to", "image", "--top", "10")["rows"]
    assert row["mrr"] > 0
    (back,) = evaluate(capsys, "search", "--models", "one", "--from", "image", "--to", "text", "--top", "10")["rows"]
    assert back["found"] == back["mrr"] == 1


def test_figures_for_people_and_as_csv(searched, capsys):
    call_command("evaluate", "search", "--models", "one", "two", "--top", "3")
    text = capsys.readouterr().out
    assert text.startswith("model  from   to     across")
    assert "two - one (top 3): " in text
    call_command("evaluate", "search", "--models", "one", "--top", "3", "--format", "csv")
    assert capsys.readouterr().out.splitlines()[0].startswith("model,from,to,across,top,n,documents,relevance,sd")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["zero-shot", "--models", "nobody"], "No model is called 'nobody'"),
        (["zero-shot", "--models", "one", "one"], "names one twice"),
        (["zero-shot", "--models", "one", "--candidates", "1"], "at least 2"),
        (["search", "--models", "one", "--top", "0"], "at least 1"),
        (["search", "--models", "one", "--alike", "2"], "is a cosine"),
        (["search", "--models", "one", "--collection", "left", "--across"], "at least two collections"),
        (["search", "--models", "one", "--from", "text"], "None of the records has a description"),
        (["search", "--models", HERITAGE_MINI], "run embed heritage-mini first"),
    ],
)
def test_bad_input_is_said(searched, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("evaluate", *arguments)
