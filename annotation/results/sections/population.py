"""What the drawn pairs tell of all pairs. Pure."""

from annotation.results.charts.figures import Estimate, IntervalChart, interval_chart
from heritage.pages.tables import Column, Table, count_cell, table_of, text_cell

from .figures import SHARE, flat_rows, groups_of, optional_count_cell, per_cent_cell, per_cents_cell
from .points import comparison_table, points_sentences
from .section import Said, SectionKind
from .words import Document, share_words


def _said(document: Document) -> Said:
    if document["population_reason"]:
        return Said([f"Not estimable. {document['population_reason']}"])
    words = [
        f"Of the {each['population']:,} pairs that {each['model']} finds similar by {each['comparison']}, "
        f"{share_words(each)} would be linked by these people, n = {each['n']:,}."
        for each in document["population"]
        if each["low"] is not None and each["population"] is not None
    ]
    weighted = document["population_comparison"]
    if weighted:
        words += points_sentences(weighted, over="Over all pairs")
    reasons = dict.fromkeys(
        f"{each['model']}, {each['comparison']}: {each['reason']}" for each in document["population"] if each["reason"]
    )
    caveats = (
        "The answered pairs of a stratum stand for all of it, each for as many. Pairs of strata that were not drawn "
        "from are not spoken of.",
        *(
            ("Percentage points over all pairs stand beside the planned comparison, which is of the answered pairs.",)
            if weighted
            else ()
        ),
        *reasons,
    )
    return Said(words or ["No stratum has enough answers for a share with an interval."], caveats)


def population_chart(document: Document) -> IntervalChart | None:
    groups: dict[str, list[Estimate]] = {}
    for each in document["population"]:
        if each["low"] is not None:
            groups.setdefault(each["comparison"], []).append(
                Estimate(each["model"], each["share"], each["low"], each["high"], each["n"])
            )
    return interval_chart(
        "population",
        "Shares of all pairs",
        "Of all pairs that a model finds similar, the share that would be linked, 95 % interval",
        measure=SHARE,
        reference="one half",
        groups=groups_of(groups, 0.5),
        simulated=document["simulated"],
    )


def population_points_table(document: Document) -> Table:
    """As `points_table`, over all pairs that the answered ones stand for; empty where it is not known how many."""
    weighted = document["population_comparison"] or {"n": 0, "effects": (), "contrasts": ()}
    return comparison_table("population-points", "Percentage points over all pairs", weighted, document)


def population_table(document: Document) -> Table:
    keys = ("comparison", "model", "population", "n", "answers", "strata", "share", "se", "low", "high", "reason")
    columns = (
        Column("Comparison", text_cell("comparison"), figures=False),
        Column("Model", text_cell("model"), figures=False),
        Column("Pairs", optional_count_cell("population")),
        Column("Answered", count_cell("n")),
        Column("Linked", per_cent_cell("share")),
        Column("95 % interval", per_cents_cell("low", "high")),
    )
    return table_of("population", "Shares of all pairs", columns, flat_rows(document["population"], keys, document))


SECTION = SectionKind(
    id="population",
    heading="And of all pairs?",
    say=_said,
    charts={"population": population_chart},
    tables={"population": population_table, "population-points": population_points_table},
)
