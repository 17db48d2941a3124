"""evaluate links over records and vectors in the database."""

import csv
import json
import re

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from sklearn.metrics import average_precision_score, roc_auc_score

from heritage.models import Record
from heritage.progress import NoProgress
from linking.sampling.comparisons import COMPARISONS, METHOD_COMPARISONS
from models_ml.evaluation.actions import evaluate_models
from models_ml.evaluation.kinds import restored_settings
from models_ml.models import EmbeddingModel, Evaluation, ImageVector, SegmentVector
from models_ml.queries import newest_figures
from tests.factories import CollectionFactory, RecordFactory, collections_with_vectors
from tests.linking_reference import AGGREGATES, fused, pooled, similarity

pytestmark = pytest.mark.django_db

SIZES = {"left": 24, "right": 16}


@pytest.fixture
def world():
    return collections_with_vectors(SIZES, ["one", "two"])


def keys_file(path):
    """Records of a group by number: the same object by twelves, similar by sixes, of one category by twos."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["collection", "record_id", "model", "kind", "category"])
        for slug, size in SIZES.items():
            writer.writerows([slug, f"{slug}-{n}", n % 12, f"k{n % 6}", f"c{n % 2}"] for n in range(size))
    return path


@pytest.fixture
def truth(world, tmp_path):
    return keys_file(tmp_path / "truth.csv")


def evaluate(capsys, *arguments):
    call_command("evaluate", "links", *map(str, arguments), "--json")
    return json.loads(capsys.readouterr().out)


def vectors_of(model, collection, compared):
    """{record id: its vectors of that modality, or the one of `record`}."""
    if compared == "record":
        images, texts = vectors_of(model, collection, "image"), vectors_of(model, collection, "text")
        return {record: pooled(images[record], texts[record]) for record in images}
    return stored_vectors(model, collection, compared)


def stored_vectors(model, collection, modality):
    records = Record.objects.filter(collection__slug=collection).order_by("pk")
    if modality == "image":
        stored = ImageVector.objects.filter(model__slug=model).order_by("image__position")
        rows = stored.values_list("image__record", "vector")
    else:
        stored = SegmentVector.objects.filter(model__slug=model).order_by("segment__position")
        rows = stored.values_list("segment__record", "vector")
    found = {record.pk: [] for record in records}
    for record, vector in rows:
        if record in found:
            found[record].append(np.asarray(vector, np.float32))
    return {Record.objects.get(pk=record).record_id: np.array(vectors) for record, vectors in found.items()}


def closeness(a, b):
    one, other = int(a.split("-")[1]), int(b.split("-")[1])
    return next((3 - place for place, step in enumerate((12, 6, 2)) if one % step == other % step), 0)


def test_rows_are_those_of_a_naive_reference(truth, capsys):
    document = evaluate(capsys, "--models", "one", "two", "--truth", truth)
    assert document["evaluation"] == "links"
    assert document["collections"] == ["left", "right"]
    assert (document["records"], document["records_of"]) == (40, SIZES)
    assert document["truth"]["labels"]["same_object"] == 32
    assert len(document["rows"]) == 2 * 6 * 3
    assert [row["model"] for row in document["rows"]] == ["one"] * 18 + ["two"] * 18
    rows = {(row["model"], row["comparison"], row["label"]): row for row in document["rows"]}
    for model in ("one", "two"):
        found = {}
        for name, comparison in COMPARISONS.items():
            left, right = vectors_of(model, "left", comparison.a), vectors_of(model, "right", comparison.b)
            pairs = [(a, b) for a in left for b in right if len(left[a]) and len(right[b])]
            values = [similarity(left[a], right[b], AGGREGATES[name]) for a, b in pairs]
            found[name] = dict(zip(pairs, values, strict=True))
            for label, closest in (("linked", 1), ("similar", 2), ("same", 3)):
                links = [closeness(a, b) >= closest for a, b in pairs]
                row = rows[model, name, label]
                assert (row["n"], row["links"]) == (len(pairs), sum(links))
                assert row["auc"] == pytest.approx(roc_auc_score(links, values), abs=1e-4)
                assert row["average_precision"] == pytest.approx(average_precision_score(links, values), abs=1e-3)
                assert row["low"] < row["auc"] < row["high"]
                assert list(row["top_share"]) == list(row["top_share_low"]) == ["0.1", "1", "5"]
                best = max(1, int(len(pairs) * 0.05 + 0.5))
                top = np.argsort(-np.array(values), kind="stable")[:best]
                assert row["top_share"]["5"] == pytest.approx(np.mean([links[place] for place in top]), abs=1e-6)
                assert row["queries"] == len({a for (a, _), link in zip(pairs, links, strict=True) if link}) + len(
                    {b for (_, b), link in zip(pairs, links, strict=True) if link}
                )
                assert 0 < row["recall"]["1"] <= row["recall"]["5"] <= row["recall"]["10"] <= 1
        assert rows[model, "fused", "linked"]["similarity"] == "fused"
        whole = set.intersection(*map(set, found.values()))  # pairs that have all that is compared
        of_method = [{pair: found[name][pair] for pair in whole} for name in METHOD_COMPARISONS]
        together = fused(of_method)
        links = [closeness(*pair) > 0 for pair in together]
        row = rows[model, "fused", "linked"]
        assert (row["n"], row["auc"]) == (
            len(whole),
            pytest.approx(roc_auc_score(links, list(together.values())), 1e-4),
        )
    measures = {(row["comparison"], row["label"], row["measure"]) for row in document["comparisons"]}
    assert len(document["comparisons"]) == len(measures) == 6 * 3 * 3
    assert {tuple(row["models"]) for row in document["comparisons"]} == {("two", "one")}


def test_pairs_say_what_keys_say(truth, tmp_path, capsys):
    by_keys = evaluate(capsys, "--models", "one", "--truth", truth)
    words = ["", "same_category", "similar_object", "same_object"]
    pairs = tmp_path / "pairs.csv"
    lines = [
        f"right-{b},left-{a},{words[near]}"
        for a in range(24)
        for b in range(16)
        if (near := closeness(f"left-{a}", f"right-{b}"))
    ]
    pairs.write_text("\n".join(["a,b,label", *lines]))
    by_pairs = evaluate(capsys, "--models", "one", "--truth", pairs, "--collections", "left", "right")
    assert by_pairs["rows"] == by_keys["rows"]
    unrelated = [
        f"left-{a},right-{b},unrelated" for a in range(24) for b in range(16) if not closeness(f"l-{a}", f"r-{b}")
    ]
    pairs.write_text("\n".join(["a,b,label", *lines, *unrelated]))
    named = evaluate(capsys, "--models", "one", "--truth", pairs)["rows"]
    for row, same in zip(named, by_keys["rows"], strict=True):
        assert (row["n"], row["auc"]) == (same["n"], pytest.approx(same["auc"]))
        assert row["recall"] is row["mrr"] is None
        assert row["queries"] == 0


def test_two_variants_are_compared_over_the_same_pairs(truth, capsys):
    document = evaluate(capsys, "--models", "one", "--truth", truth, "--similarity", "fused", "fused+centred")
    assert [(row["similarity"], row["label"]) for row in document["rows"]] == [
        (name, label) for name in ("fused", "centred+fused") for label in ("linked", "similar", "same")
    ]
    assert len(document["variants"]) == 9
    for row in document["variants"]:
        assert row["similarities"] == ["centred+fused", "fused"]
        assert 0 <= row["p"] <= 1


def test_only_held_out_records_where_asked(truth, capsys, monkeypatch):
    EmbeddingModel.objects.filter(slug="one").update(training={"recipe": {"seed": 2}})

    def side_of(collection, record_id, seed):
        assert seed == 2
        return "evaluation" if int(record_id.split("-")[1]) % 3 == 0 else "train"

    monkeypatch.setattr("linking.evaluation.link_evaluation.side", side_of)
    document = evaluate(capsys, "--models", "one", "--truth", truth, "--records", "held-out")
    assert (document["records"], document["split_seeds"]) == (8 + 6, [2])
    assert document["held_out"] == {"records": 8 + 6, "pairs": 8 * 6}
    assert next(row["n"] for row in document["rows"] if row["comparison"] == "text-text") == 8 * 6


def test_held_out_records_are_the_default_where_a_model_learnt_from_links(truth, capsys):
    two = EmbeddingModel.objects.get(slug="two")
    document = evaluate(capsys, "--models", "one", "two", "--truth", truth)
    assert (document["settings"]["records"], document["learnt_from_links"]) == ("all", [])
    EmbeddingModel.objects.filter(slug="one").update(parent=two)
    EmbeddingModel.objects.filter(slug="two").update(training={"links": {"campaigns": ["Pilot"]}})
    every = evaluate(capsys, "--models", "one", "--truth", truth, "--records", "all")
    assert (every["settings"]["records"], every["learnt_from_links"]) == ("all", ["one"])
    assert 0 < every["held_out"]["records"] < every["records"]
    held_out = evaluate(capsys, "--models", "one", "--truth", truth, "--seed", "1")
    assert held_out["settings"]["records"] == "held-out"
    assert (held_out["records"], held_out["held_out"]) == (5, {"records": 5, "pairs": 4})
    assert "--records held-out --seed 1" in restored_settings("links", held_out["settings"]).command()


def test_figures_are_kept_and_can_be_repeated(truth, capsys):
    printed = evaluate(capsys, "--models", "one", "two", "--truth", truth)
    kept = Evaluation.objects.get(pk=printed.pop("id"))
    assert kept.document == printed
    again = restored_settings(kept.kind, kept.document["settings"])
    assert again.command().split()[2:4] == ["evaluate", "links"]
    assert json.loads(json.dumps(evaluate_models(again, progress=NoProgress(), dry_run=True).document)) == kept.document
    assert newest_figures() == {}  # the registry shows zero-shot and search
    evaluate(capsys, "--models", "one", "--truth", truth, "--dry-run")
    assert Evaluation.objects.count() == 1


def test_figures_for_people_and_as_csv(truth, capsys):
    call_command("evaluate", "links", "--models", "one", "two", "--truth", str(truth))
    text = capsys.readouterr().out
    assert text.startswith("Links and other pairs told apart\n\nModel")
    assert "Partners found" in text
    assert "two − one" in text
    assert re.search(r"Evaluated on all 40 records, of which \d+ are held out \(\d+ pairs\)\.$", text.rstrip())
    call_command("evaluate", "links", "--models", "one", "--truth", str(truth), "--format", "csv")
    heading = capsys.readouterr().out.splitlines()[0].split(",")
    assert {"auc", "low", "high", "top_share_1", "top_share_1_low", "recall_10_high", "mrr"} <= set(heading)


def test_a_record_that_may_not_be_shown_takes_no_part(truth, tmp_path, capsys):
    Record.objects.filter(record_id="left-23").update(withheld=True)
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b,label\nleft-1,right-1,same_object\nleft-2,right-2,same_object\n")
    document = evaluate(capsys, "--models", "one", "--truth", pairs, "--collections", "left", "right")
    assert document["records_of"] == {"left": 23, "right": 16}
    with pytest.raises(CommandError, match="have no record 'left-23'"):
        call_command("evaluate", "links", "--models", "one", "--truth", str(truth))


def test_a_collection_of_one_record_has_figures_without_intervals(truth, tmp_path, capsys):
    lonely = CollectionFactory(slug="lonely")
    RecordFactory(collection=lonely, record_id="L", name="lamp")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("a,b,label\nleft-1,L,same_object\n")
    model = EmbeddingModel.objects.get(slug="one")
    segment = Record.objects.get(record_id="L").segments.create(kind="name", position=0, text="lamp")
    SegmentVector.objects.create(model=model, segment=segment, vector=[1, 0, 0, 0, 0, 0])
    document = evaluate(capsys, "--models", "one", "--truth", pairs, "--collections", "left", "lonely")
    assert {row["comparison"] for row in document["rows"]} == {"text-text", "image-text"}
    assert all(row["low"] is row["high"] is row["mrr_low"] is None for row in document["rows"])
    assert set(document["left_out"]) == {"image-image", "text-image", "record-record", "fused"}
    call_command("evaluate", "links", "--models", "one", "--truth", str(pairs), "--collections", "left", "lonely")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--models", "one"], "give one of them"),
        (["--models", "one", "--truth", "TRUTH", "--campaign", "x"], "give one of them"),
        (["--models", "one", "--campaign", "Nobody’s"], "There is no campaign named Nobody’s"),
        (["--models", "one", "one", "--truth", "TRUTH"], "names one twice"),
        (["--models", "nobody", "--truth", "TRUTH"], "No model is called 'nobody'"),
        (["--models", "one", "--truth", "nowhere.csv"], "cannot be read"),
        (["--models", "one", "--truth", "TRUTH", "--collections", "left"], "names 1"),
        (["--models", "one", "--truth", "TRUTH", "--collections", "left", "elsewhere"], "No collection is called"),
        (["--models", "one", "--truth", "TRUTH", "--similarity", "cosy"], "choose from plain, centred"),
        (["--models", "heritage-mini", "--truth", "TRUTH"], "run embed heritage-mini first"),
    ],
)
def test_bad_input_is_said(truth, arguments, reason):
    with pytest.raises(CommandError, match=reason):
        call_command("evaluate", "links", *[str(truth) if word == "TRUTH" else word for word in arguments])
    assert not Evaluation.objects.exists()


def test_truth_of_records_that_are_not_there_is_refused(world, tmp_path):
    path = tmp_path / "truth.csv"
    path.write_text("collection,record,key\nleft,left-0,a\nelsewhere,x,a\n")
    with pytest.raises(CommandError, match="No collection is called 'elsewhere'"):
        call_command("evaluate", "links", "--models", "one", "--truth", str(path))
    path.write_text("record,key\nleft-0,a\nleft-99,a\n")
    with pytest.raises(CommandError, match="Line 3: left and right have no record 'left-99'"):
        call_command("evaluate", "links", "--models", "one", "--truth", str(path))
    CollectionFactory(slug="third")
    with pytest.raises(CommandError, match="Which two collections are linked"):
        call_command("evaluate", "links", "--models", "one", "--truth", str(path))
