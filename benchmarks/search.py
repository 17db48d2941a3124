#!/usr/bin/env python3
"""Does fused search find more than each of its ways? On records that no model learnt from, with paired tests.

    DATA_DIR=WITH_COLLECTIONS_AND_VECTORS python -m benchmarks.search [--model heritage-mini]

A query is a held-out record's name, its picture, or both; all other records are searched, by the functions of the
page, in one process. Relevant is what is called alike, as in `evaluate search`: names whose root noun is the same.
Names hold the words that are searched for, so words have it easy here; `--paraphrase` asks with the record's
description in place of its name. Figures are nDCG@10 with 95 % intervals over queries; each way is tested against the
fused list by a paired permutation of signs (10,000 draws).

The fusion's constant and weights were chosen on 250 of the queries (--part choose); the others judge them.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.sampling import start_django

TOP = 10
DRAWS = 10_000
CHOOSING = 250  # queries by which the fusion was chosen


@dataclass(frozen=True)
class Query:
    record: int
    words: str
    noun: str


def gain(found: Sequence[int], relevant: set[int]) -> float:
    """nDCG@10 with relevance 0 or 1 (Jaervelin and Kekaelaeinen 2002)."""
    discounts = 1 / np.log2(np.arange(2, TOP + 2))
    hits = np.array([pk in relevant for pk in found[:TOP]] + [False] * (TOP - len(found[:TOP])))
    ideal = discounts[: min(TOP, len(relevant))].sum()
    return float((hits * discounts).sum() / ideal)


def sign_test(differences: NDArray[np.float64], seed: int = 0) -> float:
    """Two-sided p of a mean difference, by permuting signs."""
    random = np.random.default_rng(seed)
    observed = abs(differences.mean())
    drawn = np.abs((random.choice([-1.0, 1.0], (DRAWS, len(differences))) * differences).mean(axis=1))
    return float((1 + (drawn >= observed - 1e-12).sum()) / (1 + DRAWS))


def queries_of(model: object, *, choosing: bool, paraphrase: bool) -> tuple[list[Query], dict[str, set[int]]]:
    """Held-out records with a picture and a noun that another record has; the records of each noun."""
    from heritage.catalogue.queries import IMAGES_HERE
    from heritage.models import Collection
    from models_ml.evaluation.held_out import evaluated_records, named_records, split_seeds
    from models_ml.evaluation.language import root_nouns

    records = named_records(list(Collection.objects.all()))
    nouns = root_nouns([record.name.lower() for record in records])
    of_noun: dict[str, set[int]] = {}
    for record, noun in zip(records, nouns, strict=True):
        if noun:
            of_noun.setdefault(noun, set()).add(record.key)
    pictured = set(IMAGES_HERE.values_list("record", flat=True))
    held_out = {record.key for record in evaluated_records(records, split_seeds([model], 0), "held-out")}
    asked = [
        Query(record.key, record.description if paraphrase else record.name, noun)
        for record, noun in zip(records, nouns, strict=True)
        if record.key in held_out and record.key in pictured and len(of_noun.get(noun, ())) > 1
        if not paraphrase or len(record.description) > 20
    ]
    order = np.random.default_rng(5).permutation(len(asked))
    chosen = order[:CHOOSING] if choosing else order[CHOOSING:]
    return [asked[place] for place in sorted(chosen)], of_noun


def searched(
    model: object, queries: Sequence[Query], of_noun: dict[str, set[int]]
) -> dict[str, dict[str, list[float]]]:
    """nDCG@10 of each query by what it is asked with and by way; each list is ranked once, then fused."""
    from models_ml.networks.encoders import load_encoder
    from models_ml.networks.sources import loadable
    from models_ml.search import finding
    from models_ml.search.fusion import fuse
    from models_ml.search.request import WEIGHTS, SearchRequest

    encoder = load_encoder(loadable(model.source))  # type: ignore[attr-defined]
    # No process to ask: encoded here.
    finding.text_vectors = lambda _, texts: encoder.encode_texts(texts)  # type: ignore[attr-defined]
    kinds: dict[str, Callable[[Query], SearchRequest]] = {
        "words": lambda query: SearchRequest(words=query.words[:500]),
        "picture": lambda query: SearchRequest(record=query.record),
        "both": lambda query: SearchRequest(words=query.words[:500], record=query.record),
    }
    figures: dict[str, dict[str, list[float]]] = {kind: {} for kind in kinds}
    for query in queries:
        relevant = of_noun[query.noun] - {query.record}
        for kind, request_of in kinds.items():
            request = request_of(query)
            lists = {}
            for way in request.ways:
                if kind == "picture" and way == "text-text":
                    continue  # the record's name is not the picture's
                found = finding.search(replace(request, by=way), model=model, user=None)  # type: ignore[arg-type]
                lists[way] = [pk for pk in found.keys if pk != query.record]
            for way, keys in lists.items():
                figures[kind].setdefault(way, []).append(gain(keys, relevant))
            fused = [each.record for each in fuse(lists, WEIGHTS)]
            figures[kind].setdefault("fused", []).append(gain(fused, relevant))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="heritage-mini")
    parser.add_argument("--part", default="judge", choices=["choose", "judge"])
    parser.add_argument("--paraphrase", action="store_true", help="ask with descriptions in place of names")
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name the DATA_DIR of a site with collections and vectors")
    start_django()
    from models_ml.registry import get_model

    model = get_model(options.model)
    queries, of_noun = queries_of(model, choosing=options.part == "choose", paraphrase=options.paraphrase)
    print(f"{len(queries)} held-out records of {options.model} as queries")
    for kind, ways in searched(model, queries, of_noun).items():
        fused = np.array(ways["fused"])
        for way, figures in ways.items():
            of_way = np.array(figures)
            half = 1.96 * of_way.std(ddof=1) / np.sqrt(len(of_way))
            beaten = fused - of_way
            test = "" if way == "fused" else f"  fused {beaten.mean():+.3f}, p = {sign_test(beaten):.4f}"
            interval = f"({of_way.mean() - half:.3f} to {of_way.mean() + half:.3f})"
            print(f"{kind:8} {way:12} {of_way.mean():.3f} {interval}{test}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
