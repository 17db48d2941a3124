"""`sample_pairs` from stored vectors to stored pairs, and all the ways in which it says no."""

import json
from io import StringIO

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from heritage.errors import UserError
from heritage.models import Collection, Image, Record, Role, TextSegment
from heritage.progress import NoProgress
from linking import reading
from linking.actions import create_sampling
from linking.candidates import candidates_of, store_chosen
from linking.models import CandidatePair, Sampling, Stratum
from linking.provenance import changes_since, describe_changes
from linking.queries import comparison_parts
from linking.sampling.recipe import SamplingRecipe
from linking.sampling.variants.kinds import KINDS
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.vectors.store import write_vectors
from tests import linking_reference
from tests.factories import CollectionFactory, RecordFactory, UserFactory, collections_with_vectors

pytestmark = pytest.mark.django_db

MODELS = ("base", "ft-best", "ft-last")


@pytest.fixture
def world():
    return collections_with_vectors({"smg": 24, "nms": 15}, MODELS)


def sample(name="pilot", *options, models=MODELS, percentile="80"):
    out = StringIO()
    arguments = ["--collections", "smg", "nms", "--models", *models, "--percentile", percentile, "--json", *options]
    call_command("sample_pairs", name, *arguments, stdout=out)
    return json.loads(out.getvalue())


def refused(name="pilot", *options, **arguments) -> str:
    before = Sampling.objects.count(), Stratum.objects.count(), CandidatePair.objects.count()
    with pytest.raises(CommandError) as error:
        sample(name, *options, **arguments)
    assert (Sampling.objects.count(), Stratum.objects.count(), CandidatePair.objects.count()) == before
    assert "\n" not in str(error.value)
    return str(error.value)


def tables_of_the_database():
    """{model: {modality: [vectors of each record]}} read row by row through the ORM."""
    records = [*Record.objects.filter(collection__slug="smg"), *Record.objects.filter(collection__slug="nms")]
    tables = {}
    for model in EmbeddingModel.objects.filter(slug__in=MODELS):
        images = ImageVector.objects.filter(model=model)
        segments = SegmentVector.objects.filter(model=model)
        tables[model.slug] = {
            "image": [
                np.array([v.vector for v in images.filter(image__record=record)], np.float32).reshape(
                    -1, model.dimension
                )
                for record in records
            ],
            "text": [
                np.array([v.vector for v in segments.filter(segment__record=record)], np.float32).reshape(
                    -1, model.dimension
                )
                for record in records
            ],
        }
    return records, tables


def test_document_has_thresholds_strata_and_pairs_as_the_method_says(world):
    document = sample("pilot", "--per-stratum", "3")
    records, tables = tables_of_the_database()
    collections = np.array([record.collection.slug == "nms" for record in records]).astype(int)
    assert list(document["thresholds"]) == ["image-image", "text-text", "text-image"]
    strata_of = {}
    for comparison in document["thresholds"]:
        thresholds, strata = linking_reference.strata(tables, comparison, collections, 80)
        assert document["thresholds"][comparison] == pytest.approx(thresholds, abs=1e-12)
        strata_of[comparison] = {
            pattern: {(records[a].record_id, records[b].record_id) for a, b in pairs}
            for pattern, pairs in strata.items()
        }
    assert len(document["strata"]) == 15
    for stratum in document["strata"]:
        pattern = "".join(str(stratum["pattern"][model]) for model in MODELS)
        assert stratum["available"] == len(strata_of[stratum["comparison"]][pattern])
        assert stratum["drawn"] == 3
    assert len(document["pairs"]) == 45
    for pair in document["pairs"]:
        assert set(pair) >= {"a", "b", "comparison", "pattern", "similarity", "similar"}
        pattern = "".join(str(pair["pattern"][model]) for model in MODELS)
        assert (pair["a"], pair["b"]) in strata_of[pair["comparison"]][pattern]
        assert (pair["a_collection"], pair["b_collection"]) == ("smg", "nms")
        assert set(pair["similarity"]) == set(pair["similar"]) == set(document["thresholds"])
    assert len({(pair["a"], pair["b"]) for pair in document["pairs"]}) == 45


