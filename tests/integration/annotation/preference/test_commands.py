"""Making a preference study with a real model that encodes text, and analysing it: the two commands."""

import json

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from annotation.models.preference import PreferenceChoice, PreferenceResult, PreferenceStudy
from annotation.preference.actions import record_answer
from heritage.models import Record, TextSegment
from models_ml.models import EmbeddingModel, ImageVector
from models_ml.networks.sources import BUNDLED
from models_ml.registry import HERITAGE_MINI, get_model
from models_ml.vectors.store import items_of, write_vectors
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory, preference_study

pytestmark = pytest.mark.django_db

OBJECTS = ("loom", "lamp", "telephone", "bobbin", "radio", "kettle")
OTHER = "other-mini"


@pytest.fixture(scope="module")
def vectors():
    """What heritage-mini makes of the objects' names."""
    from models_ml.networks.encoders import load_encoder

    source = f"local-dir:{BUNDLED[HERITAGE_MINI]}"
    encoded = load_encoder(source, device="cpu", precision="fp32").encode_texts(OBJECTS)
    return dict(zip(OBJECTS, encoded, strict=True))


@pytest.fixture
def world(vectors):
    """Thirty records of six things with two pictures each, and one without. For heritage-mini the first picture has
    the vector of the record's own name; for the other model that of the next thing. Second pictures are noise."""
    collection = CollectionFactory(slug="things")
    for number in range(30):
        record = RecordFactory(collection=collection, record_id=f"T{number}", name=OBJECTS[number % len(OBJECTS)])
        ImageFactory(record=record, position=0)
        ImageFactory(record=record, position=1)
    TextSegment.objects.create(
        record=RecordFactory(collection=collection, name="unseen"), kind="name", position=0, text="unseen"
    )
    models = [
        get_model(HERITAGE_MINI),
        EmbeddingModel.objects.create(
            slug=OTHER, source=f"local-dir:{BUNDLED[HERITAGE_MINI]}", dimension=get_model(HERITAGE_MINI).dimension
        ),
    ]
    noise = np.random.default_rng(0)
    for step, model in enumerate(models):
        items = items_of("image", [collection]).order_by("pk").values_list("pk", "position", "record__name")
        rows = []
        for _, position, name in items:
            row = vectors[OBJECTS[(OBJECTS.index(name) + step) % len(OBJECTS)]]
            row = noise.normal(size=row.shape) if position else row
            rows.append(row / np.linalg.norm(row))
        keys = [pk for pk, _, _ in items]
        write_vectors(model=model, modality="image", keys=keys, vectors=np.array(rows, np.float32))
    UserFactory(username="ada")
    UserFactory(username="grace")
    return collection


def create(*arguments: str, name: str = "Search"):
    models = () if "--models" in arguments else ("--models", HERITAGE_MINI, OTHER)
    people = () if "--annotators" in arguments else ("--annotators", "ada", "grace")
    call_command("create_preference_study", name, *models, *people, *arguments)


def test_models_that_saw_different_pictures_are_not_compared(world):
    ImageVector.objects.filter(model__slug=OTHER).update(of_page=True)
    with pytest.raises(CommandError, match=rf"60 of 60 of {OTHER}.*run embed {OTHER} --renew first"):
        create("--queries", "lamp")
    assert not PreferenceStudy.objects.exists()
    ImageVector.objects.update(of_page=True)
    create("--queries", "lamp", "--dry-run")


def test_records_are_ranked_by_their_best_picture_once_each(world, capsys):
    create("--queries", "lamp", "telephone", "--slices", "1-5", "6-10", "--seed", "3", "--json")
    made = json.loads(capsys.readouterr().out)
    study = PreferenceStudy.objects.get()
    assert made == {
        "study": str(study.pk),
        "name": "Search",
        "models": [HERITAGE_MINI, OTHER],
        "collections": ["things"],
        "queries": ["lamp", "telephone"],
        "slices": ["1-5", "6-10"],
        "annotators": ["ada", "grace"],
        "choices_each": 4,
        "same_for_all": 0,
        "shared_rows": 0,
        "seed": 3,
        "dry_run": False,
    }

    def names(query: str, model: str) -> list[str]:
        found = study.queries.get(text=query).results.filter(model_slug=model).order_by("rank")
        assert [result.rank for result in found] == list(range(1, 11))
        assert len({result.record_id for result in found}) == 10
        return [result.record.name for result in found]

    # There are five of each thing, and all of them come first.
    assert names("lamp", HERITAGE_MINI)[:5] == ["lamp"] * 5
    assert names("telephone", HERITAGE_MINI)[:5] == ["telephone"] * 5
    assert names("lamp", OTHER)[:5] == ["loom"] * 5
    assert names("telephone", OTHER)[:5] == ["lamp"] * 5
    # Equal cosines, in whatever order: the smaller key first.
    first = study.queries.get(text="lamp").results.filter(model_slug=HERITAGE_MINI, rank__lte=5).order_by("rank")
    keys = [result.record_id for result in first]
    assert keys == sorted(keys)

    kept = list(PreferenceResult.objects.values_list("query", "model_slug", "rank", "record"))
    ImageVector.objects.all().delete()
    assert kept == list(PreferenceResult.objects.values_list("query", "model_slug", "rank", "record"))


