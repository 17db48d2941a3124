"""Measuring the runs of one pair of collections, in a process of its own: its database lies in its own DATA_DIR.

Everything goes through the functions that the commands call: import, fine-tuning, vectors, evaluation of links.
"""

import csv
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.collection_pairs.pair import CollectionPair, images_of, table_of, truth_of

from .runs import RECIPES, SIMILARITIES, UNTUNED, Run, append_result

KEPT = ("comparison", "similarity", "label", "n", "links", "chance", "auc", "average_precision", "top_share", "recall")


@dataclass(frozen=True)
class FinetuningRecipe:
    """What all recipes have in common."""

    base: str = "heritage-mini"
    epochs: int = 10
    learning_rate: float = 1e-3
    batch_size: int = 64


def measure_runs(
    pair: CollectionPair, folder: Path, data_dir: Path, results: Path, runs: Sequence[Run], recipe: FinetuningRecipe
) -> None:
    """Measure the runs, and append what was found to `results`. To be called in a fresh process."""
    os.environ |= {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    import django

    django.setup()
    _ensure_imported(pair, folder)
    for run in runs:
        started = time.monotonic()
        figures = _measure(run, pair, truth_of(folder), recipe)
        seconds = round(time.monotonic() - started, 1)
        append_result(results, run, figures | {"seconds": seconds})
        print(f"{run.pair}: {run.training} {run.weights} in {seconds:.0f} s", flush=True)


def _ensure_imported(pair: CollectionPair, folder: Path) -> None:
    from django.core.management import call_command

    from heritage.catalogue.importing.actions import import_source
    from heritage.errors import UserError
    from heritage.importers.record_files import NamedFile, RecordFiles
    from heritage.importers.shipped import shipped_mapping
    from heritage.models import Record
    from heritage.progress import TerminalProgress

    call_command("migrate", interactive=False, verbosity=0)
    for collection in (pair.a, pair.b):
        if Record.objects.filter(collection__slug=collection).count() == _records_in(table_of(folder, collection)):
            continue
        imported = import_source(
            collection=collection,
            source=RecordFiles([NamedFile.at(table_of(folder, collection))], shipped_mapping("uniform")),
            simulated=pair.simulated,
            images_root=images_of(folder),
            progress=TerminalProgress(),
        )
        if imported.problems:
            raise UserError(f"{collection} was not imported whole: {imported.problems[0]}; write the pair anew.")


def _records_in(table: Path) -> int:
    with table.open(newline="", encoding="utf-8") as file:
        return len({row["record_id"] for row in csv.DictReader(file)})


def _measure(run: Run, pair: CollectionPair, truth: Path, recipe: FinetuningRecipe) -> dict[str, Any]:
    from heritage.catalogue.queries import get_collections
    from heritage.progress import TerminalProgress
    from linking.evaluation.settings import LinkSettings
    from models_ml.evaluation.actions import evaluate_models
    from models_ml.registry import get_model
    from models_ml.vectors.embedding import embed_collections

    slug, training = (recipe.base, {}) if run.recipe == UNTUNED else _finetuned(run, pair, recipe)
    progress = TerminalProgress()
    embed_collections(model=get_model(slug), collections=get_collections([pair.a, pair.b]), progress=progress)
    settings = LinkSettings(
        models=(slug,), truth=str(truth), collections=(pair.a, pair.b), similarities=SIMILARITIES, records="all"
    )
    document = evaluate_models(settings, progress=progress, dry_run=True).document
    return {
        "records": document["records_of"],
        "labels": document["truth"]["labels"],
        "training": training,
        "rows": [{name: row[name] for name in KEPT} for row in document["rows"]],
    }


def _finetuned(run: Run, pair: CollectionPair, recipe: FinetuningRecipe) -> tuple[str, dict[str, Any]]:
    """The model's slug, and what is worth knowing of the fine-tuning, which goes on where it was interrupted."""
    from django.conf import settings

    from heritage.progress import TerminalProgress
    from models_ml.finetuning.actions import finetune_model
    from models_ml.models import EmbeddingModel
    from models_ml.training.config import TrainingConfig
    from models_ml.training.data.augmentation import AUGMENTATIONS
    from models_ml.training.document import read_training_document

    added = dict(RECIPES[run.recipe])
    if not EmbeddingModel.objects.filter(slug=f"{run.training}-best").exists():
        finetune_model(
            base=recipe.base,
            name=run.training,
            collections=(pair.a, pair.b),
            config=TrainingConfig(
                epochs=recipe.epochs,
                batch_size=recipe.batch_size,
                learning_rate=recipe.learning_rate,
                seed=run.seed,
                augmentation=AUGMENTATIONS[added.pop("augment")] if "augment" in added else None,
                **added,
            ),
            progress=TerminalProgress(),
            resume=True,
        )
    document = read_training_document(settings.MODELS_DIR / f"{run.training}-best")
    same_as = {weights["kind"]: weights["same_as"] for weights in document["kinds"]}
    return f"{run.training}-{same_as[run.weights] or run.weights}", {
        "records": document["training_records"],
        "items": document["training_items"],
        "held_out": document["evaluation_records"],
        "best_epoch": document["best_epoch"],
        "losses": [epoch["evaluation_loss"] for epoch in document["epochs"]],
        "zero_shot": [_accuracy(document[when]) for when in ("held_out_before", "held_out_after")],
    }


def _accuracy(figures: dict[str, Any] | None) -> float | None:
    """With 5 names, among those of both collections."""
    return dict(figures["zero_shot"])["5"] if figures else None
