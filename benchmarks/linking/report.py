"""The tables of docs/linking.md from the lines of results.jsonl, as Markdown. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from linking.sampling.comparisons import METHOD_COMPARISONS

from .runs import PUBLISHED, RECIPES, SIMILARITIES, UNTUNED
from .seeds import Cell, Figures, SeedMean, figures_of, seed_difference, seed_mean

TOP, AUC = "top_share 1", "auc"
WORDS = {"linked": "any link", "similar": "similar or closer", "same": "same object", TOP: "top 1 %", AUC: "AUC"}
# What is looked through for losses: label sets and figures.
LOOKED_AT = (("linked", TOP), ("similar", TOP), ("linked", AUC), ("similar", AUC), ("same", AUC))

MOST_LOSSES = 12


def tables(lines: Sequence[dict[str, Any]], *, weights: str = "last") -> str:
    """Sizes, then for each pair what is found at the top, how areas change, the gain over today, and the losses."""
    figures = figures_of(lines, weights=weights)
    pairs = list(dict.fromkeys(line["pair"] for line in lines))
    parts = [_sizes(lines, pairs)]
    for pair in pairs:
        parts += [
            f"### {pair}",
            f"Share of links among the most similar 1 % of pairs (chance {_chance(lines, pair, 'linked')}):",
            _by_similarity(figures, pair, "linked", TOP),
            f"AUC of similar or closer (chance 0.5; {_chance(lines, pair, 'similar')} of pairs are):",
            _by_similarity(figures, pair, "similar", AUC),
            _against_today(figures, pair),
            _losses(figures, pair),
        ]
    return "\n\n".join(parts)


def todays_best(figures: Figures, pair: str) -> Cell | None:
    """The published recipe's comparison that finds most links at the top."""
    return _best(_of_method(figures), Cell(pair, PUBLISHED, "plain", "", "linked", TOP))


def todays_mean(figures: Figures, pair: str) -> float:
    """What a comparison of the published recipe finds at the top, when nobody knows yet which is best."""
    like = Cell(pair, PUBLISHED, "plain", "", "linked", TOP)
    means = [
        seed_mean(values.values()).mean
        for cell, values in _of_method(figures).items()
        if replace(cell, comparison="") == like
    ]
    return sum(means) / len(means) if means else 0.0


def _of_method(figures: Figures) -> Figures:
    """Without the comparisons that the published recipe does not have."""
    return {cell: values for cell, values in figures.items() if cell.comparison in METHOD_COMPARISONS}


def _best(figures: Figures, like: Cell) -> Cell | None:
    """The comparison with the greatest mean among cells that are otherwise like one."""
    found = [cell for cell in figures if replace(cell, comparison="") == replace(like, comparison="")]
    return max(found, key=lambda cell: seed_mean(figures[cell].values()).mean, default=None)


def _recipes(figures: Figures, pair: str) -> list[str]:
    there = {cell.recipe for cell in figures if cell.pair == pair}
    return [recipe for recipe in (UNTUNED, *RECIPES) if recipe in there]


def _sizes(lines: Sequence[dict[str, Any]], pairs: Iterable[str]) -> str:
    rows = []
    for pair in pairs:
        of_pair = [line for line in lines if line["pair"] == pair]
        items = max(line["training"].get("items", 0) for line in of_pair)
        records = " and ".join(f"{count:,} {slug}" for slug, count in of_pair[0]["records"].items())
        labels = of_pair[0]["labels"]
        counts = [f"{labels[name]:,}" for name in ("same_object", "similar_object", "same_category", "unrelated")]
        seeds = len({line["seed"] for line in of_pair if line["recipe"] != UNTUNED})
        rows.append([pair, records, *counts, f"{items:,}", str(seeds)])
    head = [
        "pair",
        "records",
        "same object",
        "similar",
        "same category",
        "unrelated",
        "items learnt from, at most",
        "seeds",
    ]
    return _table(head, rows)


def _chance(lines: Iterable[dict[str, Any]], pair: str, label: str) -> str:
    chances = [row["chance"] for line in lines if line["pair"] == pair for row in line["rows"] if row["label"] == label]
    return f"{max(chances):.3f}" if chances else "not known"