def test_everybody_gets_every_choice_in_an_order_of_their_own(world):
    create("--queries", *OBJECTS, "--slices", "1-4", "5-9", "--seed", "1")
    study = PreferenceStudy.objects.get()
    of = {
        name: list(
            study.choices.filter(annotator__username=name).order_by("position").values_list("query__text", "slice")
        )
        for name in ("ada", "grace")
    }
    assert len(of["ada"]) == 12
    assert sorted(of["ada"]) == sorted(of["grace"])
    assert of["ada"] != of["grace"]
    assert {tuple(sorted(map(tuple, rows))) for rows in study.choices.values_list("rows", flat=True)} == {
        ((HERITAGE_MINI,), (OTHER,))
    }
    create("--queries", *OBJECTS, "--slices", "1-4", "5-9", "--seed", "1", name="Again")
    fields = ("annotator", "position", "query__text", "slice", "rows")
    again = PreferenceStudy.objects.get(name="Again").choices
    assert list(again.values_list(*fields)) == list(study.choices.values_list(*fields))


def test_without_a_seed_nobody_can_work_out_the_order(world):
    for name in ("One", "Two"):
        create("--queries", "lamp", "--slices", "1-4", name=name)
    seeds = PreferenceStudy.objects.values_list("seed", flat=True)
    assert len(set(seeds)) == 2
    assert min(seeds) > 1_000_000


def test_queries_are_drawn_from_names_where_none_are_given(world, capsys):
    create("--query-count", "4", "--slices", "1-4", "--json")
    drawn = json.loads(capsys.readouterr().out)["queries"]
    assert len(drawn) == 4
    assert set(drawn) <= set(OBJECTS)


def test_a_dry_run_searches_and_stores_nothing(world, capsys):
    create("--queries", "lamp", "--slices", "1-5", "--dry-run", "--json")
    planned = json.loads(capsys.readouterr().out)
    assert (planned["study"], planned["choices_each"], planned["dry_run"]) == (None, 1, True)
    assert not PreferenceStudy.objects.exists()
    create("--queries", "lamp", "--slices", "1-5", "--dry-run")
    assert "Would open Search: heritage-mini, other-mini on things, 1 queries" in capsys.readouterr().out


def test_slices_in_which_all_models_agree_are_not_asked_about(world, capsys):
    """Ranks 1-10 of ten things of which five are lamps hold the same records whichever five come first."""
    Record.objects.exclude(name__in=["lamp", "loom", "unseen"]).delete()
    create("--queries", "lamp", "--slices", "1-5", "6-10", "--json")
    assert json.loads(capsys.readouterr().out)["choices_each"] == 2
    with pytest.raises(CommandError, match="same records for every query: there is nothing to choose between"):
        create("--queries", "lamp", "--slices", "1-10", name="All")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--models", HERITAGE_MINI], "compares models: name at least two"),
        (["--models", HERITAGE_MINI, HERITAGE_MINI], "compares models: name at least two"),
        (["--models", HERITAGE_MINI, "nothing"], "No model is called 'nothing'"),
        (
            ["--models", HERITAGE_MINI, "empty"],
            "empty has no vectors yet of 60 pictures: run python manage.py embed empty",
        ),
        (["--collections", "nowhere"], "No collection is called 'nowhere'"),
        (["--annotators", "nobody"], "No account named nobody: create it first"),
        (["--queries", "lamp", " "], "Query 2 is empty"),
        (["--queries", "lamp", "Lamp"], "Queries 1 and 2 are both 'Lamp'"),
        (["--queries", "other-mini"], "Experts would read other-mini in the study's queries"),
        (["--queries-file", "/no/such/file"], "cannot be read"),
        (["--query-count", "0"], "--query-count is 1 or more"),
        (["--slices", "1-4", "4-6"], "The slices 1-4 and 4-6 overlap"),
        (["--slices", "1-4", "28-31"], "The slice 28-31 reaches beyond the 30 records that have a picture"),
        (["--seed", "-1"], "whole number from 0"),
    ],
)
def test_mistakes_are_said_in_one_line_and_nothing_is_kept(world, arguments, sentence):
    EmbeddingModel.objects.create(slug="empty", source="local-dir:/empty", dimension=8)
    with pytest.raises(CommandError, match=sentence) as refused:
        create(*arguments)
    assert "\n" not in str(refused.value)
    assert not PreferenceStudy.objects.exists()


