"""The labels in their order. Pure."""

from heritage.pages.figures import odds
from heritage.pages.tables import Column, Row, Table, count_cell, interval_cell, number_cell, table_of, text_cell

from .figures import FIGURES, flat_rows, odds_cell, p_cell
from .section import Said, SectionKind
from .words import Document, p_words


def _said(document: Document) -> Said:
    ordinal = document["ordinal"]
    fit, check = ordinal["regression"], ordinal["proportional_odds"]
    words = [
        f"{row['term']}: the odds of a closer label are {odds(row['odds_ratio'])} times those without it "
        f"(95 % interval {odds(row['odds_low'])} to {odds(row['odds_high'])}), {p_words(row['p'])}, n = {fit['n']:,}."
        for row in _told(document)
    ]
    caveats = list(fit["warnings"])
    if check["p"] is not None:
        verdict = "speaks against it" if not check["holds"] else "does not speak against it"
        caveats.insert(
            0,
            "One odds ratio for every step of the scale is assumed; the likelihood ratio "
            f"{verdict} ({p_words(check['p'])}).",
        )
    return Said(words, caveats) if words else Said([" ".join(["Not estimable.", *caveats])])


def _told(document: Document) -> list[Row]:
    """The models' rows that could be estimated."""
    rows = document["ordinal"]["regression"]["rows"]
    return [row for row in rows if row["odds_low"] is not None and row["term"] in document["models"]]


def ordinal_table(document: Document) -> Table | None:
    if not _told(document):
        return None
    return _terms_table("ordinal", "A closer label, in odds", document["ordinal"]["regression"], document)


def multinomial_table(document: Document) -> Table | None:
    """Each label against the farthest, where one odds ratio for all steps does not hold."""
    fit = document["ordinal"]["multinomial"]
    return _terms_table("multinomial", "Each label by itself, in odds", fit, document) if fit else None


def _terms_table(name: str, title: str, fit: Row, document: Document) -> Table:
    rows = [row | {"n": fit["n"]} for row in flat_rows(fit["rows"], ("term", *FIGURES), document)]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("log odds", number_cell("coef")),
        Column("95 % interval", interval_cell("low", "high")),
        Column("p", p_cell("p")),
        Column("odds ratio", odds_cell),
    )
    return table_of(name, title, columns, rows)


SECTION = SectionKind(
    id="ordinal",
    heading="And how close are they?",
    say=_said,
    tables={"ordinal": ordinal_table, "multinomial": multinomial_table},
)