@pytest.mark.parametrize("kind", KINDS)
def test_similarities_thresholds_and_strata_are_of_the_kind_that_was_asked_for(world, kind):
    words, compared = kind.split("+"), ["image-image", "text-text", "text-image", "record-record"]
    options = ["--comparisons", *compared, "--per-stratum", "2", "--allow-fewer", "--similarity"]
    document = sample("pilot", *options, *words)
    records, tables = tables_of_the_database()
    collections = np.array([record.collection.slug == "nms" for record in records]).astype(int)
    place = {record.record_id: number for number, record in enumerate(records)}
    expected = {
        model: linking_reference.similarities_of_kind(own, kind, compared, collections) for model, own in tables.items()
    }
    assert document["recipe"]["similarity"] == kind
    assert list(document["thresholds"]) == (["fused"] if "fused" in words else compared)
    for comparison, by_model in document["thresholds"].items():
        for model, threshold in by_model.items():
            values = list(expected[model][comparison].values())
            assert threshold == pytest.approx(np.percentile(values, 80), abs=3e-5)
    assert len(document["pairs"]) > 5
    for pair in document["pairs"]:
        key = place[pair["a"]], place[pair["b"]]
        for comparison, by_model in pair["similarity"].items():
            for model, value in by_model.items():
                assert value == pytest.approx(expected[model][comparison].get(key), abs=3e-5)
                threshold = document["thresholds"][comparison][model]
                assert pair["similar"][comparison][model] == (value is not None and value >= threshold)
    sampling = Sampling.objects.get()
    assert sampling.similarity_kind.name == kind
    assert {stratum.comparison for stratum in sampling.strata.all()} == set(document["thresholds"])
    assert sample("pilot again", *options, kind)["pairs"] == document["pairs"]


def test_means_are_those_of_the_vectors_that_are_there(world):
    """Nothing is kept that could go stale: where vectors change, the next sampling has their mean."""
    before = sample("before", "--per-stratum", "2", "--dry-run", "--similarity", "centred")
    drifted = np.array([3, 0, 0, 0, 0, 1], np.float32)
    for stored in ImageVector.objects.filter(image__record__collection__slug="smg"):
        vector = np.array(stored.vector, np.float32) + drifted
        stored.vector = (vector / np.linalg.norm(vector)).tolist()
        stored.save()
    after = sample("after", "--per-stratum", "2", "--dry-run", "--similarity", "centred")
    assert after["thresholds"]["image-image"] != before["thresholds"]["image-image"]
    assert after["thresholds"]["text-text"] == before["thresholds"]["text-text"]
    records, tables = tables_of_the_database()
    collections = np.array([record.collection.slug == "nms" for record in records]).astype(int)
    for model, own in tables.items():
        values = linking_reference.similarities_of_kind(own, "centred", ["image-image"], collections)["image-image"]
        assert after["thresholds"]["image-image"][model] == pytest.approx(
            np.percentile(list(values.values()), 80), abs=1e-5
        )


def test_chosen_pairs_are_described_as_drawn_ones_are(world):
    """By the similarity, the thresholds and the strata of the sampling that they were found by."""
    for kind in (["centred", "fused"], ["plain"]):
        drawn = sample(f"pilot {kind}", "--per-stratum", "2", "--allow-fewer", "--similarity", *kind)
        sampling = Sampling.objects.get(name=drawn["name"])
        candidates = candidates_of(sampling, progress=NoProgress())
        keys = np.array(list(sampling.pairs.values_list("a", "b")))
        assert candidates.known(keys).all()
        places = candidates.places_of(keys)
        assert candidates.record_keys(places) == [tuple(pair) for pair in keys.tolist()]
        inclusion = np.full(len(keys), np.nan)
        inclusion[0] = 0.25
        chosen = store_chosen(
            name=f"chosen {kind}", candidates=candidates, pairs=places, inclusion=inclusion, why={"campaign": "x"}
        )
        assert chosen.similarity_kind == sampling.similarity_kind
        assert chosen.drawn_by == sampling.drawn_by
        for before, after in zip(sampling.pairs.all(), chosen.pairs.all(), strict=True):
            assert (after.similarity, after.similar) == (before.similarity, before.similar)
            of = after.stratum
            assert of.pattern == {model: int(flag) for model, flag in after.similar[of.comparison].items()}
            most = max(sum(by_model.values()) for by_model in after.similar.values())
            assert sum(of.pattern.values()) == most
        assert chosen.pairs.first().control == "random"
        assert list(chosen.pairs.values_list("inclusion_probability", flat=True)) == [0.25] + [None] * (len(keys) - 1)
        assert candidates_of(chosen, progress=NoProgress()).recipe.collections == ("smg", "nms")


