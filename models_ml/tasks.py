"""Long work on models that is started in the browser."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse

from heritage.errors import UserError
from heritage.jobs import Outcome, job
from heritage.models import User
from heritage.progress import Progress

if TYPE_CHECKING:
    from models_ml.training.data.batches import BatchKind


@job("embed", title="Embed with {model}")
def embed(progress: Progress, *, model: str, collections: Sequence[str] = (), renew: bool = False) -> Outcome:
    """Compute the vectors that are missing, and with `renew` those of the page's pictures; no collections means all."""
    from heritage.catalogue.fetching import counted_reasons
    from heritage.catalogue.queries import get_collections
    from models_ml.registry import get_model
    from models_ml.vectors.embedding import embed_collections

    done = embed_collections(
        model=get_model(model), collections=get_collections(collections), progress=progress, renew=renew
    )
    if done.unreadable:
        # What follows a semicolon is of one picture alone: which file to restore.
        causes = counted_reasons(Counter(reason.partition(";")[0] for _, reason in done.unreadable))
        first = done.unreadable[0][0]
        raise UserError(
            f"{len(done.unreadable):,} images could not be read, the first of record {first} ({causes});"
            f" all else is embedded ({done.in_words()}). Import or fetch those pictures again, then retry."
        )
    return Outcome(reverse("model", args=[model]), f"Computed: {done.in_words()}.")


@job("keep-means", title="Work out the means of {model}")
def work_out_means(progress: Progress, *, model: str) -> str:
    """Keep the mean of each collection's vectors: what is subtracted for similarity without house style."""
    from models_ml.registry import get_model
    from models_ml.vectors.means import keep_means

    keep_means(model=get_model(model), progress=progress)
    return reverse("model", args=[model])


@job("map", title="Map of {model}")
def lay_out_map(progress: Progress, *, model: str, by: str, style: str) -> str:
    """by, style: of `models_ml.maps.kind.MapKind`."""
    from models_ml.maps.actions import make_map
    from models_ml.maps.kind import map_kind
    from models_ml.registry import get_model

    kind = map_kind({"by": by, "style": style})
    make_map(model=get_model(model), kind=kind, progress=progress)
    return f"{reverse('map', args=[model])}?{urlencode(kind.as_json())}"


@job("finetune", title="Fine-tune {base} to {name}")
def finetune(
    progress: Progress,
    *,
    base: str,
    name: str,
    collections: Sequence[str] = (),
    epochs: int = 5,
    batches: "BatchKind" = "mixed",
    seed: int = 0,
) -> Outcome:
    """Fine-tune with the paper's recipe but for `batches`; no collections means all."""
    from models_ml.finetuning.actions import finetune_model
    from models_ml.training.config import TrainingConfig

    result = finetune_model(
        base=base,
        name=name,
        collections=collections,
        config=TrainingConfig(epochs=epochs, batches=batches, seed=seed),
        progress=progress,
        resume=True,  # a job that is tried again goes on where it stopped
    )
    return Outcome(reverse("model", args=[result.models[0]]), result.in_words())


@job("evaluate", title="Evaluate {evaluation}: {models}")
def evaluate(
    progress: Progress,
    *,
    evaluation: str,
    models: Sequence[str],
    options: dict[str, Any],
    created_by: int | None = None,
) -> Outcome:
    """options: the other fields of the settings' `as_json()`; created_by: a user's primary key."""
    from models_ml.evaluation.actions import evaluate_models
    from models_ml.evaluation.kinds import restored_settings

    result = evaluate_models(
        restored_settings(evaluation, {**options, "models": models}),
        progress=progress,
        created_by=None if created_by is None else User.objects.filter(pk=created_by).first(),
    )
    assert result.kept is not None  # noqa: S101 - it was no dry run
    rows = len(result.document["rows"])
    return Outcome(result.kept.get_absolute_url(), f"{rows:,} row{'s' * (rows != 1)} of figures.")
