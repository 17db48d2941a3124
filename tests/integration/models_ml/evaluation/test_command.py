"""The evaluate command over records and vectors in the database."""

import io
import json
import re

import numpy as np
import PIL.Image
import pytest
from django.core.management import CommandError, call_command

from heritage.models import Collection, Image, Record, TextSegment
from heritage.pictures.store import ImageStore
from heritage.progress import NoProgress
from models_ml.evaluation.actions import evaluate_models
from models_ml.evaluation.held_out import BUNDLED_SPLIT_SEED, split_seeds
from models_ml.evaluation.kinds import restored_settings
from models_ml.models import EmbeddingModel, Evaluation
from models_ml.networks.sources import BUNDLED, loadable
from models_ml.registry import HERITAGE_MINI, get_model
from models_ml.split import side
from models_ml.vectors.store import items_of, write_vectors
from tests.chat_server import ChatServer
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

OBJECTS = ("loom", "lamp", "telephone", "bobbin", "radio", "kettle", "camera", "valve")


def unit_rows(count, dimension, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(count, dimension))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def objects():
    """A hundred and sixty records of eight things, one picture each, whose vectors are the names' own."""
    from models_ml.networks.encoders import load_encoder

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
    assert result["records"] == len(held_out([objects]))
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
def two_collections(objects):
    """The hundred and sixty, and as many of four other things elsewhere."""
    from models_ml.networks.encoders import load_encoder

    model = get_model(HERITAGE_MINI)
    other = CollectionFactory(slug="elsewhere")
    encoder = load_encoder(loadable(model.source), device="cpu", precision="fp32")
    names = ("bust", "coin", "medal", "vase")
    vectors = dict(zip(names, encoder.encode_texts(names), strict=True))
    images = []
    for number in range(160):
        record = RecordFactory(collection=other, record_id=f"E{number}", name=names[number % 4])
        images.append(ImageFactory(record=record, position=0))
    # Each picture shows rather the next thing of its own collection than what it is called.
    shown = np.stack([vectors[names[(number + 1) % 4]] for number in range(160)])
    write_vectors(model=model, modality="image", keys=[image.pk for image in images], vectors=shown)
    return objects, other


def test_candidates_of_the_own_collection_come_first_then_those_of_all(two_collections, capsys):
    arguments = ["zero-shot", "--models", HERITAGE_MINI, "--candidates", "4"]
    own, everything = evaluate(capsys, *arguments)["rows"]
    assert [row["candidates_from"] for row in (own, everything)] == ["own", "all"]
    assert own["n"] == everything["n"]
    elsewhere = len(held_out([two_collections[1]]))
    # With all four of its collection to choose from, what is shown is always there, and taken.
    assert own["accuracy"] == pytest.approx(1 - elsewhere / own["n"])
    assert everything["accuracy"] > own["accuracy"]
    (alone,) = evaluate(capsys, *arguments, "--candidates-from", "all")["rows"]
    assert alone == everything
    # Four names are too few to draw five: only the first collection takes part in what is its own.
    fewer, all_ = evaluate(capsys, *arguments[:-1], "5")["rows"]
    assert fewer["n"] == all_["n"] - elsewhere


@pytest.fixture
def searched():
    models = collections_with_vectors({"left": 120, "right": 80}, ["one", "two"])
    for record in Record.objects.all():
        Record.objects.filter(pk=record.pk).update(name=OBJECTS[record.pk % 4])
    return models


def test_search_within_and_across(searched, capsys):
    within = evaluate(capsys, "search", "--models", "one", "two", "--top", "3", "10")
    pictured = [record for record in held_out(Collection.objects.all()) if Image.objects.filter(record=record).exists()]
    assert within["records"] == len(pictured)
    assert [(row["model"], row["top"]) for row in within["rows"]] == [("one", 3), ("one", 10), ("two", 3), ("two", 10)]
    for row in within["rows"]:
        assert 0 < row["relevance"] < row["top"]
        assert row["low"] <= row["relevance"] <= row["high"]
        assert row["found"] is None
        assert 0 < row["chance"] < row["top"]
        assert 0 < row["recall"] < 1
    assert [(each["models"], each["measure"], each["top"]) for each in within["comparisons"]] == [
        (["two", "one"], "relevance", 3),
        (["two", "one"], "relevance", 10),
    ]
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
    assert text.startswith("Figures\n\nModel")
    assert re.search(r"^two − one +relevance +top 3 ", text, re.MULTILINE)
    assert text.rstrip().endswith("held-out records.")
    call_command("evaluate", "search", "--models", "one", "--top", "3", "--format", "csv")
    assert capsys.readouterr().out.splitlines()[0].startswith("\ufeffmodel,from,to,across,top,n,documents,relevance,sd")
    call_command("evaluate", "search", "--models", "one", "--top", "3", "--format", "latex")
    assert r"\begin{tabular}" in capsys.readouterr().out


def test_figures_are_kept_unless_it_was_a_dry_run(searched, capsys):
    evaluate(capsys, "search", "--models", "one", "--top", "3", "--dry-run")
    assert not Evaluation.objects.exists()
    printed = evaluate(capsys, "search", "--models", "two", "one", "--top", "3")
    kept = Evaluation.objects.get(pk=printed.pop("id"))
    assert kept.document == printed
    assert set(kept.evaluated.values_list("slug", flat=True)) == {"one", "two"}
    again = restored_settings(kept.kind, kept.document["settings"])
    repeated = evaluate_models(again, progress=NoProgress(), dry_run=True)
    assert json.loads(json.dumps(repeated.document)) == kept.document


