"""Fine-tuning a registered model on the database's records: reads them, trains, registers the result.

The training itself (`models_ml.training`) knows no database. Imports torch when it runs: for commands
and jobs only.
"""

import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch

from heritage.errors import UserError
from heritage.image_store import ImageStore
from heritage.models import Collection, Record
from heritage.progress import Progress
from heritage.queries import IMAGES_HERE, get_collections
from models_ml import sources
from models_ml.models import EmbeddingModel
from models_ml.registry import check_slug, get_model, register_model
from models_ml.training_data import TrainingRecord, keep_twins_together, split_records

if TYPE_CHECKING:
    from models_ml.training.config import TrainingConfig
    from models_ml.training.finetune import Finetuned, FinetuningPlan

KINDS = ("best", "last")


@dataclass(frozen=True)
class FinetuningResult:
    """What a fine-tuning did or, after a dry run, would do. `training` is what the registry keeps of it."""

    models: tuple[str, ...]
    counts: dict[str, int]
    training: dict[str, Any]


def finetune_model(
    *,
    base: str,
    name: str,
    collections: Sequence[str],
    config: "TrainingConfig",
    progress: Progress,
    dry_run: bool = False,
    resume: bool = False,
    checkpoint_steps: int = 0,
) -> FinetuningResult:
    """Fine-tune the model `base` and register `NAME-best` and `NAME-last`.

    `collections` are slugs; none means all. With `dry_run` everything is checked and counted and
    nothing is trained or written. Raises UserError, before training, for an unknown base or collection,
    a name that is taken, and records that do not suffice; whatever goes wrong later leaves no model.
    """
    from models_ml.pretrained import load_pretrained
    from models_ml.training.finetune import finetune_to_folders, plan_finetuning

    parent = get_model(base)
    slugs = tuple(f"{name}-{kind}" for kind in KINDS)
    _require_free(slugs)
    chosen = get_collections(collections or None)
    split = keep_twins_together(split_records(read_training_records(chosen), seed=config.seed))
    pretrained = load_pretrained(sources.loadable(parent.source))
    plan = plan_finetuning(pretrained, split)
    if dry_run:
        return FinetuningResult(slugs, plan.counts(), {})
    finetuned = finetune_to_folders(
        pretrained,
        plan,
        config,
        base=base,
        name=name,
        output=settings.MODELS_DIR,
        open_image=_open_stored,
        progress=progress,
        resume=resume,
        checkpoint_steps=checkpoint_steps,
    )
    training = _training_document(chosen, plan, config, finetuned)
    folders = (finetuned.best, finetuned.last)
    try:
        with transaction.atomic():
            for slug, folder in zip(slugs, folders, strict=True):
                register_model(slug=slug, source=f"local-dir:{folder}", parent=parent, training=training)
    except BaseException:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    return FinetuningResult(slugs, plan.counts(), training)


def read_training_records(collections: Sequence[Collection]) -> list[TrainingRecord]:
    """All records of the collections with their segments and the pictures that are here."""
    records = (
        Record.objects.filter(collection__in=collections)
        .select_related("collection")
        .prefetch_related(Prefetch("images", queryset=IMAGES_HERE, to_attr="pictures"), "segments")
        .order_by("pk")  # a resumed run must meet them in the same order
    )
    return [
        TrainingRecord(
            collection=record.collection.slug,
            record_id=record.record_id,
            name=record.name,
            segments=tuple(segment.text for segment in record.segments.all() if segment.position > 0),
            # One picture may have come from two addresses.
            images=tuple(dict.fromkeys(image.content_hash for image in record.pictures)),
        )
        for record in records.iterator(chunk_size=2000)
    ]


def _require_free(slugs: Sequence[str]) -> None:
    for slug in slugs:
        check_slug(slug)
        if EmbeddingModel.objects.filter(slug=slug).exists():
            raise UserError(f"The model {slug} is registered already; choose another --name.")
        if _folder(slug).exists():
            raise UserError(f"{_folder(slug)} exists already; choose another --name, or remove the folder.")


def _folder(slug: str) -> Path:
    return settings.MODELS_DIR / slug


def _open_stored(content_hash: str) -> PIL.Image.Image:
    """The picture as `embed` sees it. A missing or broken file stops the training, with its name."""
    path = ImageStore.from_settings().path(content_hash, "display")
    try:
        return PIL.Image.open(path)
    except OSError as error:
        raise UserError(f"The picture {path} cannot be read; import or fetch it again.") from error


def _training_document(
    collections: Sequence[Collection], plan: "FinetuningPlan", config: "TrainingConfig", finetuned: "Finetuned"
) -> dict[str, Any]:
    """What the registry keeps: data, recipe and figures, as JSON."""
    recipe = asdict(config) | {"device": finetuned.device, "precision": finetuned.precision}
    return {
        "collections": [collection.slug for collection in collections],
        **plan.counts(),
        "recipe": recipe,
        "best_epoch": finetuned.best_epoch,
        "epochs": [asdict(metrics) for metrics in finetuned.history],
        "held_out_before": asdict(finetuned.before) if finetuned.before else None,
        "held_out_after": asdict(finetuned.after) if finetuned.after else None,
        "seconds": round(finetuned.seconds, 1),
    }
