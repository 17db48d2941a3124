"""Whether the answer hangs on what may be decided otherwise. Pure."""

from collections.abc import Iterator

from annotation.results.sections.figures import p_cell
from annotation.results.sections.section import Said, SectionKind
from annotation.results.sections.words import Document
from heritage.pages.figures import odds
from heritage.pages.tables import NOTHING, Column, Row, Table, count_cell, table_of, text_cell


def _said(document: Document) -> Said:
    words = [_variant_words(each) for each in document["sensitivity"][1:]]  # the first is as planned
    caveats = (
        "The same regression, errors and family as the answer’s, on other answers or with another beginning of a link. "
        "Not one of these was chosen for what it shows.",
    )
    nothing = (
        "Nothing to vary: no answer is unsure, empty, skipped or on a broken record, and all links have the same label."
    )
    return Said(words or [nothing], caveats)


def _variant_words(each: Row) -> str:
    counted = f"n = {each['n']:,}, {each['changed']:,} answer{'' if each['changed'] == 1 else 's'} otherwise"
    if each["same"] is None:
        return f"{each['name']} ({counted}): not estimable. {each['reason']}"
    verdict = "the same differences are told" if each["same"] else "other differences are told: see the table"
    return f"{each['name']} ({counted}): {verdict}."


def sensitivity_table(document: Document) -> Table:
    columns = (
        Column("Answers", text_cell("variant"), figures=False),
        Column("n", count_cell("n")),
        Column("Difference", text_cell("difference"), figures=False),
        Column("odds ratio", lambda row: odds(row["odds_ratio"])),
        Column("95 % interval", _interval_cell),
        Column("p (Holm)", p_cell("p_holm")),
    )
    return table_of("sensitivity", "The answer under other decisions", columns, list(_rows(document)))


def _rows(document: Document) -> Iterator[Row]:
    for variant in document["sensitivity"]:
        for each in variant["differences"]:
            difference = f"{each['model']} against {each['other']}" if each["other"] else each["model"]
            figures = {key: each[key] for key in ("odds_ratio", "low", "high", "p_holm")}
            yield {
                "simulated": int(document["simulated"]),
                "variant": variant["name"],
                "n": variant["n"],
                "difference": difference,
                **figures,
            }


def _interval_cell(row: Row) -> str:
    return NOTHING if row["low"] is None else f"{odds(row['low'])} to {odds(row['high'])}"


SECTION = SectionKind(
    id="sensitivity",
    heading="Does the answer hold?",
    say=_said,
    tables={"sensitivity": sensitivity_table},
    applies=lambda document: bool(document.get("sensitivity")),
)
