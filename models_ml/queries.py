"""What pages and commands read about models."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, QuerySet

from heritage.catalogue.queries import for_cards
from heritage.models import Collection, Image, Record, TextSegment
from models_ml.models import EmbeddingModel, Evaluation, ImageVector, SegmentVector
from models_ml.search.fusion import fuse
from models_ml.training.kinds import SELECTIONS, Weights
from models_ml.vectors.means import house_styles
from models_ml.vectors.neighbours import nearest_records
from models_ml.vectors.store import Coverage, Modality

RECENT_EVALUATIONS = 200
# What the list of similar records may go by. The first is what it begins with: no measurement on museums' own records
# has decided for another yet.
ALL_MODELS = "all-models"
SHOWN_SIMILAR = 12
SIMILARITIES = {"plain": "As published", "centred": "Without house style"}
# The row of an evaluation that the registry shows, by kind: which figure of which task.
_HEADLINES: dict[str, tuple[str, dict[str, Any]]] = {
    "zero-shot": ("accuracy", {"target": "name", "candidates": 5, "candidates_from": "own", "subset": "all"}),
    "search": ("relevance", {"from": "image", "to": "image", "across": False, "top": 10}),
}


@dataclass(frozen=True)
class Figure:
    """A model's figure in an evaluation, with its 95 % interval."""

    value: float
    low: float
    high: float
    n: int
    evaluation: int


@dataclass(frozen=True)
class ModelFigures:
    """Newest figures on held-out records: accuracy with 5 names, relevant records in a picture's top 10."""

    accuracy: Figure | None = None
    relevance: Figure | None = None


@dataclass(frozen=True)
class ModelRow:
    model: EmbeddingModel
    coverage: Coverage
    figures: ModelFigures

    def as_dict(self) -> dict[str, Any]:
        return {
            "slug": self.model.slug,
            "source": self.model.source,
            "dimension": self.model.dimension,
            "parent": self.model.parent.slug if self.model.parent else None,
            "vectors": {
                "images": self.coverage.images_present,
                "images_missing": self.coverage.images_missing,
                "images_of_page": self.coverage.images_of_page,
                "segments": self.coverage.segments_present,
                "segments_missing": self.coverage.segments_missing,
            },
        }


def list_models() -> list[ModelRow]:
    """All models with their vectors over all collections and newest figures, in nine queries whatever their number."""
    images = Image.objects.exclude(content_hash="").count()
    segments = TextSegment.objects.count()
    with_images = _counts(ImageVector.objects)
    with_segments = _counts(SegmentVector.objects)
    of_page = _counts(ImageVector.objects.filter(of_page=True))
    away = _counts(ImageVector.objects.filter(image__content_hash=""))
    figures = newest_figures()
    return [
        ModelRow(
            model,
            figures=figures.get(model.slug, ModelFigures()),
            coverage=Coverage(
                images=images + away.get(model.pk, 0),
                images_missing=images + away.get(model.pk, 0) - with_images.get(model.pk, 0),
                segments=segments,
                segments_missing=segments - with_segments.get(model.pk, 0),
                images_of_page=of_page.get(model.pk, 0),
            ),
        )
        for model in EmbeddingModel.objects.select_related("parent")
    ]


def lineage(model: EmbeddingModel) -> list[EmbeddingModel]:
    """The models that this one descends from, the oldest first, itself left out."""
    by_pk = EmbeddingModel.objects.in_bulk()
    ancestors: list[EmbeddingModel] = []
    parent = by_pk.get(model.parent_id) if model.parent_id else None
    while parent is not None:
        ancestors.insert(0, parent)
        parent = by_pk.get(parent.parent_id) if parent.parent_id else None
    return ancestors


@dataclass(frozen=True)
class EpochRow:
    """An epoch of a model's fine-tuning; `measures` in the order of the column titles."""

    epoch: int
    training_loss: float | None
    evaluation_loss: float
    measures: tuple[float | None, ...]


def training_epochs(model: EmbeddingModel) -> tuple[list[str], list[EpochRow]]:
    """Titles of the measures that were taken beside the losses, and the epochs; none of either where it has none."""
    epochs = model.training.get("epochs", [])
    names = [name for name in SELECTIONS if any(name in epoch.get("measures", {}) for epoch in epochs)]
    rows = [
        EpochRow(
            epoch["epoch"],
            epoch["training_loss"],
            epoch["evaluation_loss"],
            tuple(epoch.get("measures", {}).get(name) for name in names),
        )
        for epoch in epochs
    ]
    return [SELECTIONS[name].title for name in names], rows


def weights_of(model: EmbeddingModel) -> Weights | None:
    """Which of its fine-tuning's weights it has; None where that is not known."""
    kinds = model.training.get("kinds", [])
    own = next((kind for kind in kinds if kind["kind"] == model.training.get("kind")), None)
    return Weights(own["kind"], tuple(own["epochs"])) if own else None


def coverage_by_collection(model: EmbeddingModel) -> list[tuple[Collection, Coverage]]:
    """The model's vectors in each collection, in seven queries whatever the number of collections. Vectors of pictures
    that are not here, which came from elsewhere, count among its pictures."""
    here = Image.objects.exclude(content_hash="")
    by_collection = "record__collection"
    images = _counts(here, by_collection)
    segments = _counts(TextSegment.objects, by_collection)
    with_images = _counts(model.image_vectors, f"image__{by_collection}")
    with_segments = _counts(model.segment_vectors, f"segment__{by_collection}")
    of_page = _counts(model.image_vectors.filter(of_page=True), f"image__{by_collection}")
    away = _counts(model.image_vectors.filter(image__content_hash=""), f"image__{by_collection}")
    return [
        (
            collection,
            Coverage(
                images=images.get(collection.pk, 0) + away.get(collection.pk, 0),
                images_missing=images.get(collection.pk, 0)
                + away.get(collection.pk, 0)
                - with_images.get(collection.pk, 0),
                segments=segments.get(collection.pk, 0),
                segments_missing=segments.get(collection.pk, 0) - with_segments.get(collection.pk, 0),
                images_of_page=of_page.get(collection.pk, 0),
            ),
        )
        for collection in Collection.objects.all()
    ]