def test_collections_of_one_record_are_compared_by_every_kind():
    collections_with_vectors({"one": 1, "other": 1}, ["base"])
    for kind in KINDS:
        options = ["--collections", "one", "other", "--models", "base", "--similarity", kind, "--allow-fewer"]
        out = StringIO()
        call_command("sample_pairs", kind, *options, "--comparisons", "text-text", "--json", stdout=out)
        document = json.loads(out.getvalue())
        assert len(document["pairs"]) == 1
        assert "NaN" not in out.getvalue()


def test_the_summary_says_which_similarity_it_was(world):
    arguments = ["--collections", "smg", "nms", "--models", "base", "--percentile", "80", "--allow-fewer"]
    for options, said in ((["--similarity", "csls"], True), ([], False)):
        out = StringIO()
        call_command("sample_pairs", f"pilot {said}", *arguments, *options, stdout=out)
        assert ("Similarity: csls." in out.getvalue()) == said


def test_what_is_printed_is_what_is_stored(world):
    document = sample("pilot", "--per-stratum", "2")
    sampling = Sampling.objects.get()
    assert sampling.thresholds == document["thresholds"]
    assert SamplingRecipe.from_json(sampling.recipe) == SamplingRecipe.from_json(document["recipe"])
    stored = [
        {
            "a": pair.a.record_id,
            "b": pair.b.record_id,
            "a_collection": pair.a.collection.slug,
            "b_collection": pair.b.collection.slug,
            "comparison": pair.stratum.comparison,
            "pattern": pair.stratum.pattern,
            "similarity": pair.similarity,
            "similar": pair.similar,
            "control": pair.control,
            "inclusion_probability": pair.inclusion_probability,
        }
        for pair in sampling.pairs.select_related("stratum", "a__collection", "b__collection")
    ]
    assert stored == document["pairs"]
    assert sampling.histograms == document["histograms"]
    sizes = {}
    for stratum in sampling.strata.all():
        pattern = "".join(str(stratum.pattern[model]) for model in MODELS)
        sizes.setdefault(stratum.comparison, {})[pattern] = stratum.available
    assert sizes == document["sizes"]
    with_images = {"smg": 16, "nms": 10}
    assert sum(sizes["image-image"].values()) == with_images["smg"] * with_images["nms"]
    assert sum(sizes["text-text"].values()) == 24 * 15
    assert sum(sizes["text-image"].values()) == 24 * with_images["nms"]


def test_the_stored_recipe_draws_the_same_pairs_again(world):
    first = sample("pilot", "--per-stratum", "2", "--seed", "5")
    again = create_sampling(
        name="again", recipe=SamplingRecipe.from_json(Sampling.objects.get().recipe), progress=NoProgress()
    ).as_json()
    assert again["pairs"] == first["pairs"]
    assert sample("other", "--per-stratum", "2", "--seed", "6")["pairs"] != first["pairs"]


def test_dry_run_stores_nothing_and_prints_the_same(world):
    tried = sample("pilot", "--per-stratum", "2", "--dry-run")
    assert not Sampling.objects.exists()
    drawn = sample("pilot", "--per-stratum", "2")
    assert tried | {"dry_run": False} == drawn