@pytest.mark.parametrize(("name", "sentence"), [(" ", "a name"), ("x" * 201, "at most 200"), ("Taken", "already")])
def test_names_that_cannot_be_given(world, name, sentence):
    preference_study(UserFactory(), name="Taken")
    with pytest.raises(CommandError, match=sentence):
        create("--queries", "lamp", name=name)


# --- Analysis --------------------------------------------------------------------------------


def prefer(study: PreferenceStudy, model: str | None) -> None:
    """Everybody chooses the row of `model`, or none."""
    for choice in study.choices.select_related("annotator"):
        place = next((place for place, models in enumerate(choice.rows, start=1) if model in models), 0)
        record_answer(choice=choice, annotator=choice.annotator, row=place)


def analyse(capsys, *arguments: str):
    call_command("analyse_preference_study", *arguments)
    return capsys.readouterr().out


def test_whoever_is_always_chosen_wins(capsys):
    queries = [f"query {number}" for number in range(8)]
    study = preference_study(UserFactory(username="ada"), UserFactory(username="grace"), queries=queries)
    prefer(study, "model-two")
    document = json.loads(analyse(capsys, study.name, "--json"))
    assert document["answer"][:2] == [
        "Experts chose the rows of model-two most often, in 100 % of 32 answers.",
        "It is preferred to model-one and model-three.",
    ]
    assert (document["n"], document["queries"], document["annotators"], document["open"]) == (32, 8, 2, True)
    assert [row["wins"] for row in document["overall"]["by_model"]] == [0, 32, 0]
    assert [group["group"] for group in document["by_slice"]] == ["results 1-3", "results 4-6"]
    assert document["pairs"][0] == {
        "models": ["model-one", "model-two"],
        "better": 0,
        "worse": 8,
        "equal": 0,
        "p": pytest.approx(2 / 2**8),
        "p_holm": pytest.approx(3 * 2 / 2**8),
    }
    report = analyse(capsys, str(study.pk))
    assert "model-two" in report
    assert "32, 100 % (63 to 100)" in report
    assert "ada" in report


def test_a_correction_counts_and_its_forerunner_does_not(capsys):
    study = preference_study(UserFactory())
    prefer(study, "model-one")
    prefer(study, None)
    document = json.loads(analyse(capsys, study.name, "--json"))
    assert document["n"] == PreferenceChoice.objects.count()
    assert document["overall"]["none_better"]["share"] == 1
    assert document["answer"] == ["In no answer was a row better than the others."]


def test_models_that_share_a_row_share_its_win(capsys):
    study = preference_study(UserFactory(), same=[("model-one", "model-three")])
    assert {len(rows) for rows in study.choices.values_list("rows", flat=True)} == {2}
    prefer(study, "model-three")
    document = json.loads(analyse(capsys, study.name, "--json"))
    assert [row["wins"] for row in document["overall"]["by_model"]] == [2, 0, 2]
    assert any("share a row" in caveat for caveat in document["caveats"])


def test_a_study_without_answers_is_no_mistake(capsys):
    study = preference_study(UserFactory())
    assert json.loads(analyse(capsys, study.name, "--json"))["answer"] == ["No answer can be given yet."]
    assert "No answer can be given yet." in analyse(capsys, study.name)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["None such"], "There is no preference study named None such. There are: none yet"),
        (["x", "--seed", "-1"], "--seed"),
    ],
)
def test_mistakes_of_the_analysis_are_said_in_one_line(arguments, sentence):
    with pytest.raises(CommandError, match=sentence):
        call_command("analyse_preference_study", *arguments)