def newest_figures() -> dict[str, ModelFigures]:
    """By slug, from the newest evaluations. Those of a model whose weights have changed since are passed over."""
    weights = dict(EmbeddingModel.objects.values_list("slug", "fingerprint"))
    found: dict[str, dict[str, Figure]] = {}
    kept = Evaluation.objects.filter(kind__in=_HEADLINES, document__settings__records="held-out")
    fields = ("pk", "kind", "document__rows", "document__fingerprints")
    for pk, kind, rows, fingerprints in kept.values_list(*fields)[:RECENT_EVALUATIONS]:
        name, wanted = _HEADLINES[kind]
        for row in rows:
            slug = row["model"]
            if slug in weights and fingerprints[slug] == weights[slug] and wanted.items() <= row.items():
                figure = Figure(row[name], row["low"], row["high"], row["n"], pk)
                found.setdefault(slug, {}).setdefault(name, figure)
    return {slug: ModelFigures(**figures) for slug, figures in found.items()}


def newest_by_noun(models: Sequence[str]) -> dict[str, Any] | None:
    """How much more often each of `models` names a picture right than the first of them, noun by noun.

    From the newest zero-shot evaluation of all of them on held-out records that has such figures, for the fewest
    candidates it was asked with; None where there is none, or a model's weights have changed since.
    """
    if len(models) < 2:
        return None
    weights = dict(EmbeddingModel.objects.filter(slug__in=models).values_list("slug", "fingerprint"))
    of_models = Evaluation.objects.filter(
        kind=Evaluation.Kind.ZERO_SHOT,
        document__settings__records="held-out",
        document__settings__models__contains=list(models),
        document__settings__models__0=models[0],
    ).exclude(document__by_noun=[])
    newest = of_models.values("pk", "created", "document__by_noun", "document__fingerprints").first()
    if newest is None or any(newest["document__fingerprints"][model] != weights.get(model) for model in models):
        return None
    rows = [row for row in newest["document__by_noun"] if row["models"][0] in models]
    candidates = min(row["candidates"] for row in rows)
    return {
        "evaluation": newest["pk"],
        "made": newest["created"].date().isoformat(),
        "candidates": candidates,
        "rows": [row for row in rows if row["candidates"] == candidates],
    }


def evaluation_rows() -> QuerySet[Evaluation]:
    """All evaluations, newest first, with models, who started them and what they were asked."""
    return (
        Evaluation.objects.select_related("created_by")
        .prefetch_related("evaluated")
        .annotate(settings=F("document__settings"), records=F("document__records"))
        .defer("document")
    )


def _counts(rows: Any, by: str = "model") -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))


def similar(record: Record, *, model_slug: str, by: Modality, similarity: str) -> dict[str, Any]:
    """What a model finds most similar to a record in the other collections, ready for the page.

    The newest model with vectors is taken where `model_slug` names none; of ALL_MODELS, what most of them find, and how
    many do. `similarity` is of SIMILARITIES. Where
    "centred" is asked for and means are missing or stale, the answer is plain, and `lacks_means` true.
    """
    models = list(EmbeddingModel.objects.order_by("-pk"))
    if model_slug == ALL_MODELS and len(models) > 1:
        return _agreed(record, models=models, by=by, similarity=similarity)
    chosen = next((model for model in models if model.slug == model_slug), None)
    found: list[tuple[int, float]] = []
    styles = None
    for model in [chosen] if chosen else models:
        styles = house_styles(model=model, modality=by) if similarity == "centred" else None
        found = nearest_records(model=model, modality=by, record=record, styles=styles, limit=SHOWN_SIMILAR)
        if found:
            chosen = model
            break
    records = for_cards(Record.objects.all()).in_bulk([pk for pk, _ in found])
    return {
        "record": record,
        "models": models,
        "model": chosen,
        "by": by,
        "similarity": similarity,
        "lacks_means": similarity == "centred" and styles is None,
        "similar": [{"record": records[pk], "cosine": cosine} for pk, cosine in found if pk in records],
    }


def _agreed(record: Record, *, models: Sequence[EmbeddingModel], by: Modality, similarity: str) -> dict[str, Any]:
    """What models find similar, fused by reciprocal rank: the more of them and the earlier, the further ahead.

    A model whose means are missing or stale is left out where these are to be subtracted.
    """
    lists: dict[str, list[int]] = {}
    for model in models:
        styles = house_styles(model=model, modality=by) if similarity == "centred" else None
        if similarity == "centred" and styles is None:
            continue
        found = nearest_records(model=model, modality=by, record=record, styles=styles, limit=SHOWN_SIMILAR)
        if found:
            lists[model.slug] = [pk for pk, _ in found]
    fused = fuse(lists)[:SHOWN_SIMILAR]
    records = for_cards(Record.objects.all()).in_bulk([each.record for each in fused])
    return {
        "record": record,
        "models": models,
        "model": None,
        "is_agreed": True,
        "asked": len(lists),
        "by": by,
        "similarity": similarity,
        "similar": [
            {"record": records[each.record], "found_by": sorted(each.ranks)} for each in fused if each.record in records
        ],
    }
