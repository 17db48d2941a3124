from typing import Any

import pytest

from benchmarks.linking.report import tables, todays_best, todays_mean
from benchmarks.linking.seeds import figures_of


def line(recipe: str, seed: int, shares: dict[tuple[str, str], float], auc: float = 0.7) -> dict[str, Any]:
    """A line of results: the share of links in the top 1 % by similarity and comparison."""
    rows = [
        {
            "comparison": comparison,
            "similarity": similarity,
            "label": label,
            "chance": 0.1,
            "auc": auc,
            "average_precision": 0.2,
            "top_share": {"1": share},
            "recall": None,
        }
        for (similarity, comparison), share in shares.items()
        for label in ("linked", "similar")
    ]
    labels = {"same_object": 1, "similar_object": 2, "same_category": 3, "unrelated": 94}
    training = {} if recipe == "untuned" else {"items": 1234}
    about = {
        "pair": "icons",
        "recipe": recipe,
        "seed": seed,
        "weights": "last",
        "records": {"noto": 10, "openmoji": 10},
    }
    return about | {"labels": labels, "training": training, "rows": rows}


PUBLISHED = {("plain", "text-text"): 0.30, ("plain", "image-image"): 0.20, ("centred+fused", "fused"): 0.50}
OURS = {("plain", "text-text"): 0.10, ("plain", "image-image"): 0.40, ("centred+fused", "fused"): 0.60}


def lines() -> list[dict[str, Any]]:
    found = [line("untuned", 0, PUBLISHED)]
    for seed in (0, 1, 2):
        more = seed / 100
        found.append(line("mixed", seed, {cell: share + more for cell, share in PUBLISHED.items()}))
        found.append(line("collection", seed, {cell: share + 2 * more for cell, share in OURS.items()}, auc=0.8))
    return found


def test_todays_best_comparison_is_that_of_the_published_recipe() -> None:
    with_pooled = [line("mixed", seed, {**PUBLISHED, ("plain", "record-record"): 0.9}) for seed in (0, 1, 2)]
    best = todays_best(figures_of(with_pooled), "icons")
    assert best is not None
    assert (best.recipe, best.similarity, best.comparison) == ("mixed", "plain", "text-text")
    assert todays_mean(figures_of(with_pooled), "icons") == pytest.approx(0.25)


def test_the_gain_is_told_as_a_ratio_and_a_difference_by_seed() -> None:
    text = tables(lines())
    assert "| collection | centred+fused | 2.00 | 2.38 | +0.310 (0.285 to 0.335) | +0.100 (0.100 to 0.100) |" in text


def test_what_got_worse_is_told() -> None:
    text = tables(lines())
    assert "| collection, plain | mixed, plain | text-text | top 1 %, any link | −0.190 (−0.215 to −0.165) |" in text


def test_of_many_losses_the_largest_are_told() -> None:
    worse = {("plain", f"comparison {number}"): 0.5 - number / 100 for number in range(20)}
    found = [line("mixed", seed, dict.fromkeys(worse, 0.6)) for seed in (0, 1)]
    found += [line("collection", seed, worse) for seed in (0, 1)]
    text = tables(found)
    assert "40 of 80 figures compared, of which the largest 12" in text
    assert text.count("| comparison 19 |") == 2
    assert "| comparison 3 |" not in text


def test_sizes_come_first() -> None:
    assert "| icons | 10 noto and 10 openmoji | 1 | 2 | 3 | 94 | 1,234 | 3 |" in tables(lines())


def test_one_seed_makes_tables_without_intervals() -> None:
    text = tables([line("untuned", 0, PUBLISHED), line("mixed", 0, PUBLISHED)])
    assert "| plain | 0.30 text-text | 0.30 text-text |" in text
    assert "Worse than without the change: 0 of" in text
