"""What pages and commands read about models."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count

from heritage.models import Collection, Image, Record, TextSegment
from models_ml.models import EmbeddingModel, ImageVector, SegmentVector
from models_ml.vectors import Coverage, Modality, nearest_records


@dataclass(frozen=True)
class ModelRow:
    model: EmbeddingModel
    coverage: Coverage

    def as_dict(self) -> dict[str, Any]:
        return {
            "slug": self.model.slug,
            "source": self.model.source,
            "dimension": self.model.dimension,
            "parent": self.model.parent.slug if self.model.parent else None,
            "vectors": {
                "images": self.coverage.images_present,
                "images_missing": self.coverage.images_missing,
                "segments": self.coverage.segments_present,
                "segments_missing": self.coverage.segments_missing,
            },
        }


def list_models() -> list[ModelRow]:
    """All models with their vectors over all collections, in five queries whatever their number."""
    images = Image.objects.exclude(content_hash="").count()
    segments = TextSegment.objects.count()
    with_images = _counts(ImageVector.objects)
    with_segments = _counts(SegmentVector.objects)
    return [
        ModelRow(
            model,
            Coverage(
                images=images,
                images_missing=images - with_images.get(model.pk, 0),
                segments=segments,
                segments_missing=segments - with_segments.get(model.pk, 0),
            ),
        )
        for model in EmbeddingModel.objects.select_related("parent")
    ]


def coverage_by_collection(model: EmbeddingModel) -> list[tuple[Collection, Coverage]]:
    """The model's vectors in each collection, in five queries whatever the number of collections."""
    here = Image.objects.exclude(content_hash="")
    by_collection = "record__collection"
    images = _counts(here, by_collection)
    segments = _counts(TextSegment.objects, by_collection)
    with_images = _counts(model.image_vectors, f"image__{by_collection}")
    with_segments = _counts(model.segment_vectors, f"segment__{by_collection}")
    return [
        (
            collection,
            Coverage(
                images=images.get(collection.pk, 0),
                images_missing=images.get(collection.pk, 0) - with_images.get(collection.pk, 0),
                segments=segments.get(collection.pk, 0),
                segments_missing=segments.get(collection.pk, 0) - with_segments.get(collection.pk, 0),
            ),
        )
        for collection in Collection.objects.all()
    ]


def _counts(rows: Any, by: str = "model") -> dict[int, int]:
    return dict(rows.order_by().values_list(by).annotate(Count("pk")))


def similar(record: Record, *, model_slug: str, by: Modality) -> dict[str, Any]:
    """What a model finds most similar to a record in the other collections, ready for the page.

    The newest model with vectors is taken where `model_slug` names none.
    """
    models = list(EmbeddingModel.objects.order_by("-pk"))
    chosen = next((model for model in models if model.slug == model_slug), None)
    found: list[tuple[int, float]] = []
    for model in [chosen] if chosen else models:
        found = nearest_records(model=model, modality=by, record=record)
        if found:
            chosen = model
            break
    records = Record.objects.select_related("collection").prefetch_related("images").in_bulk([pk for pk, _ in found])
    return {
        "record": record,
        "models": models,
        "model": chosen,
        "by": by,
        "similar": [{"record": records[pk], "cosine": cosine} for pk, cosine in found if pk in records],
    }
