"""Evaluations over the database: records and vectors in, rows of figures out."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from heritage.errors import UserError
from heritage.models import Collection
from heritage.progress import Progress
from models_ml.metrics import candidate_names, distinct_names
from models_ml.models import EmbeddingModel
from models_ml.sources import loadable

from .held_out import CatalogueRecord, checked_vectors, description_vectors, first_rows, named_records
from .intervals import mean_interval, paired_accuracy, paired_means
from .language import alike, root_nouns
from .search import group_records, rank, relevant_found
from .zero_shot import in_subset, majority_share, predict, zero_shot_figures

FOUND_AMONG = 10


def evaluate_zero_shot(
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    targets: Sequence[str],
    candidates: Sequence[int],
    subsets: Sequence[str],
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Accuracy on held-out records, first picture against own name or noun among drawn ones.

    Returns "rows", one per model, target, number of candidates and subset, and "comparisons" of each two models
    over the same records and candidates. Raises UserError where there is too little to evaluate on.
    """
    from models_ml.encoders import load_encoder

    images = checked_vectors(models, "image", collections)
    first = {slug: first_rows(table) for slug, table in images.items()}
    pictured = set.intersection(*(set(rows) for rows in first.values()))
    records = [record for record in _held_out(named_records(collections), seed) if record.key in pictured]
    if not records:
        raise UserError("No held-out record has a name and a picture: choose more collections.")
    rows: list[dict[str, Any]] = []
    comparisons: list[dict[str, Any]] = []
    progress.start("Zero-shot", len(models))
    labelled = {target: _labelled(records, target) for target in targets}
    names_of = {target: distinct_names([label for _, label in pairs]) for target, pairs in labelled.items()}
    label_vectors: dict[tuple[str, str], np.ndarray] = {}
    for model in models:  # one at a time: several large models would not fit beside each other
        encoder = load_encoder(loadable(model.source))
        for target, names in names_of.items():
            encoded = [encoder.encode_texts(names[start : start + 256]) for start in range(0, len(names), 256)]
            label_vectors[target, model.slug] = np.concatenate(encoded)
        progress.advance()
    for target in targets:
        names, labels = names_of[target], [label for _, label in labelled[target]]
        keys = [record.key for record, _ in labelled[target]]
        vectors = {model.slug: label_vectors[target, model.slug] for model in models}
        for count in candidates:
            for subset in subsets:
                chosen = in_subset(labels, subset, seed=seed)
                some = [labels[index] for index in chosen]
                try:
                    drawn = candidate_names(some, candidates=count, seed=seed)
                except ValueError as error:
                    raise UserError(
                        f"The {len(some)} held-out records have {len(distinct_names(some))} distinct {target}s: "
                        f"too few to draw {count} candidates from. Choose more collections or fewer --candidates."
                    ) from error
                here = np.searchsorted(_folded(names), _folded(distinct_names(some)))
                own, right = drawn[:, 0], {}
                for slug in vectors:
                    pictures = images[slug].vectors[[first[slug][keys[index]] for index in chosen]]
                    predicted = predict(pictures, vectors[slug][here], drawn)
                    figures = zero_shot_figures(own, predicted)
                    right[slug] = own == predicted
                    low, high = mean_interval(right[slug].astype(np.float64), seed=seed)
                    rows.append(
                        {
                            "model": slug,
                            "target": target,
                            "candidates": count,
                            "subset": subset,
                            "n": figures.n,
                            "accuracy": figures.accuracy,
                            "low": low,
                            "high": high,
                            "precision": figures.precision,
                            "f1": figures.f1,
                            "chance": 1 / count,
                            "majority": majority_share(own),
                        }
                    )
                for one, other in combinations(right, 2):
                    difference = paired_accuracy(right[other], right[one], seed=seed)
                    comparisons.append(
                        {"models": [other, one], "target": target, "candidates": count, "subset": subset}
                        | vars(difference)
                    )
    return {"held_out": len(records), "seed": seed, "rows": rows, "comparisons": comparisons}


