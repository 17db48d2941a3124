"""Running an evaluation and keeping it: settings in, figures and a row of the registry's history out.

What is evaluated how is for `models_ml.evaluation.kinds`. Imports torch when it runs: for commands and jobs only.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from heritage.catalogue.queries import get_collections
from heritage.models import User
from heritage.progress import Progress
from models_ml.evaluation.kinds import EvaluationSettings, evaluation_kind
from models_ml.models import Evaluation
from models_ml.registry import get_models
from models_ml.vectors.mixture import mixture, pictures_seen


@dataclass(frozen=True)
class EvaluationResult:
    """`document` is what --json prints; `kept` the stored evaluation, None after a dry run."""

    document: dict[str, Any]
    kept: Evaluation | None


def evaluate_models(
    settings: EvaluationSettings, *, progress: Progress, created_by: User | None = None, dry_run: bool = False
) -> EvaluationResult:
    """Evaluate as `settings` say and keep the figures; with `dry_run` only show them.

    Raises UserError for unknown models and collections, missing vectors, and too little to evaluate on.
    """
    models = get_models(settings.models)
    collections = get_collections(settings.collections or None)
    evaluate = evaluation_kind(settings.kind).evaluate
    figures = evaluate(settings, models=models, collections=collections, progress=progress)
    evaluated = get_collections(figures["collections"]) if "collections" in figures else collections
    document = {
        "evaluation": settings.kind,
        "settings": settings.as_json(),
        "collections": [collection.slug for collection in evaluated],
        "fingerprints": {model.slug: model.fingerprint for model in models},
        "mixture": mixture(pictures_seen(models, evaluated)) if settings.sees_pictures else "",
        **figures,
    }
    if dry_run:
        return EvaluationResult(document, None)
    with transaction.atomic():
        kept = Evaluation.objects.create(kind=settings.kind, document=document, created_by=created_by)
        kept.evaluated.set(models)
    return EvaluationResult(document, kept)
