"""Search evaluation over the database: held-out records as queries, models' vectors in, rows of figures out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from heritage.errors import UserError
from heritage.models import Collection
from heritage.progress import Progress
from models_ml.metrics import distinct_names, folded
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import VectorTable

from .held_out import (
    CatalogueRecord,
    checked_vectors,
    description_vectors,
    evaluated_records,
    first_rows,
    named_records,
    split_seeds,
)
from .intervals import mean_interval, paired_accuracy, paired_means
from .language import alike
from .search import Figures, group_records, rank, recall, relevant_available, relevant_found
from .settings import FOUND_AMONG, SearchSettings

Positions = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class _Task:
    """Queries and documents, the same for all models: keys, names as positions in `relevant`, own documents."""

    queries: tuple[int, ...]
    documents: tuple[int, ...]
    query_names: Positions
    document_names: Positions
    relevant: np.ndarray[Any, np.dtype[np.bool_]]
    own: Positions
    group: Positions
    allowed: np.ndarray[Any, np.dtype[np.bool_]] | None
    available: Positions

    def chance(self, top: int) -> float:
        """Relevant records that a random ranking would have in its first `top`, on average."""
        searched = (
            np.full(len(self.queries), len(self.documents))
            if self.allowed is None
            else self.allowed.sum(axis=1)[self.group]
        )
        return float(np.mean(self.available * np.minimum(top, searched) / np.maximum(searched, 1)))


def evaluate_search(
    settings: SearchSettings,
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    progress: Progress,
) -> dict[str, Any]:
    """Held-out records as queries over all records of the collections.

    A query is a record's first picture, or its description; a document is a record by all its pictures, or its
    description. A document is relevant if the two names' cosine in all-MiniLM-L6-v2 is at least `settings.alike`.
    Within one modality the query's own record is left out; between two it counts, and "found" is the share of
    queries that have it among the first FOUND_AMONG. Across collections only other collections' records are
    documents, and nothing is looked for by "found".

    Returns "rows", one per model and top, and "comparisons" of each two models over the same queries. Raises
    UserError where there is too little to evaluate on.
    """
    if settings.across and len(collections) < 2:
        raise UserError("--across needs at least two collections.")
    named = {record.key: record for record in named_records(collections)}
    tables = {
        modality: checked_vectors(models, modality, collections) for modality in (settings.source, settings.target)
    }
    if "text" in tables:
        tables["text"] = {m.slug: description_vectors(m, collections, tables["text"][m.slug]) for m in models}
    progress.start("Search", len(models) + 1)
    seeds = split_seeds(models, settings.seed)
    task = _task(settings, named, seeds, tables[settings.source], tables[settings.target])
    progress.advance()
    rows: list[dict[str, Any]] = []
    measured: dict[str, dict[tuple[str, int | None], Figures]] = {}
    for model in models:
        found, figures = _figures(
            settings, task, tables[settings.source][model.slug], tables[settings.target][model.slug]
        )
        rows += [{"model": model.slug, **row} for row in found]
        measured[model.slug] = figures
        progress.advance()
    return {
        "records": len(task.queries),
        "split_seeds": seeds,
        "rows": rows,
        "comparisons": _comparisons(measured, settings.seed),
    }


def _task(
    settings: SearchSettings,
    named: dict[int, CatalogueRecord],
    seeds: Sequence[int],
    sources: dict[str, VectorTable],
    targets: dict[str, VectorTable],
) -> _Task:
    """What all models are asked. Raises UserError where there is nothing to ask or to find."""
    asking, answering = (
        set.intersection(*(set(table.record_ids.tolist()) for table in tables.values())) & set(named)
        for tables in (sources, targets)
    )
    chosen = evaluated_records(list(named.values()), seeds, settings.records)
    queries = tuple(sorted(record.key for record in chosen if record.key in asking))
    documents = tuple(sorted(answering))
    if not queries or len(documents) < 2:
        raise UserError("Too few held-out records with a name and what the search needs: choose more collections.")
    names = distinct_names([named[key].name for key in {*queries, *documents}])
    name_position = {folded(name): index for index, name in enumerate(names)}
    slugs = sorted({record.collection for record in named.values()})

    def name_positions(keys: Sequence[int]) -> Positions:
        return np.array([name_position[folded(named[key].name)] for key in keys], dtype=np.int64)

    def collection_positions(keys: Sequence[int]) -> Positions:
        return np.array([slugs.index(named[key].collection) for key in keys], dtype=np.int64)

    group = collection_positions(queries)
    elsewhere = np.arange(len(slugs))[:, None] != collection_positions(documents)[None, :]
    allowed = elsewhere if settings.across else None
    row = {key: index for index, key in enumerate(documents)}
    own = np.array([row.get(key, -1) for key in queries], dtype=np.int64)
    relevant = alike(names, threshold=settings.alike)
    query_names, document_names = name_positions(queries), name_positions(documents)
    available = relevant_available(
        query_names,
        document_names,
        relevant,
        own,
        allowed=allowed,
        group=group,
        leave_out_own=settings.source == settings.target,
    )
    return _Task(queries, documents, query_names, document_names, relevant, own, group, allowed, available)


def _figures(
    settings: SearchSettings, task: _Task, source: VectorTable, target: VectorTable
) -> tuple[list[dict[str, Any]], dict[tuple[str, int | None], Figures]]:
    """One model's rows, and its figures by query for the comparisons."""
    first = first_rows(source)
    taking_part = np.isin(target.record_ids, task.documents)
    _, grouped = group_records(target.record_ids[taking_part], target.vectors[taking_part])
    ranking = rank(
        source.vectors[[first[key] for key in task.queries]],
        grouped,
        task.own,
        allowed=task.allowed,
        group=task.group,
        leave_out_own=settings.source == settings.target,
        top=min(max(settings.tops), len(task.documents)),
    )
    measured: dict[tuple[str, int | None], Figures] = {}
    own: dict[str, Any] = {"found": None, "found_low": None, "found_high": None, "mrr": None}
    if settings.source != settings.target and not settings.across:
        found = ((ranking.own_rank >= 0) & (ranking.own_rank < FOUND_AMONG)).astype(np.float64)
        reciprocal = (ranking.own_rank >= 0) / (1.0 + np.maximum(ranking.own_rank, 0))
        measured["found", None], measured["mrr", None] = found, reciprocal
        low, high = mean_interval(found, seed=settings.seed)
        own = {"found": float(found.mean()), "found_low": low, "found_high": high, "mrr": float(reciprocal.mean())}
    rows = []
    for top in sorted(set(settings.tops)):
        count = relevant_found(ranking, task.query_names, task.document_names, task.relevant, top)
        measured["relevance", top] = count.astype(np.float64)
        low, high = mean_interval(measured["relevance", top], seed=settings.seed)
        share = recall(count, task.available)
        rows.append(
            {
                "from": settings.source,
                "to": settings.target,
                "across": settings.across,
                "top": top,
                "n": len(task.queries),
                "documents": len(task.documents),
                "relevance": float(count.mean()),
                "sd": float(count.std(ddof=1)) if len(count) > 1 else 0.0,
                "low": low,
                "high": high,
                "chance": task.chance(top),
                "recall": float(share.mean()) if len(share) else None,
                "recall_n": len(share),
                **own,
            }
        )
    return rows, measured


def _comparisons(measured: dict[str, dict[tuple[str, int | None], Figures]], seed: int) -> list[dict[str, Any]]:
    comparisons = []
    for (measure, top), _ in next(iter(measured.values())).items():
        for one, other in combinations(measured, 2):
            figures, base = measured[other][measure, top], measured[one][measure, top]
            difference = (
                paired_accuracy(figures > 0, base > 0, seed=seed)
                if measure == "found"
                else paired_means(figures, base, seed=seed)
            )
            about = {"models": [other, one], "measure": measure} | ({"top": top} if top else {})
            comparisons.append(about | {"n": len(figures)} | vars(difference))
    return comparisons
