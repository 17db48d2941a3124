"""What each model’s finding is worth, by every estimator. Pure."""

from collections.abc import Iterator
from typing import Any

from annotation.analysis.errors import errors_words
from annotation.results.charts.figures import Estimate, IntervalChart, Measure, Sign, interval_chart
from heritage.pages.figures import odds
from heritage.pages.tables import Column, Row, Table, count_cell, interval_cell, number_cell, table_of, text_cell

from .figures import FIGURES, groups_of, odds_cell, p_cell, sign_of
from .section import Said, SectionKind
from .words import Document, estimator_words, fit_warnings, p_words

WIDEST = 12.0  # log odds: a wider interval says nothing and would leave no room for the others
_LOG_ODDS = Measure("Log odds of a link", "log odds", digits=3)


def _said(document: Document) -> Said:
    recommended = document["recommended"]
    words = [*filter(None, [document["estimand"]]), recommended["reason"]]
    for fit in document["regressions"]:
        if fit["coding"] == "stratum" and fit["covariance"] == recommended["covariance"] and fit["intercept"]:
            words += [_odds_words(row, fit) for row in fit["rows"] if row["term"] != "intercept"]
    caveats = (
        "The published tables have no intercept: they test whether the log odds of pairs that only this model of the "
        "two finds are 0, if the two add up and pairs that neither finds are linked in half of the cases, with errors "
        "that allow for nothing. They stand here to be compared and not to be quoted.",
        *fit_warnings(document["beside"]),
    )
    return Said(words, caveats)


def _odds_words(row: dict[str, Any], fit: dict[str, Any]) -> str:
    where = row["term"] if row["term"] == fit["name"] else f"{row['term']} in {fit['name']}"
    if row["odds_low"] is None:
        return f"{where}: not estimable, n = {fit['n']:,}."
    return (
        f"{where}: odds ratio {odds(row['odds_ratio'])} (95 % interval {odds(row['odds_low'])} to "
        f"{odds(row['odds_high'])}), "
        f"{p_words(row['p'])}, n = {fit['n']:,}, errors allowing for {errors_words(fit['covariance'])}."
    )


def estimates_chart(document: Document) -> IntervalChart | None:
    """The compared model's coefficient in each regression by stratum, by every estimator."""
    groups: dict[str, list[Estimate]] = {}
    for fit in (*document["regressions"], *document["beside"]):
        if fit["coding"] != "stratum" or not fit["rows"]:
            continue
        row = fit["rows"][-1]  # the base comes first
        if row["low"] is None or row["high"] is None or row["high"] - row["low"] > WIDEST:
            continue
        quoted = fit["intercept"] and fit["covariance"] == document["recommended"]["covariance"]
        name = estimator_words(fit)
        if name == "logit":
            name = f"errors: {errors_words(fit['covariance'])}"
        told = sign_of(row["low"], row["high"])
        # Only the one to quote has a colour; the others are grey, filled where they can be told.
        sign: Sign = told if told == "untold" or (quoted and fit["estimator"] == "logit") else "beside"
        heading = f"{row['term']} in {fit['name']} (n = {fit['n']:,})"
        groups.setdefault(heading, []).append(Estimate(name, row["coef"], row["low"], row["high"], fit["n"], sign))
    return interval_chart(
        "estimates",
        "The same effect by every estimator",
        "Log odds of a link, 95 % interval; a ring where it includes 0; in colour the one to quote, where it is told",
        measure=_LOG_ODDS,
        reference="no effect; as published, even odds",
        groups=groups_of(groups, 0.0),
        simulated=document["simulated"],
    )


def estimates_table(document: Document) -> Table:
    """Every slope by every estimator: as published first, then with an intercept under each way to estimate it."""
    columns = (
        Column("Regression", text_cell("regression"), figures=False),
        Column("Predictor", text_cell("term"), figures=False),
        Column("Estimator", text_cell("estimator"), figures=False),
        Column("Errors allow for", text_cell("errors"), figures=False),
        Column("n", count_cell("n")),
        Column("coef", number_cell("coef")),
        Column("se", number_cell("se")),
        Column("95 % interval", interval_cell("low", "high")),
        Column("p", p_cell("p")),
        Column("odds", odds_cell),
    )
    return table_of("estimates", "The same coefficients by every estimator", columns, list(_slopes(document)))


def _slopes(document: Document) -> Iterator[Row]:
    for fit in (*document["regressions"], *document["beside"]):
        if not fit["n"]:
            continue  # what is not known of any pair is said under the quality of the answers
        for row in fit["rows"]:
            if row["term"] != "intercept":
                yield {
                    "simulated": int(document["simulated"]),
                    "coding": fit["coding"],
                    "regression": fit["name"],
                    "term": row["term"],
                    "estimator": estimator_words(fit),
                    "errors": errors_words(fit["covariance"]),
                    "covariance": fit["covariance"],
                    "n": fit["n"],
                    **{key: row[key] for key in FIGURES},
                }


def spread_table(document: Document) -> Table:
    """Standard deviations of the mixed models' random intercepts."""
    intervals = document["mixed_spread_intervals"]
    rows = []
    for name, kinds in document["mixed_spread"].items():
        for kind, sd in kinds.items():
            low, high = intervals[name][kind]
            row = {"simulated": int(document["simulated"]), "regression": name, "of": kind}
            rows.append(row | {"sd": sd, "low": low, "high": high})
    columns = (
        Column("Regression", text_cell("regression"), figures=False),
        Column("Between", text_cell("of"), figures=False),
        Column("sd, log odds", number_cell("sd", 2)),
        Column("95 % interval", interval_cell("low", "high", 2)),
    )
    return table_of("spread", "How far annotators and records differ, by the mixed model", columns, rows)


SECTION = SectionKind(
    id="estimates",
    heading="How sure is it?",
    say=_said,
    charts={"estimates": estimates_chart},
    tables={"estimates": estimates_table, "spread": spread_table},
)
