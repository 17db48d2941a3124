"""What links: similarities by all models as one probability. Pure."""

from annotation.results.charts.figures import CalibrationChart, CurvePoint
from heritage.pages.tables import Column, Table, count_cell, number, number_cell, table_of

from .figures import flat_rows, per_cent_cell, per_cents_cell
from .section import Said, SectionKind
from .words import Document


def _said(document: Document) -> Said:
    model = document["link_model"]
    if model["reason"]:
        return Said([f"Not estimable. {model['reason']}"])
    words = []
    for key, what in (("auc", "AUC"), ("brier", "Brier score"), ("slope", "Calibration slope")):
        if model[key] is not None:
            words.append(
                f"{what} {number(model[key]['value'], 2)} (95 % interval {number(model[key]['low'], 2)} to "
                f"{number(model[key]['high'], 2)}), n = {model['n']:,}, {model['groups']:,} groups of records held "
                "out in turn."
            )
    if model["weighted"]:
        words.append("Answers count by their sampling weights, so that the figures are of the pairs drawn from.")
    words.append(f"The overall share alone has a Brier score of {number(model['brier_of_share'], 2)}.")
    return Said(["The probability of a link given the similarities by all models:", *words], model["warnings"])


def calibration_chart(document: Document) -> CalibrationChart | None:
    points = tuple(
        CurvePoint(*(each[key] for key in ("predicted", "linked", "low", "high", "n")))
        for each in document["link_model"]["calibration"]
    )
    if not points:
        return None
    return CalibrationChart(
        "calibration",
        "Predicted and linked",
        "Share linked among pairs of about the same predicted probability, on records held out, 95 % interval",
        document["simulated"],
        points,
    )


def calibration_table(document: Document) -> Table:
    rows = flat_rows(document["link_model"]["calibration"], ("predicted", "n", "linked", "low", "high"), document)
    columns = (
        Column("Predicted", per_cent_cell("predicted")),
        Column("n", count_cell("n")),
        Column("Linked", per_cent_cell("linked")),
        Column("95 % interval", per_cents_cell("low", "high")),
    )
    return table_of("calibration", "Predicted and linked, on records held out", columns, rows)


def similarities_table(document: Document) -> Table:
    rows = [
        {"simulated": int(document["simulated"]), "similarity": name.removeprefix("similarity|"), "log_odds": weight}
        for name, weight in document["link_model"]["coefficients"].items()
    ]
    columns = (
        Column("Similarity", lambda row: row["similarity"].replace("|", ", "), figures=False),
        Column("log odds for a standard deviation", number_cell("log_odds", 2)),
    )
    return table_of("similarities", "What the model goes by", columns, rows)


SECTION = SectionKind(
    id="links",
    heading="What links?",
    say=_said,
    charts={"calibration": calibration_chart},
    tables={"calibration": calibration_table, "similarities": similarities_table},
)
