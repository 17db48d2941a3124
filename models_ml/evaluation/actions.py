"""Running an evaluation and keeping it: settings in, figures and a row of the registry's history out.

The evaluations themselves are in `models_ml.evaluation`. Imports torch when it runs: for commands and jobs only.
"""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from heritage.catalogue.queries import get_collections
from heritage.models import User
from heritage.progress import Progress
from models_ml.evaluation.settings import Settings, ZeroShotSettings
from models_ml.models import Evaluation
from models_ml.registry import get_models


@dataclass(frozen=True)
class EvaluationResult:
    """`document` is what --json prints; `kept` the stored evaluation, None after a dry run."""

    document: dict[str, Any]
    kept: Evaluation | None


def evaluate_models(
    settings: Settings, *, progress: Progress, created_by: User | None = None, dry_run: bool = False
) -> EvaluationResult:
    """Evaluate as `settings` say and keep the figures; with `dry_run` only show them.

    Raises UserError for unknown models and collections, missing vectors, and too little to evaluate on.
    """
    from models_ml.evaluation.chat import chat_model_from_settings
    from models_ml.evaluation.search_evaluation import evaluate_search
    from models_ml.evaluation.zero_shot_evaluation import evaluate_zero_shot

    models = get_models(settings.models)
    collections = get_collections(settings.collections or None)
    if isinstance(settings, ZeroShotSettings):
        chat = chat_model_from_settings() if settings.chat else None
        figures = evaluate_zero_shot(settings, models=models, collections=collections, progress=progress, chat=chat)
    else:
        figures = evaluate_search(settings, models=models, collections=collections, progress=progress)
    document = {
        "evaluation": settings.kind,
        "settings": settings.as_json(),
        "collections": [collection.slug for collection in collections],
        "fingerprints": {model.slug: model.fingerprint for model in models},
        **figures,
    }
    if dry_run:
        return EvaluationResult(document, None)
    with transaction.atomic():
        kept = Evaluation.objects.create(kind=settings.kind, document=document, created_by=created_by)
        kept.evaluated.set(models)
    return EvaluationResult(document, kept)
