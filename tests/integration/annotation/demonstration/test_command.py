"""`manage.py demo`, small, from nothing to two campaigns; then again, and after an interruption."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.demonstration import stages
from annotation.models import Annotation, Assignment, Campaign, Reflection
from annotation.vocabulary import Label
from heritage.models import Collection, Image, Record, Role, User
from linking.models import CandidatePair, Sampling
from models_ml.models import EmbeddingModel
from models_ml.registry import ensure_bundled_model
from models_ml.vectors.store import coverage

pytestmark = pytest.mark.django_db(transaction=True)

SIZE = {"records_a": 24, "records_b": 10, "epochs": 1}


@pytest.fixture(autouse=True)
def data_dir(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    settings.IMAGES_DIR = tmp_path / "images"
    settings.MODELS_DIR = tmp_path / "models"
    ensure_bundled_model()  # tests in transactions of their own begin with empty tables
    return tmp_path


def demo(**options: Any) -> dict[str, Any]:
    said = StringIO()
    call_command("demo", json=True, stdout=said, **options)
    return json.loads(said.getvalue())


def test_demonstration_from_nothing_and_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "the collection aldersby" in demo(dry_run=True)["missing"]
    assert not Collection.objects.exists()
    first = demo(**SIZE)
    assert demo(dry_run=True)["missing"] == []
    assert first["records"] == {"aldersby": 24, "inverlune": 10}
    assert first["pairs"] == CandidatePair.objects.count() > 0
    assert all(collection.simulated for collection in Collection.objects.all())
    assert not Image.objects.filter(content_hash="").exists()
    sampling = Sampling.objects.get()
    assert sampling.model_slugs == ["heritage-mini", "demo-mixed-best", "demo-collection-best"]  # one epoch has no last
    assert set(sampling.model_slugs) == set(EmbeddingModel.objects.values_list("slug", flat=True))
    assert len(sampling.recipe["patterns"]) == 6
    for model in EmbeddingModel.objects.all():
        covered = coverage(model=model, collections=list(Collection.objects.all()))
        assert (covered.images_missing, covered.segments_missing) == (0, 0)

    own, simulated = Campaign.objects.get(name="Try it yourself"), Campaign.objects.get(name="Simulated annotators")
    assert own.is_open
    assert not own.simulated
    assert {a.annotator.username for a in own.assignments.all()} == {"visitor"}
    assert not Annotation.objects.filter(assignment__campaign=own).exists()
    learnt_from = own.guidance_pairs.order_by("created", "pk")
    assert {"example", "practice"} == set(learnt_from.values_list("kind", flat=True))
    assert all(each.note for each in learnt_from)
    assert own.assignments.count() == own.pairs_each  # nothing was taken out of the visitor's hands
    gold = own.gold_pairs.all()
    assert gold
    assert {mark.pair_id for mark in gold} <= set(own.assignments.values_list("pair", flat=True))
    assert simulated.simulated
    assert not simulated.is_open
    people = User.objects.filter(assignments__campaign=simulated).distinct()
    assert {person.username for person in people} == {f"simulated-{number}" for number in range(1, 9)}
    # All eight answered every pair of it, so that a link is what most of them say.
    assert simulated.assignments.count() == 8 * simulated.pairs_each
    assert simulated.assignments.values("pair").distinct().count() == simulated.pairs_each
    labels = Annotation.objects.filter(assignment__campaign=simulated)
    assert labels.count() == Assignment.objects.filter(campaign=simulated).count()
    assert set(labels.values_list("label", flat=True)) <= set(Label.values)
    assert Reflection.objects.filter(text__startswith="Simulated").count() == 8

    passwords = {account["username"]: account["password"] for account in first["accounts"]}
    lead, visitor = User.objects.get(username="lead"), User.objects.get(username="visitor")
    assert (lead.role, visitor.role) == (Role.LEAD, Role.ANNOTATOR)
    assert lead.check_password(passwords["lead"])
    assert visitor.check_password(passwords["visitor"])
    assert (data_dir / "demonstration" / "accounts.json").stat().st_mode & 0o077 == 0
    # What is known of the objects is in a file only.
    assert not Record.objects.filter(taxonomy__contains=["unrelated"]).exists()
    assert (data_dir / "demonstration" / "truth.csv").is_file()

    # The second run finds everything and touches nothing: no model is loaded, nothing is drawn.
    marks = list(learnt_from.values_list("pk", flat=True)), list(gold.values_list("pk", flat=True))
    kept = list(CandidatePair.objects.values_list("pk", flat=True)), list(labels.values_list("pk", flat=True))
    visitor.set_password("changed by its owner")
    visitor.save()
    for heavy in ("models_ml.finetuning.actions.finetune_model", "models_ml.vectors.embedding.embed_collections"):
        monkeypatch.setattr(heavy, None)
    monkeypatch.setattr(stages, "create_sampling", None)
    again = demo()
    assert again["records"] == first["records"]
    assert again["campaigns"] == first["campaigns"]
    assert {account["username"]: account["password"] for account in again["accounts"]} == {
        "lead": passwords["lead"],
        "visitor": None,
    }
    assert kept == (list(CandidatePair.objects.values_list("pk", flat=True)), list(labels.values_list("pk", flat=True)))

    assert marks == (list(learnt_from.values_list("pk", flat=True)), list(gold.values_list("pk", flat=True)))

    # An interruption in the last stage: half of the simulated answers are missing.
    Reflection.objects.all().delete()
    wanted = labels.count()
    gone = list(labels.order_by("pk")[wanted // 2 :].values_list("pk", flat=True))
    Annotation.objects.filter(pk__in=gone).delete()
    Campaign.objects.filter(pk=simulated.pk).update(closed=None)
    assert demo(dry_run=True)["missing"] == ["the campaign Simulated annotators"]
    demo(password="museum-at-night")
    assert labels.count() == wanted
    simulated.refresh_from_db()
    assert not simulated.is_open
    assert User.objects.get(username="visitor").check_password("museum-at-night")

    # One that an earlier version made keeps its models, and lacks nothing.
    EmbeddingModel.objects.filter(slug="demo-collection-best").update(slug="demo-best")
    sampling.recipe["models"] = ["heritage-mini", "demo-best"]
    sampling.save()
    assert demo(dry_run=True)["missing"] == []
    assert demo()["campaigns"] == first["campaigns"]

    with pytest.raises(CommandError, match=r"24 \+ 10 records"):
        call_command("demo", seed=7)
    assert Sampling.objects.count() == 1


def test_a_collection_of_the_same_name_is_not_touched() -> None:
    Collection.objects.create(slug="aldersby", name="A real museum")
    with pytest.raises(CommandError, match="that the demonstration did not make"):
        call_command("demo", records_a=5, records_b=5)
    assert Record.objects.count() == 0