def test_summary_for_people(world):
    out = StringIO()
    call_command(
        *("sample_pairs", "pilot", "--collections", "smg", "nms", "--models", *MODELS),
        *("--percentile", "80", "--per-stratum", "2"),
        stdout=out,
    )
    assert "image-image   011" in out.getvalue()
    assert "30 pairs drawn, stored as pilot." in out.getvalue()


def test_records_without_image_have_no_similarity_there_and_are_not_similar(world):
    document = sample("pilot", "--comparisons", "text-text", "image-image", "--per-stratum", "5", "--allow-fewer")
    lacking = [pair for pair in document["pairs"] if pair["similarity"]["image-image"]["base"] is None]
    assert lacking
    for pair in lacking:
        assert set(pair["similarity"]["image-image"].values()) == {None}
        assert set(pair["similar"]["image-image"].values()) == {False}


def test_several_collections_are_compared_with_each_other(world):
    collections_with_vectors({"vam": 8}, [], models_present=MODELS)
    out = StringIO()
    call_command(
        *("sample_pairs", "three", "--collections", "nms", "smg", "vam", "--models", "base", "ft-best"),
        *("--comparisons", "text-text", "--percentile", "80", "--per-stratum", "12", "--json"),
        stdout=out,
    )
    document = json.loads(out.getvalue())
    assert sum(document["sizes"]["text-text"].values()) == 15 * 24 + 15 * 8 + 24 * 8
    order = ["nms", "smg", "vam"]
    assert all(order.index(pair["a_collection"]) < order.index(pair["b_collection"]) for pair in document["pairs"])
    assert len({(pair["a_collection"], pair["b_collection"]) for pair in document["pairs"]}) == 3


def test_keywords_keep_to_pairs_with_a_record_that_is_near(world, monkeypatch):
    asked = []

    class Encoder:
        def encode_texts(self, texts):
            asked.extend(texts)
            return np.eye(6, dtype=np.float32)[: len(texts)]

    monkeypatch.setattr("models_ml.networks.encoders.load_encoder", lambda source: asked.append(source) or Encoder())
    every = sample("every", "--allow-fewer", "--per-stratum", "500")
    some = sample("some", "--allow-fewer", "--per-stratum", "500", "--keywords", "telephone", "lamp", "--nearest", "4")
    assert asked[0].startswith("local-dir:")
    assert asked[1:] == ["telephone", "lamp"]
    assert some["thresholds"] == every["thresholds"]
    assert 0 < len(some["pairs"]) < len(every["pairs"])
    every_pair = [(pair["a"], pair["b"]) for pair in every["pairs"]]
    assert {(pair["a"], pair["b"]) for pair in some["pairs"]} <= set(every_pair)
    assert len({pair["a"] for pair in some["pairs"]} | {pair["b"] for pair in some["pairs"]}) > 8


def test_controls_and_combinations_are_stored_and_weighted(world):
    options = ("--comparisons", "image+text", "text-text", "--controls", "random", "similar", "--patterns", "agree")
    document = sample("pilot", "--per-stratum", "2", *options, percentile="60")
    assert set(document["thresholds"]) == {"image-image", "text-text"}
    assert document["strata"][0]["comparison"] == "image+text"
    assert [(control["control"], control["drawn"]) for control in document["controls"]] == 2 * [
        ("random", 2),
        ("similar", 2),
    ]
    text = document["controls"][2:]
    assert text[0]["available"] == 24 * 15
    assert text[1]["available"] == 24 * 15 - document["sizes"]["text-text"]["000"]
    assert sum(document["sizes"]["image+text"].values()) == 16 * 10
    assert len(document["pairs"]) == 2 * (2 + 2 + 2)
    for pair in document["pairs"]:
        assert 0 < pair["inclusion_probability"] <= 1
        for model in MODELS:
            both = pair["similar"]["image-image"][model] and pair["similar"]["text-text"][model]
            assert pair["similar"]["image+text"][model] == both
            assert pair["pattern"][model] == pair["similar"][pair["comparison"]][model]
    drawn = CandidatePair.objects.filter(control="random").values_list("stratum__comparison", flat=True)
    assert sorted(drawn) == ["image+text", "image+text", "text-text", "text-text"]


