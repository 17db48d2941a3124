"""Similarity, thresholds and strata written straight from METHOD.md with loops: what the engine must equal."""

from itertools import product

import numpy as np

AGGREGATES = {
    "image-image": "max",
    "text-text": "mean",
    "text-image": "max",
    "image-text": "max",
    "record-record": "mean",
}


def vectors_of(tables, compared: str) -> list[np.ndarray]:
    """Of every record: its images, its texts, or where it has both the one vector that they are pooled to."""
    if compared != "record":
        return tables[compared]
    return [pooled(images, texts) for images, texts in zip(tables["image"], tables["text"], strict=True)]


def pooled(images: np.ndarray, texts: np.ndarray) -> np.ndarray:
    if not len(images) or not len(texts):
        return np.empty((0, 0), np.float32)
    middle = (images.astype(np.float64).mean(axis=0) + texts.astype(np.float64).mean(axis=0)) / 2
    length = float(np.sqrt((middle**2).sum()))
    return (middle / length if length > 1e-6 else 0 * middle).astype(np.float32)[None]


def cosines(a: np.ndarray, b: np.ndarray) -> list[float]:
    """Of all vectors of one record with all of another; vectors are L2-normalised."""
    return [float(np.dot(x.astype(np.float64), y.astype(np.float64))) for x, y in product(a, b)]


def similarity(a: np.ndarray, b: np.ndarray, aggregate: str) -> np.float32 | None:
    values = cosines(a, b)
    if not values:
        return None
    return np.float32(max(values) if aggregate == "max" else sum(values) / len(values))


def cross_collection_pairs(collections: np.ndarray) -> list[tuple[int, int]]:
    return [(a, b) for a in range(len(collections)) for b in range(len(collections)) if collections[a] < collections[b]]


def similarities(tables, comparison: str, pairs) -> dict[tuple[int, int], np.float32]:
    """tables: {modality: [vectors of record 0, of record 1, ...]}. Pairs that cannot be compared are left out."""
    left, right = comparison.split("-")
    of_a, of_b = vectors_of(tables, left), vectors_of(tables, right)
    found = {(a, b): similarity(of_a[a], of_b[b], AGGREGATES[comparison]) for a, b in pairs}
    return {pair: value for pair, value in found.items() if value is not None}


def threshold(tables, comparison: str, pairs, percentile: float, over: str) -> float:
    if over == "records":
        values = list(similarities(tables, comparison, pairs).values())
    else:
        of_a, of_b = (vectors_of(tables, side) for side in comparison.split("-"))
        values = [np.float32(value) for a, b in pairs for value in cosines(of_a[a], of_b[b])]
    return float(np.percentile(np.array(values, np.float64), percentile))


def strata(models, comparison: str, collections, percentile: float, over: str = "records"):
    """({model: threshold}, {pattern: set of pairs}). models: {slug: tables}."""
    pairs = cross_collection_pairs(collections)
    thresholds = {slug: threshold(tables, comparison, pairs, percentile, over) for slug, tables in models.items()}
    values = {slug: similarities(tables, comparison, pairs) for slug, tables in models.items()}
    found: dict[str, set[tuple[int, int]]] = {}
    for pair in next(iter(values.values())):
        pattern = "".join("1" if values[slug][pair] >= thresholds[slug] else "0" for slug in models)
        found.setdefault(pattern, set()).add(pair)
    return thresholds, found


def strata_of_both(models, collections, percentile: float):
    """{pattern: set of pairs} of the pairs that have images and texts, by being similar by both."""
    by_comparison = {}
    pairs = None
    for comparison in ("image-image", "text-text"):
        _, found = strata(models, comparison, collections, percentile)
        by_comparison[comparison] = {pair: pattern for pattern, some in found.items() for pair in some}
        compared = set(by_comparison[comparison])
        pairs = compared if pairs is None else pairs & compared
    found = {}
    for pair in pairs:
        image, text = (by_comparison[comparison][pair] for comparison in by_comparison)
        pattern = "".join("1" if one == other == "1" else "0" for one, other in zip(image, text, strict=True))
        found.setdefault(pattern, set()).add(pair)
    return found


def centred_tables(tables, collections: np.ndarray, shrinkage: int = 10):
    """The tables of one model with each collection's shrunken mean subtracted from every vector, in float64."""
    found = {}
    for modality, lists in tables.items():
        means, weights = {}, {}
        for collection in set(collections.tolist()):
            own = [table.astype(np.float64) for table, of in zip(lists, collections, strict=True) if of == collection]
            records = sum(len(table) > 0 for table in own)
            means[collection] = np.concatenate(own).mean(axis=0) if records else np.zeros(lists[0].shape[1])
            weights[collection] = records / (records + shrinkage)
        total = sum(weights.values())
        common = sum(weights[each] * means[each] for each in means) / total if total else 0 * next(iter(means.values()))
        found[modality] = []
        for table, of in zip(lists, collections.tolist(), strict=True):
            centred = table.astype(np.float64) - weights[of] * means[of] - (1 - weights[of]) * common
            lengths = [float(np.sqrt((row**2).sum())) for row in centred]
            rows = [
                row / length if length > 1e-6 and vector.any() else 0 * row
                for row, length, vector in zip(centred, lengths, table, strict=True)
            ]
            found[modality].append(np.array(rows).reshape(table.shape))
    return found


def without_hubs(values: dict[tuple[int, int], float], collections: np.ndarray, nearest: int = 10):
    """CSLS of all pairs from their similarities: twice, less what both are near to in the other's collection."""
    towards: dict[tuple[int, int], list[float]] = {}
    for (a, b), value in values.items():
        towards.setdefault((a, int(collections[b])), []).append(float(value))
        towards.setdefault((b, int(collections[a])), []).append(float(value))
    mean = {key: float(np.mean(sorted(found)[-nearest:])) for key, found in towards.items()}
    return {
        (a, b): 2 * float(value) - mean[a, int(collections[b])] - mean[b, int(collections[a])]
        for (a, b), value in values.items()
    }


def fused(by_comparison: list[dict[tuple[int, int], float]]) -> dict[tuple[int, int], float]:
    """The sum of what is standardised over all pairs, where a pair has it."""
    found: dict[tuple[int, int], float] = {}
    for values in by_comparison:
        numbers = np.array(list(values.values()), np.float64)
        for pair, value in values.items():
            told = numbers.std() > 1e-6
            found[pair] = found.get(pair, 0.0) + ((float(value) - numbers.mean()) / numbers.std() if told else 0.0)
    return found


def similarities_of_kind(tables, kind: str, comparisons: list[str], collections: np.ndarray):
    """{comparison: {pair: similarity}} of one model; of `fused` there is one comparison."""
    pairs = cross_collection_pairs(collections)
    if "centred" in kind:
        tables = centred_tables(tables, collections)
    found = {name: similarities(tables, name, pairs) for name in comparisons}
    if "csls" in kind:
        found = {name: without_hubs(values, collections) for name, values in found.items()}
    return {"fused": fused(list(found.values()))} if "fused" in kind else found
