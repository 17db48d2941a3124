"""Zero-shot evaluation over the database: held-out records and models' vectors in, rows of figures out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

import numpy as np

from heritage.errors import UserError
from heritage.models import Collection
from heritage.progress import Progress
from models_ml.metrics import Vectors, candidate_names, distinct_names, folded
from models_ml.models import EmbeddingModel
from models_ml.networks.sources import loadable

from .chat import Answers, ChatModel, Question, ask
from .held_out import (
    CatalogueRecord,
    checked_vectors,
    evaluated_records,
    first_rows,
    named_records,
    picture_openers,
    split_seeds,
)
from .intervals import mean_interval, paired_accuracy
from .language import root_nouns
from .settings import ZeroShotSettings
from .zero_shot import common_nouns, in_subset, majority_share, predict, zero_shot_figures

Positions = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class _Target:
    """The held-out records that have a label of one kind, and the distinct labels: `names`."""

    kind: str
    records: tuple[CatalogueRecord, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]


def evaluate_zero_shot(
    settings: ZeroShotSettings,
    *,
    models: Sequence[EmbeddingModel],
    collections: Sequence[Collection],
    progress: Progress,
    chat: ChatModel | None = None,
) -> dict[str, Any]:
    """Accuracy on held-out records, first picture against own name or noun among drawn ones.

    Returns "rows", one per model, target, number and source of candidates, and subset; "comparisons" of each two
    models over the same records and candidates; "by_noun", the first model against each other for the most common
    nouns; and "chat", what the chat model was asked and which of its answers were no candidate. Raises UserError where
    there is too little to evaluate on.
    """
    images = checked_vectors(models, "image", collections)
    first = {slug: first_rows(table) for slug, table in images.items()}
    pictured = set.intersection(*(set(rows) for rows in first.values()))
    seeds = split_seeds(models, settings.seed)
    records = [
        record
        for record in evaluated_records(named_records(collections), seeds, settings.records)
        if record.key in pictured
    ]
    if not records:
        raise UserError("No held-out record has a name and a picture: choose more collections.")
    targets = [_labelled(kind, records) for kind in settings.targets]
    pictures = {
        (target.kind, model.slug): images[model.slug].vectors[[first[model.slug][each.key] for each in target.records]]
        for target in targets
        for model in models
    }
    labels = _encoded_labels(models, targets, progress)
    result: dict[str, Any] = {
        "records": len(records),
        "split_seeds": seeds,
        "rows": [],
        "comparisons": [],
        "by_noun": [],
        "chat": {"asked": 0, "errors": [], **chat.as_json()} if chat else None,
    }
    # Of one collection both are the same.
    sources = settings.candidates_from if len({record.collection for record in records}) > 1 else ("own",)
    tasks = product(targets, settings.candidates, settings.subsets, sources)
    for target, count, subset, source in tasks:
        asked = in_subset(target.labels, subset, seed=settings.seed)
        chosen, drawn = _drawn(target, asked, count, source, settings.seed)
        predicted = {
            model.slug: predict(pictures[target.kind, model.slug][chosen], labels[target.kind, model.slug], drawn)
            for model in models
        }
        if chat and subset == "sample" and source == sources[0]:
            answers = _ask(chat, target, chosen, drawn, settings.seed, progress)
            predicted[chat.label] = answers.predicted
            result["chat"]["asked"] += len(drawn)
            result["chat"]["errors"] += answers.errors
        about = {"target": target.kind, "candidates": count, "candidates_from": source, "subset": subset}
        own = drawn[:, 0]
        result["rows"] += _rows(own, predicted, about, settings.seed)
        result["comparisons"] += _comparisons(own, predicted, about, settings.seed)
        if target.kind == "noun" and subset == "all" and source == sources[0]:
            kept = [target.labels[place] for place in chosen]
            result["by_noun"] += _by_noun(kept, own, predicted, count, settings.seed)
    return result


def _labelled(kind: str, records: Sequence[CatalogueRecord]) -> _Target:
    """The records that have such a label. Raises UserError where none has one."""
    names = [record.name for record in records]
    found = names if kind == "name" else root_nouns(names)
    having = [(record, label) for record, label in zip(records, found, strict=True) if label]
    if not having:
        raise UserError(f"None of the {len(records)} held-out records has a {kind}: choose more collections.")
    labels = tuple(label for _, label in having)
    return _Target(kind, tuple(record for record, _ in having), labels, tuple(distinct_names(labels)))


def _encoded_labels(
    models: Sequence[EmbeddingModel], targets: Sequence[_Target], progress: Progress
) -> dict[tuple[str, str], Vectors]:
    from models_ml.networks.encoders import load_encoder

    vectors = {}
    progress.start("Zero-shot", len(models))
    for model in models:  # one at a time: several large models would not fit beside each other
        encoder = load_encoder(loadable(model.source))
        for target in targets:
            parts = [
                encoder.encode_texts(target.names[start : start + 256]) for start in range(0, len(target.names), 256)
            ]
            vectors[target.kind, model.slug] = np.concatenate(parts)
        progress.advance()
    return vectors


def _drawn(target: _Target, asked: Positions, count: int, source: str, seed: int) -> tuple[Positions, Positions]:
    """Which of the records asked about take part, and their candidates: own label first, as positions among all the
    target's distinct labels.

    They are drawn among the labels of all these records, or of those of the own collection; records of a collection
    that has too few take no part. Raises UserError where none is left.
    """
    groups: dict[str, list[int]] = {}
    for place in asked.tolist():
        groups.setdefault(target.records[place].collection if source == "own" else "", []).append(place)
    taking_part, candidates = [], []
    positions = [folded(name) for name in target.names]
    for places in groups.values():
        some = [target.labels[place] for place in places]
        distinct = distinct_names(some)
        if len(distinct) < count:
            continue
        drawn = candidate_names(some, candidates=count, seed=seed)
        candidates.append(np.searchsorted(positions, [folded(name) for name in distinct])[drawn])
        taking_part.append(np.array(places, np.int64))
    if not candidates:
        labels = max(len(distinct_names([target.labels[place] for place in places])) for places in groups.values())
        raise UserError(
            f"The {len(asked)} held-out records have {labels} distinct {target.kind}s: "
            f"too few to draw {count} candidates from. Choose more collections or fewer --candidates."
        )
    chosen = np.concatenate(taking_part)
    order = np.argsort(chosen, kind="stable")
    return chosen[order], np.concatenate(candidates)[order]


def _ask(
    chat: ChatModel, target: _Target, chosen: Positions, drawn: Positions, seed: int, progress: Progress
) -> Answers:
    records = [target.records[index] for index in chosen]
    opener = picture_openers([record.key for record in records])
    questions = [
        Question(
            record=f"{record.collection}/{record.record_id}",
            open_picture=opener[record.key],
            labels=tuple(target.names[position] for position in candidates),
            positions=candidates,
        )
        for record, candidates in zip(records, drawn, strict=True)
    ]
    return ask(chat, questions, seed=seed, progress=progress)


def _rows(own: Positions, predicted: dict[str, Positions], about: dict[str, Any], seed: int) -> list[dict[str, Any]]:
    rows = []
    for slug, guesses in predicted.items():
        figures = zero_shot_figures(own, guesses)
        low, high = mean_interval((own == guesses).astype(np.float64), seed=seed)
        rows.append(
            {
                "model": slug,
                **about,
                "n": figures.n,
                "accuracy": figures.accuracy,
                "low": low,
                "high": high,
                "precision": figures.precision,
                "f1": figures.f1,
                "chance": 1 / about["candidates"],
                "majority": majority_share(own),
            }
        )
    return rows


def _comparisons(
    own: Positions, predicted: dict[str, Positions], about: dict[str, Any], seed: int
) -> list[dict[str, Any]]:
    return [
        {"models": [other, one], "measure": "accuracy", **about, "n": len(own)}
        | vars(paired_accuracy(own == predicted[other], own == predicted[one], seed=seed))
        for one, other in combinations(predicted, 2)
    ]


def _by_noun(
    labels: Sequence[str], own: Positions, predicted: dict[str, Positions], count: int, seed: int
) -> list[dict[str, Any]]:
    """Differences in accuracy from the first model. No test: some of many nouns would pass one by chance."""
    base, *others = predicted
    rows = []
    for other in others:
        for noun, some in common_nouns(labels):
            difference = paired_accuracy((own == predicted[other])[some], (own == predicted[base])[some], seed=seed)
            figures = {"mean": difference.mean, "low": difference.low, "high": difference.high}
            rows.append({"models": [other, base], "candidates": count, "noun": noun, "n": len(some)} | figures)
    return rows