def test_any_two_disagree(world):
    document = sample("pilot", "--comparisons", "text-text", "--patterns", "disagree", "--per-stratum", "1")
    patterns = ["".join(map(str, stratum["pattern"].values())) for stratum in document["strata"]]
    assert patterns == ["110", "101", "100", "011", "010", "001"]


def test_chosen_collections_only_are_crossed(world):
    collections_with_vectors({"vam": 8}, [], models_present=MODELS)
    out = StringIO()
    arguments = ("--collections", "smg", "nms", "vam", "--models", "base", "--comparisons", "text-text")
    options = ("--percentile", "80", "--per-stratum", "60", "--cross", "vam:smg", "smg:nms", "--json")
    call_command("sample_pairs", "three", *arguments, *options, stdout=out)
    document = json.loads(out.getvalue())
    assert document["recipe"]["cross"] == ["smg:vam", "smg:nms"]
    assert sum(document["sizes"]["text-text"].values()) == 24 * 15 + 24 * 8
    crossed = {(pair["a_collection"], pair["b_collection"]) for pair in document["pairs"]}
    assert crossed == {("smg", "nms"), ("smg", "vam")}


def test_a_sampling_says_what_has_changed_since(world, django_assert_max_num_queries):
    sample("pilot", "--per-stratum", "1")
    sampling = Sampling.objects.get()
    with django_assert_max_num_queries(12):
        assert changes_since(sampling) == []
    EmbeddingModel.objects.filter(slug="base").update(fingerprint="f" * 64)
    vector = SegmentVector.objects.filter(model__slug="ft-best").first()
    vector.pk = None
    SegmentVector.objects.filter(model__slug="ft-best", segment=vector.segment).delete()
    vector.save()
    RecordFactory(collection=Collection.objects.get(slug="smg"))
    assert changes_since(sampling) == [
        "The model base has other weights.",
        "The records of smg are not the same: 24 then, 25 now.",
        "The text vectors of ft-best are not the same: 39, some of them replaced.",
    ]
    sampling.provenance = {}
    assert changes_since(sampling) == []


def test_vectors_of_two_kinds_of_pictures_are_said(world, client):
    client.force_login(UserFactory(role=Role.LEAD))
    sample("before", "--per-stratum", "1")
    vectors = ImageVector.objects.filter(model__slug="base")
    vectors.filter(pk=vectors.earliest("pk").pk).update(of_page=True)
    document = sample("mixed", "--per-stratum", "1")
    said = f"1 of {vectors.count()} of base"
    assert said in document["mixture"]
    out = StringIO()
    options = ["--collections", "smg", "nms", "--models", *MODELS, "--percentile", "80", "--per-stratum", "1"]
    call_command("sample_pairs", "tried", *options, "--dry-run", stdout=out)
    assert document["mixture"] in out.getvalue()
    for name, is_said in (("before", False), ("mixed", True)):
        page = client.get(Sampling.objects.get(name=name).get_absolute_url()).content.decode()
        assert (said in page) is is_said
    assert sample("texts", "--per-stratum", "1", "--comparisons", "text-text")["mixture"] == ""


def test_a_model_or_collection_that_is_gone_is_said(world):
    then = {"models": {"base": "1"}, "records": {"smg": "3:00"}, "vectors": {"base": {"image": "3:00"}}}
    gone = {"models": {}, "records": {}, "vectors": {}}
    assert describe_changes(then, gone) == [
        "The model base is no longer registered.",
        "The collection smg is no longer there.",
    ]


# --- Bad input -------------------------------------------------------------------------------


@pytest.mark.parametrize("percentile", ["0", "100", "-1", "120", "nan"])
def test_a_percentile_outside_its_range(world, percentile):
    assert "above 0 and below 100" in refused(percentile=percentile)