def test_vectors_of_two_kinds_of_pictures_are_said(searched, capsys):
    searched[0].image_vectors.update(of_page=True)
    count = searched[0].image_vectors.count()
    alone = evaluate(capsys, "search", "--models", "one", "--top", "3")
    assert alone["mixture"] == ""  # all of one kind
    both = evaluate(capsys, "search", "--models", "one", "two", "--top", "3")
    assert f"({count} of {count} of one)" in both["mixture"]
    call_command("evaluate", "search", "--models", "one", "two", "--top", "3")
    assert both["mixture"] in capsys.readouterr().out


def test_only_records_that_no_model_was_trained_on(searched, capsys):
    EmbeddingModel.objects.filter(slug="one").update(training={"recipe": {"seed": 1}})
    child = EmbeddingModel.objects.get(slug="two")
    child.training, child.parent = {"recipe": {"seed": 2}}, EmbeddingModel.objects.get(slug="one")
    child.save()
    everything = evaluate(capsys, "search", "--models", "two", "--records", "all", "--top", "3")
    pictured = Record.objects.filter(images__isnull=False).distinct()
    assert everything["records"] == pictured.count()
    neither = [
        record
        for record in pictured.select_related("collection")
        if all(side(record.collection.slug, record.record_id, seed) == "evaluation" for seed in (1, 2))
    ]
    result = evaluate(capsys, "search", "--models", "two", "--top", "3")
    assert result["split_seeds"] == [1, 2]
    assert result["records"] == len(neither) > 0


def test_the_bundled_model_counts_as_trained_with_its_split():
    assert split_seeds([get_model(HERITAGE_MINI)], 7) == (BUNDLED_SPLIT_SEED,)
    for folder in BUNDLED.values():
        assert json.loads((folder / "split.json").read_text("utf-8"))["seed"] == BUNDLED_SPLIT_SEED


@pytest.fixture
def chat(settings, objects):
    """A chat model that knows looms and lamps and says of everything else that it is unsure."""
    store = ImageStore.from_settings()
    for image in Image.objects.all():
        png = io.BytesIO()
        PIL.Image.new("RGB", (8, 8), (image.pk % 256, 0, 0)).save(png, "PNG")
        image.content_hash = store.add(png.getvalue()).content_hash
        image.save()
    with ChatServer(
        lambda labels: next((f"{label}." for label in labels if label in ("loom", "lamp")), "unsure")
    ) as it:
        settings.CHAT_MODEL, settings.CHAT_BASE_URL, settings.CHAT_API_KEY = "talker", it.url, "secret"
        yield it


def test_a_chat_model_is_asked_about_the_sample(chat, capsys):
    arguments = ["--models", HERITAGE_MINI, "--subset", "sample", "--candidates", "4", "--chat"]
    result = evaluate(capsys, "zero-shot", *arguments)
    _, row = result["rows"]
    assert row["model"] == "chat:talker"
    assert row["n"] == len(chat.asked) == result["chat"]["asked"]
    for request in chat.asked:
        system, user = request["messages"]
        assert system["role"] == "system"
        assert user["content"][1]["image_url"]["url"].startswith("data:image/jpeg;base64,")
        assert len(chat.labels(request)) == 4
    assert {labels.index("loom") for labels in map(chat.labels, chat.asked) if "loom" in labels} > {0}
    right = {error["label"] for error in result["chat"]["errors"]}
    assert not right & {"loom", "lamp"}
    assert len(result["chat"]["errors"]) == sum(not {"loom", "lamp"} & set(chat.labels(each)) for each in chat.asked)
    assert all(error["answer"] == "unsure" for error in result["chat"]["errors"])
    assert 0 < row["accuracy"] < 1
    assert result["comparisons"][0]["models"] == ["chat:talker", HERITAGE_MINI]
    assert "secret" not in json.dumps(result)
    call_command("evaluate", "zero-shot", *arguments)
    assert "Answers that are no candidate" in capsys.readouterr().out


def test_a_chat_model_that_refuses_is_no_wrong_answer(chat, settings):
    arguments = ["zero-shot", "--models", HERITAGE_MINI, "--subset", "sample", "--chat"]
    chat.refuse = True
    with pytest.raises(CommandError, match=r"talker at 127\.0\.0\.1 refused \(401"):
        call_command("evaluate", *arguments)
    settings.CHAT_OPTIONS = ["temperature"]
    with pytest.raises(CommandError, match="CHAT_OPTIONS must be a JSON object"):
        call_command("evaluate", *arguments)
    settings.CHAT_MODEL = ""
    with pytest.raises(CommandError, match="No chat model is set"):
        call_command("evaluate", *arguments)
    assert not Evaluation.objects.exists()


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
        (["zero-shot", "--models", "one", "--chat"], "about the sample only"),
        (["search", "--models", HERITAGE_MINI], "run embed heritage-mini first"),
    ],
)
def test_bad_input_is_said(searched, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("evaluate", *arguments)
