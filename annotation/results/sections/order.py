"""Whether people learn or tire, and how long they take. Pure."""

from annotation.results.charts.figures import Estimate, IntervalChart, Measure, interval_chart
from heritage.pages.figures import odds
from heritage.pages.tables import Column, Table, count_cell, interval_cell, number_cell, table_of, text_cell

from .figures import SHARE, flat_rows, groups_of, per_cent_cell, per_cents_cell
from .section import Said, SectionKind
from .words import Document, label_words, p_words

_SECONDS = Measure("Seconds on a pair", "median", digits=0, spread="middle half", floor=0.0)


def _said(document: Document) -> Said:
    found = document["order_and_time"]
    words = []
    for row, what in ((found["trend"]["linked"], "the odds of a link"), (found["trend"]["seconds"], "the time on one")):
        if row["odds_low"] is not None:
            words.append(
                f"Over 100 pairs {what} change{'' if what.startswith('the odds') else 's'} by a factor of "
                f"{odds(row['odds_ratio'])} (95 % interval {odds(row['odds_low'])} to {odds(row['odds_high'])}), "
                f"{p_words(row['p'])}, n = {found['trend']['n']:,}."
            )
    if found["overall"]:
        overall = found["overall"]
        words.append(
            f"Half of the answers took {overall['lower_quartile']:.0f} to {overall['upper_quartile']:.0f} seconds, "
            f"the median {overall['median']:.0f}, n = {overall['n']:,}."
        )
    warnings = found["trend"]["warnings"]
    return Said(words, warnings) if words else Said([" ".join(["Not estimable.", *warnings])])


def order_chart(document: Document) -> IntervalChart | None:
    """Shares linked in each third of everybody's order."""
    thirds = [third for third in document["order_and_time"]["thirds"] if third["n"]]
    n = sum(third["n"] for third in thirds)
    linked = sum(third["share"] * third["n"] for third in thirds)
    rows = [Estimate(third["name"], third["share"], third["low"], third["high"], third["n"]) for third in thirds]
    return interval_chart(
        "order",
        "Links over the order",
        "Share linked in each third of every annotator’s order, 95 % interval",
        measure=SHARE,
        reference="the share of all",
        groups=groups_of({"": rows}, linked / n if n else 0.0),
        simulated=document["simulated"],
    )


def times_chart(document: Document) -> IntervalChart | None:
    found = document["order_and_time"]
    if not found["overall"]:
        return None
    rows = [
        Estimate(each["group"], each["median"], each["lower_quartile"], each["upper_quartile"], each["n"])
        for each in found["by_annotator"]
    ]
    return interval_chart(
        "times",
        "Time on a pair",
        "Median seconds of each annotator and the middle half of the answers",
        measure=_SECONDS,
        reference="the median of all answers",
        groups=groups_of({"": rows}, found["overall"]["median"]),
        simulated=document["simulated"],
    )


def thirds_table(document: Document) -> Table:
    rows = flat_rows(
        document["order_and_time"]["thirds"], ("name", "n", "share", "low", "high", "median_seconds"), document
    )
    columns = (
        Column("Of each annotator’s order", text_cell("name"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", per_cent_cell("share")),
        Column("95 % interval", per_cents_cell("low", "high")),
        Column("Median seconds", number_cell("median_seconds", 1)),
    )
    return table_of("order", "Over the order", columns, rows)


def times_table(document: Document) -> Table:
    found = document["order_and_time"]
    groups = [found["overall"], *found["by_label"], *found["by_comparison"], *found["by_annotator"]]
    known = [group for group in groups if group]
    rows = flat_rows(known, ("group", "n", "lower_quartile", "median", "upper_quartile"), document)
    labels = {group["group"] for group in found["by_label"]}
    rows = [row | {"group": label_words(row["group"], document)} if row["group"] in labels else row for row in rows]
    columns = (
        Column("", text_cell("group"), figures=False),
        Column("n", count_cell("n")),
        Column("Median seconds", number_cell("median", 1)),
        Column("Middle half", interval_cell("lower_quartile", "upper_quartile", 1)),
    )
    return table_of("times", "Time on a pair", columns, rows)


SECTION = SectionKind(
    id="order",
    heading="Do people learn or tire?",
    say=_said,
    charts={"order": order_chart, "times": times_chart},
    tables={"order": thirds_table, "times": times_table},
)