def test_a_quota_larger_than_a_stratum_names_the_strata_and_the_ways_out(world):
    message = refused("pilot", "--per-stratum", "100")
    assert "100 pairs that were asked for (image-image 111 (all agree) has " in message
    assert "--per-stratum" in message
    assert "--allow-fewer" in message
    document = sample("pilot", "--per-stratum", "100", "--allow-fewer", "--comparisons", "text-text")
    assert all(stratum["drawn"] == stratum["available"] < 100 for stratum in document["strata"])


def test_an_empty_stratum(world):
    # Only one pair is below so low a percentile, and for these models not the same one.
    options = ("--comparisons", "text-text", "--patterns", "11", "00")
    assert "text-text 00 (no model) has 0" in refused("pilot", *options, percentile="0.001", models=("base", "ft-best"))


def test_unknown_model_and_collection_list_the_known_ones(world):
    assert "No model is called 'gpt'" in refused(models=("base", "gpt"))
    assert "ft-best" in refused(models=("base", "gpt"))
    with pytest.raises(CommandError, match="No collection is called 'vam'; there are: nms, smg"):
        call_command("sample_pairs", "x", "--collections", "smg", "vam", "--models", "base")


def test_missing_vectors_name_the_command_that_computes_them(world):
    ImageVector.objects.filter(model__slug="ft-best")[0].delete()
    message = refused()
    assert "ft-best has no vectors yet of 1 images of smg, nms" in message
    assert "python manage.py embed ft-best --collection smg --collection nms" in message
    sample("texts", "--comparisons", "text-text", "--per-stratum", "1")  # needs no image
    assert "vectors of different images or texts" in refused("pilot", "--allow-missing")


def test_images_that_no_model_could_read_can_be_passed_over(world):
    unreadable = ImageVector.objects.first().image
    ImageVector.objects.filter(image=unreadable).delete()
    refused("pilot", "--per-stratum", "1")
    assert len(sample("pilot", "--per-stratum", "1", "--allow-missing")["pairs"]) == 15


def test_a_model_that_has_no_vectors_at_all(world):
    EmbeddingModel.objects.create(slug="new", source="local-dir:new", dimension=6)
    assert "embed new" in refused(models=("base", "new"))


def test_collections_without_images_cannot_be_compared_by_image(world):
    ImageVector.objects.all().delete()
    Image.objects.all().delete()
    assert "No pair of records can be compared by image-image" in refused()
    sample("texts", "--comparisons", "text-text", "--per-stratum", "1")


def test_models_of_different_dimensions_are_compared_each_with_itself(world):
    collections_with_vectors({}, ["wide"], dimension=9)
    for modality, items in (("image", Image), ("text", TextSegment)):
        keys = list(items.objects.values_list("pk", flat=True))
        vectors = np.random.default_rng(1).normal(size=(len(keys), 9))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        wide = EmbeddingModel.objects.get(slug="wide")
        write_vectors(model=wide, modality=modality, keys=keys, vectors=vectors.astype(np.float32))
    document = sample("pilot", "--per-stratum", "1", models=("base", "wide"))
    assert len(document["pairs"]) == 3 * 3


def test_a_percentile_that_selects_everything(world):
    """All similarities are the same number: all pairs are at the threshold, and so similar."""
    for vectors in (ImageVector, SegmentVector):
        vectors.objects.update(vector=[1, 0, 0, 0, 0, 0])
    document = sample("pilot", "--per-stratum", "1", "--allow-fewer")
    assert set(document["thresholds"]["text-text"].values()) == {1.0}
    assert document["sizes"]["text-text"] == {"111": 24 * 15, "100": 0, "011": 0, "010": 0, "001": 0}
    assert "text-text 100 (only base) has 0" in refused("other", "--per-stratum", "1")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--memory", "8"], "needs 32 MB of memory"),
        (["--device", "abacus"], "Device 'abacus'"),
        (["--device", "cuda:9"], "not there"),
        (["--controls", "placebo"], "choose from random, similar"),
        (["--cross", "smg"], "names no two of the collections"),
        (["--cross", "smg:smg"], "cannot be compared with itself"),
        (["--similarity", "best"], "No similarity is called 'best'; choose from plain, centred"),
        (["--similarity", "csls", "fused"], "csls and fused do not go together"),
        (["--similarity", "fused", "--comparisons", "image+text"], "name its comparisons instead"),
        (["--similarity", "csls", "--percentile-over", "vectors"], "--percentile-over records"),
        (["--patterns", "disagreeing"], "agree, disagree, alone, every"),
    ],
)
def test_options_that_make_no_sense(world, options, sentence):
    assert sentence in refused("pilot", *options)