def evaluate_search(
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    source: str,
    target: str,
    across: bool,
    tops: Sequence[int],
    threshold: float,
    seed: int,
    progress: Progress,
) -> dict[str, Any]:
    """Held-out records as queries over all records of the collections.

    `source` and `target` are "image" or "text". A query is a record's first picture, or its description; a document
    is a record by all its pictures, or its description. A document is relevant if the two names' cosine in
    all-MiniLM-L6-v2 is at least `threshold`. Within one modality the query's own record is left out; between two it
    counts, and "found" is the share of queries that have it among the first FOUND_AMONG. With `across` only records
    of other collections are documents, and nothing is looked for by "found".
    """
    if across and len(collections) < 2:
        raise UserError("--across needs at least two collections.")
    named = {record.key: record for record in named_records(collections)}
    tables = {modality: checked_vectors(models, modality, collections) for modality in {source, target}}
    if "text" in tables:
        tables["text"] = {m.slug: description_vectors(m, collections, tables["text"][m.slug]) for m in models}
    shared_queries, shared_documents = (
        set.intersection(*(set(table.record_ids.tolist()) for table in tables[modality].values())) & set(named)
        for modality in (source, target)
    )
    queries = sorted(record.key for record in _held_out(list(named.values()), seed) if record.key in shared_queries)
    documents = sorted(shared_documents)
    if not queries or len(documents) < 2:
        raise UserError("Too few held-out records with a name and what the search needs: choose more collections.")
    slugs = sorted({record.collection for record in named.values()})
    names = distinct_names([named[key].name for key in {*queries, *documents}])
    progress.start("Search", len(models) + 1)
    relevant = alike(names, threshold=threshold)
    progress.advance()
    position = {name: index for index, name in enumerate(_folded(names))}

    def name_positions(keys: Sequence[int]) -> np.ndarray:
        return np.array([position[name] for name in _folded([named[key].name for key in keys])], dtype=np.int64)

    def collection_positions(keys: Sequence[int]) -> np.ndarray:
        return np.array([slugs.index(named[key].collection) for key in keys], dtype=np.int64)

    group = collection_positions(queries)
    allowed = np.arange(len(slugs))[:, None] != collection_positions(documents)[None, :] if across else None
    document_row = {key: index for index, key in enumerate(documents)}
    own = np.array([document_row.get(key, -1) for key in queries], dtype=np.int64)
    rows: list[dict[str, Any]] = []
    counts: dict[tuple[str, int], np.ndarray] = {}
    for model in models:
        table = tables[source][model.slug]
        first = first_rows(table)
        searched = tables[target][model.slug]
        taking_part = np.isin(searched.record_ids, documents)
        _, grouped = group_records(searched.record_ids[taking_part], searched.vectors[taking_part])
        ranking = rank(
            table.vectors[[first[key] for key in queries]],
            grouped,
            own,
            allowed=allowed,
            group=group,
            leave_out_own=source == target,
            top=min(max(tops), len(documents)),
        )
        looked_for = source != target and not across
        found = float(((ranking.own_rank >= 0) & (ranking.own_rank < FOUND_AMONG)).mean()) if looked_for else None
        reciprocal = (ranking.own_rank >= 0) / (1.0 + np.maximum(ranking.own_rank, 0))
        for top in tops:
            count = relevant_found(ranking, name_positions(queries), name_positions(documents), relevant, top)
            counts[model.slug, top] = count.astype(np.float64)
            low, high = mean_interval(counts[model.slug, top], seed=seed)
            rows.append(
                {
                    "model": model.slug,
                    "from": source,
                    "to": target,
                    "across": across,
                    "top": top,
                    "n": len(queries),
                    "documents": len(documents),
                    "relevance": float(count.mean()),
                    "sd": float(count.std(ddof=1)) if len(count) > 1 else 0.0,
                    "low": low,
                    "high": high,
                    "found": found,
                    "mrr": float(reciprocal.mean()) if looked_for else None,
                }
            )
        progress.advance()
    comparisons = [
        {"models": [other.slug, one.slug], "top": top}
        | vars(paired_means(counts[other.slug, top], counts[one.slug, top], seed=seed))
        for top in tops
        for one, other in combinations(models, 2)
    ]
    return {"held_out": len(queries), "seed": seed, "rows": rows, "comparisons": comparisons}


def _labelled(records: Sequence[CatalogueRecord], target: str) -> list[tuple[CatalogueRecord, str]]:
    """Each record with its label, those without one left out. Raises UserError where none has one."""
    names = [record.name for record in records]
    labels = names if target == "name" else root_nouns(names)
    labelled = [(record, label) for record, label in zip(records, labels, strict=True) if label]
    if not labelled:
        raise UserError(f"None of the {len(records)} held-out records has a {target}: choose more collections.")
    return labelled


def _held_out(records: Sequence[CatalogueRecord], seed: int) -> list[CatalogueRecord]:
    return [record for record in records if record.is_held_out(seed)]


def _folded(names: Sequence[str]) -> list[str]:
    return [" ".join(name.split()).casefold() for name in names]
