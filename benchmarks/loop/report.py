"""Tables and the figure of docs/linking.md, from the lines of results.jsonl."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
from tabulate import tabulate

from annotation.results.charts.images import as_svg, with_words
from benchmarks.linking.seeds import SeedMean, seed_mean

Line = dict[str, Any]

ARM_NAMES = {
    "strata": "the paper's sampling",
    "similar": "random pairs above the thresholds",
    "top": "top of the list, centred and fused",
    "suggestions before": "suggestions as they were",
    "suggestions, unsure": "suggestions, unsure",
    "suggestions, likely": "suggestions, likeliest",
}
COLOURS = ("#918a83", "#5b5c60", "#8a7a2e", "#8a4b1f", "#54a07d", "#1f5c4a")
DASHES = ([1, 2], [1, 0], [6, 2], [4, 2, 1, 2], [2, 2], [1, 0])
SHOWN = (200, 500, 1000, 2000)
SETS = {"linked": "any link", "similar": "similar or same object", "same": "same object"}
COLUMN = {name: 2 + place for place, name in enumerate(SETS)}  # of a point of a curve


def tables(lines: Sequence[Line]) -> str:
    """Markdown."""
    by_arm = _by_arm(lines)
    parts = [_found(by_arm, name) for name in SETS]
    parts += [_per_hour(by_arm), _times(by_arm), _lists(by_arm), _calibration(by_arm)]
    return "\n\n".join(part for part in parts if part)


def figure(lines: Sequence[Line]) -> str:
    """An SVG of links found against answers, with bands of 95 % intervals over seeds."""
    rows: list[dict[str, Any]] = []
    for arm, own in _by_arm(lines).items():
        for name, words in SETS.items():
            for answers in range(25, 2001, 25):
                over = _mean(own, partial(_at, answers=answers, name=name))
                if over is not None:
                    rows.append(
                        {
                            "arm": ARM_NAMES[arm],
                            "links": words,
                            "answers": answers,
                            "found": over.mean,
                            "low": over.mean if over.low is None else max(over.low, 0.0),
                            "high": over.mean if over.high is None else over.high,
                        }
                    )
    names = [ARM_NAMES[arm] for arm in ARM_NAMES if any(row["arm"] == ARM_NAMES[arm] for row in rows)]
    places = [list(ARM_NAMES.values()).index(name) for name in names]
    colours = alt.Scale(domain=names, range=[COLOURS[place] for place in places])
    dashes = alt.Scale(domain=names, range=[DASHES[place] for place in places])
    legend = alt.Legend(orient="bottom", columns=2, labelLimit=400, symbolSize=250, symbolOpacity=1)
    base = alt.Chart(pd.DataFrame(rows)).encode(
        x=alt.X("answers:Q", title="answers"), color=alt.Color("arm:N", title=None, scale=colours, legend=legend)
    )
    band = base.mark_area(fillOpacity=0.1, strokeOpacity=0).encode(y=alt.Y("low:Q", title="links found"), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(
        y="found:Q", strokeDash=alt.StrokeDash("arm:N", title=None, scale=dashes, legend=legend)
    )
    chart = (
        alt.layer(band, line)
        .properties(width=230, height=260)
        .facet(alt.Facet("links:N", title=None, sort=list(SETS.values())), columns=3)
        .resolve_scale(y="independent")
        .properties(background="#fbfaf8")
        .configure(font="Inter, 'Liberation Sans', Arial, Helvetica, sans-serif")
    )
    seeds, last = len({line["seed"] for line in lines}), max(row["answers"] for row in rows)
    words = f"Simulated. Links found against answers, by how pairs were chosen; mean of {seeds} seeds. " + " ".join(
        f"{row['arm']}, {row['links']}: {row['found']:.0f} after {row['answers']}."
        for row in rows
        if row["answers"] == last
    )
    return with_words(as_svg(chart.to_dict()), title="Links found against answers (simulated)", words=words)


def _by_arm(lines: Sequence[Line]) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {arm: [] for arm in ARM_NAMES}
    for line in lines:
        found[line["arm"]].append(line)
    return {arm: own for arm, own in found.items() if own}


def _mean(lines: Sequence[Line], value: Callable[[Line], float | None]) -> SeedMean | None:
    values = [known for line in lines if (known := value(line)) is not None]
    return seed_mean(values) if len(values) == len(lines) else None


def _at(line: Line, answers: int, name: str) -> float | None:
    """Links found with so many answers; None where the arm has no more pairs."""
    points = [point for point in line["curve"] if point[0] <= answers]
    if not points or (points[-1][0] < answers and points[-1] is line["curve"][-1]):
        return None
    return float(points[-1][COLUMN[name]])


def _shown(over: SeedMean | None, digits: int = 0) -> str:
    if over is None:
        return "none left"
    if over.low is None or over.high is None:
        return f"{over.mean:.{digits}f}"
    return f"{over.mean:.{digits}f} ({max(over.low, 0):.{digits}f} to {over.high:.{digits}f})"


def _found(by_arm: dict[str, list[Line]], name: str) -> str:
    totals = {line["seed"]: line["totals"][name] for own in by_arm.values() for line in own}
    head = [f"{SETS[name]}, of {np.mean(list(totals.values())):,.0f}", *(f"{count:,} answers" for count in SHOWN)]
    rows = [
        [ARM_NAMES[arm], *(_shown(_mean(own, partial(_at, answers=count, name=name))) for count in SHOWN)]
        for arm, own in by_arm.items()
    ]
    return tabulate(rows, head, "pipe", disable_numparse=True)


def _per_hour(by_arm: dict[str, list[Line]]) -> str:
    """Over all answers of an arm."""

    def hourly(name: str) -> Callable[[Line], float | None]:
        return lambda line: 3600 * line["curve"][-1][COLUMN[name]] / line["curve"][-1][1]

    rows = [[ARM_NAMES[arm], *(_shown(_mean(own, hourly(name))) for name in SETS)] for arm, own in by_arm.items()]
    return tabulate(rows, ["links found in an hour of answering", *SETS.values()], "pipe", disable_numparse=True)


def _times(by_arm: dict[str, list[Line]]) -> str:
    """How many times the answers random pairs above the thresholds would take to find what an arm found with all of
    its answers, by their share of links; seed by seed."""
    if "similar" not in by_arm:
        return ""
    random = {line["seed"]: line["curve"][-1] for line in by_arm["similar"]}

    def times(name: str) -> Callable[[Line], float | None]:
        def of(line: Line) -> float | None:
            own, theirs = line["curve"][-1], random.get(line["seed"])
            if theirs is None or not theirs[COLUMN[name]]:
                return None
            return (own[COLUMN[name]] / own[0]) / (theirs[COLUMN[name]] / theirs[0])

        return of

    rows = [[ARM_NAMES[arm], *(_shown(_mean(own, times(name)), 1) for name in SETS)] for arm, own in by_arm.items()]
    head = ["times the answers that random pairs above the thresholds take", *SETS.values()]
    return tabulate(rows, head, "pipe", disable_numparse=True)


def _lists(by_arm: dict[str, list[Line]]) -> str:
    """What the lists of likely links hold, by the answers that they were made from."""
    rows = []
    for arm, own in by_arm.items():
        rounds: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for line in own:
            for each in line["rounds"]:
                if "suggested" in each:
                    rounds[each["answers"]].append(each)
        for answers, some in sorted(rounds.items()):
            full = [each for each in some if each["suggested"]]
            shares = [[each["suggested_links"][name] / each["suggested"] for each in full] for name in SETS]
            rows.append(
                [
                    ARM_NAMES[arm],
                    f"{answers:,}",
                    f"{np.mean([each['suggested'] for each in some]):,.0f}",
                    *(f"{np.mean(values):.2f}" if values else "" for values in shares),
                ]
            )
    head = ["list at precision 0.9", "answers", "pairs in it", *(f"share: {words}" for words in SETS.values())]
    return tabulate(rows, head, "pipe", disable_numparse=True) if rows else ""


def _calibration(by_arm: dict[str, list[Line]]) -> str:
    """Of all pairs that nobody was asked about, by tenths of probability: predicted, and what experts would say."""
    rows = []
    for arm, own in by_arm.items():
        rounds: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for line in own:
            for each in line["rounds"]:
                if "calibration" in each:
                    rounds[each["answers"]].append(each)
        for answers, some in sorted(rounds.items()):
            bins = np.mean([each["calibration"] for each in some], axis=0)
            rows.append(
                [
                    ARM_NAMES[arm],
                    f"{answers:,}",
                    *(f"{np.mean([each[name] for each in some]):.2f}" for name in ("predicted", "would_link")),
                    *(f"{bins[place][0]:.2f} / {bins[place][1]:.2f}" for place in (0, 4, 8, 9)),
                ]
            )
    head = ["all pairs not asked about", "answers", "predicted", "experts would link"]
    head += [f"{words} tenth" for words in ("least", "fifth", "ninth", "highest")]
    return tabulate(rows, head, "pipe", disable_numparse=True) if rows else ""