def test_memory_and_device_do_not_change_what_is_drawn(world):
    every = sample("pilot", "--per-stratum", "2", "--dry-run", "--device", "cpu")
    assert sample("pilot", "--per-stratum", "2", "--dry-run", "--memory", "32") == every


def test_a_name_that_is_taken(world):
    sample("pilot", "--per-stratum", "1")
    assert "a sampling called 'pilot' already" in refused("pilot", "--per-stratum", "1")
    assert "a sampling called 'pilot' already" in refused(" pilot ", "--per-stratum", "1")
    assert "Give the sampling a name" in refused("  ")


def test_a_collection_with_itself_or_without_records(world):
    with pytest.raises(CommandError, match="cannot be compared with itself"):
        call_command("sample_pairs", "x", "--collections", "smg", "smg", "--models", "base")
    with pytest.raises(CommandError, match="at least two"):
        call_command("sample_pairs", "x", "--collections", "smg", "--models", "base")
    CollectionFactory(slug="empty")
    with pytest.raises(CommandError, match="empty has no records"):
        call_command("sample_pairs", "x", "--collections", "smg", "empty", "--models", "base")


def test_vectors_that_are_no_numbers(world, monkeypatch):
    real = reading.stream_vectors

    def broken(**arguments):
        for table in real(**arguments):
            table.vectors[0] = np.nan
            yield table

    monkeypatch.setattr(reading, "stream_vectors", broken)
    assert "NaN" in refused()


def test_nothing_is_stored_when_storing_fails_halfway(world, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(CandidatePair.objects, "bulk_create", fail)
    with pytest.raises(RuntimeError):
        sample("pilot", "--per-stratum", "1")
    assert not Sampling.objects.exists()
    assert not Stratum.objects.exists()


def test_a_cancelled_job_leaves_nothing(world):
    class CancelledError(Exception):
        pass

    class Progress(NoProgress):
        def advance(self, steps=1):
            raise CancelledError

    recipe = SamplingRecipe(collections=("smg", "nms"), models=MODELS)
    with pytest.raises(CancelledError):
        create_sampling(name="pilot", recipe=recipe, progress=Progress())
    assert not Sampling.objects.exists()


def test_records_imported_while_reading_are_noticed(world):
    places = reading.read_places(list(Collection.objects.order_by("-slug")))
    with pytest.raises(UserError, match="start again"):
        places.places_of(np.array([places.pks[0], 10**9]))


def test_histograms_come_in_the_order_of_the_models(world):
    """The database keeps the keys of a JSON object in an order of its own."""
    sample("ordered", models=("ft-last", "base"))
    for part in comparison_parts(Sampling.objects.get(name="ordered")):
        assert [model for model, _ in part.histograms] == ["ft-last", "base"]


def test_a_record_that_may_not_be_shown_is_in_no_pair_and_its_withholding_is_said(world):
    sample("pilot", "--per-stratum", "2")
    hidden = CandidatePair.objects.order_by("pk").first().a
    Record.objects.filter(pk=hidden.pk).update(withheld=True)
    assert any("The records of" in change for change in changes_since(Sampling.objects.get()))
    sample("again", "--per-stratum", "2")
    again = CandidatePair.objects.filter(sampling__name="again")
    assert again.exists()
    assert not again.filter(a=hidden).exists()