def _by_similarity(figures: Figures, pair: str, label: str, measure: str) -> str:
    recipes = _recipes(figures, pair)
    found = {
        (similarity, recipe): _best(figures, Cell(pair, recipe, similarity, "", label, measure))
        for similarity in SIMILARITIES
        for recipe in recipes
    }
    means = {at: seed_mean(figures[cell].values()) for at, cell in found.items() if cell}
    greatest = max((each.mean for each in means.values()), default=0.0)
    rows = []
    for similarity in SIMILARITIES:
        row = [similarity]
        for recipe in recipes:
            cell, mean = found[similarity, recipe], means.get((similarity, recipe))
            text = _with_interval(mean, bold=mean.mean == greatest) if mean else ""
            row.append(f"{text} {cell.comparison}" if cell and cell.comparison != "fused" else text)
        rows.append(row)
    return _table(["by its best comparison", *recipes], rows)


def _against_today(figures: Figures, pair: str) -> str:
    today = todays_best(figures, pair)
    if today is None:
        return "The published recipe was not measured."
    before, on_average = seed_mean(figures[today].values()).mean, todays_mean(figures, pair)
    area = _best(_of_method(figures), replace(today, label="similar", measure=AUC))
    rows = []
    for recipe in _recipes(figures, pair):
        for similarity in ("fused", "centred+fused"):
            cell = Cell(pair, recipe, similarity, "fused", "linked", TOP)
            of_area = replace(cell, label="similar", measure=AUC)
            if cell not in figures:
                continue
            share = seed_mean(figures[cell].values()).mean
            gained = _difference(figures, cell, today)
            area_gained = _difference(figures, of_area, area) if area and of_area in figures else None
            times = [f"{share / one:.2f}" if one else "" for one in (before, on_average)]
            rows.append([recipe, similarity, *times, _signed(gained), _signed(area_gained)])
    title = f"Against the published recipe by {today.comparison}, its best comparison at the top"
    head = ["recipe", "similarity", "times its share in the top 1 %", "times the mean of its four comparisons"]
    head.append("difference of the share from its best")
    best = f"difference of AUC, similar or closer, from its best ({area.comparison})" if area else "difference of AUC"
    return f"{title}:\n\n{_table([*head, best], rows)}"


def _difference(figures: Figures, cell: Cell, other: Cell) -> SeedMean | None:
    return seed_difference(figures[cell], figures[other])


def _losses(figures: Figures, pair: str) -> str:
    """Where 95 % intervals of differences by seed are below 0: recipes against mixed batches, kinds against plain."""
    compared = list(_compared(figures, pair))
    differences = [(cell, other, _difference(figures, cell, other)) for cell, other in compared]
    lost = [(cell, other, found) for cell, other, found in differences if found and found.is_below_zero]
    lost.sort(key=lambda each: each[2].mean)
    title = f"Worse than without the change: {len(lost)} of {len(compared)} figures compared"
    if not lost:
        return f"{title}."
    if len(lost) > MOST_LOSSES:
        title += f", of which the largest {MOST_LOSSES}"
    rows = [
        [
            f"{cell.recipe}, {cell.similarity}",
            f"{other.recipe}, {other.similarity}",
            cell.comparison,
            f"{WORDS[cell.measure]}, {WORDS[cell.label]}",
            _signed(found),
        ]
        for cell, other, found in lost[:MOST_LOSSES]
    ]
    return f"{title}:\n\n" + _table(["what", "against", "comparison", "figure", "difference"], rows)


def _compared(figures: Figures, pair: str) -> Iterator[tuple[Cell, Cell]]:
    published = PUBLISHED
    for cell in figures:
        if cell.pair != pair or cell.recipe == UNTUNED or (cell.label, cell.measure) not in LOOKED_AT:
            continue
        if cell.recipe != published and (other := replace(cell, recipe=published)) in figures:
            yield cell, other
        without = "fused" if cell.comparison == "fused" else "plain"
        if cell.similarity != without and (other := replace(cell, similarity=without)) in figures:
            yield cell, other


def _with_interval(mean: SeedMean, *, bold: bool = False) -> str:
    value = f"**{mean.mean:.2f}**" if bold else f"{mean.mean:.2f}"
    if mean.low is None or mean.high is None:
        return value
    return f"{value} ({mean.low:.2f} to {mean.high:.2f})".replace("-", "−")


def _signed(found: SeedMean | None) -> str:
    if found is None:
        return ""
    text = f"{found.mean:+.3f}"
    if found.low is not None and found.high is not None:
        text += f" ({found.low:.3f} to {found.high:.3f})"
    return text.replace("-", "−")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
