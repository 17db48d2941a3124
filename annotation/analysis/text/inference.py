"""The part of the text report that `inference` fills: which errors to quote, and the estimators side by side."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


def inference_text(document: Mapping[str, Any]) -> list[str]:
    """Paragraphs, none of them empty, of what `full_document` gives."""
    recommended = document["recommended"]
    parts = [
        f"Standard errors to quote: {recommended['covariance']}. {recommended['reason']}",
        _comparison(document["model_comparison"]),
        _side_by_side(document),
        _spread(document["mixed_spread"]),
        *_ordinal(document["ordinal"]),
        _population(document["population"], document["population_reason"]),
        _permutation_within(document["permutation_within"]),
    ]
    return [part for part in parts if part]


def figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def p_figure(value: float | None) -> str:
    return "-" if value is None else "<0.001" if value < 0.001 else f"{value:.3f}"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> str:
    """Aligned columns: the first `texts` to the left, figures to the right."""
    widths = [max(len(row[place]) for row in [headings, *rows]) for place in range(len(headings))]
    lines = []
    for row in [headings, *rows]:
        cells = [
            cell.ljust(width) if place < texts else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(("  " + "  ".join(cells)).rstrip())
    return "\n".join(lines)


def notes(warnings: Sequence[str]) -> list[str]:
    return [f"Note: {warning}" for warning in dict.fromkeys(warnings)]


def _comparison(comparison: Mapping[str, Any]) -> str:
    if not comparison["effects"]:
        return ""
    effects = [[effect["term"], *_points(effect), p_figure(effect["p"]), ""] for effect in comparison["effects"]]
    contrasts = [
        [
            f"{contrast['model']} - {contrast['other']}",
            *_points(contrast["effect"]),
            p_figure(contrast["coefficient"]["p"]),
            p_figure(contrast["p_holm"]),
        ]
        for contrast in comparison["contrasts"]
    ]
    headings = ["", "points", "[0.025", "0.975]", "p", "p (Holm)"]
    return "\n".join(
        [
            "Average marginal effects in percentage points and models against each other "
            f"(all models in one logit, n = {comparison['n']}, {comparison['covariance']} standard errors)",
            table(headings, effects + contrasts, texts=1),
            *notes(comparison["warnings"]),
        ]
    )


def _points(effect: Mapping[str, Any]) -> list[str]:
    return [figure(effect[key], 1) for key in ("points", "low", "high")]


def _side_by_side(document: Mapping[str, Any]) -> str:
    """Every slope under every estimator, one line each."""
    fits = [fit for fit in document["regressions"] if fit["intercept"]] + document["beside"]
    fits = [fit for fit in fits if any(row["coef"] is not None for row in fit["rows"])]
    rows = []
    order = list(dict.fromkeys((fit["coding"], fit["name"]) for fit in fits))
    for coding, name in order:
        of_design = [fit for fit in fits if (fit["coding"], fit["name"]) == (coding, name)]
        terms = dict.fromkeys(row["term"] for fit in of_design for row in fit["rows"] if row["term"] != "intercept")
        for term in terms:
            for fit in of_design:
                for row in fit["rows"]:
                    if row["term"] == term and row["coef"] is not None:
                        rows.append([name, term, fit["estimator"], fit["covariance"], *_figures(row)])
    said = _said_of(fit for fit in fits if (fit["estimator"], fit["covariance"]) != ("logit", "nonrobust"))
    said += _said_of(fit for fit in document["beside"] if fit not in fits)
    if not rows:
        return "\n".join(said)
    headings = ["regression", "term", "estimator", "standard errors", "coef", "std err", "p", "[0.025", "0.975]"]
    return "\n".join(
        ["The same coefficients by every estimator (with intercept)", table(headings, rows, texts=4), *said]
    )


def _said_of(fits: Iterable[Mapping[str, Any]]) -> list[str]:
    """Each warning once, after the estimators that it is about."""
    about: dict[str, dict[str, None]] = {}
    for fit in fits:
        kind = fit["estimator"] if fit["estimator"] != "logit" else fit["covariance"]
        for warning in fit["warnings"]:
            about.setdefault(warning, {})[kind] = None
    return [f"Note on {', '.join(kinds)}: {warning}" for warning, kinds in about.items()]


def _figures(row: Mapping[str, Any]) -> list[str]:
    return [
        figure(row["coef"], 4),
        figure(row["se"], 3),
        p_figure(row["p"]),
        *(figure(row[k], 3) for k in ("low", "high")),
    ]


def _spread(spread: Mapping[str, Mapping[str, float]]) -> str:
    lines = [
        f"  {name}: " + ", ".join(f"{kind} {sd:.2f}" for kind, sd in kinds.items()) for name, kinds in spread.items()
    ]
    return "\n".join(["Spread of the mixed models' random intercepts, in log odds", *lines]) if lines else ""


def _ordinal(ordinal: Mapping[str, Any]) -> list[str]:
    fit, check, parts = ordinal["regression"], ordinal["proportional_odds"], []
    scale = " < ".join(label.replace("_", " ") for label in ordinal["labels"])
    heading = f"Labels in order ({scale}): proportional-odds logit, n = {fit['n']}, {fit['covariance']} standard errors"
    parts.append(_terms(heading, fit))
    if check["p"] is None:
        said = "Whether the odds are proportional cannot be told from these answers."
    else:
        verdict = "speaks against" if not check["holds"] else "does not speak against"
        said = (
            f"The likelihood ratio {verdict} proportional odds: {check['statistic']:.2f} on "
            f"{check['degrees_of_freedom']} degrees of freedom, p {p_figure(check['p'])}."
        )
    if any(row["coef"] is not None for row in fit["rows"]):
        parts.append(said)
    if ordinal["multinomial"] is not None:
        parts.append(_terms("Multinomial logit instead", ordinal["multinomial"]))
    return parts


def _terms(heading: str, fit: Mapping[str, Any]) -> str:
    rows = [[row["term"], *_figures(row)] for row in fit["rows"]]
    headings = ["", "coef", "std err", "p", "[0.025", "0.975]"]
    return "\n".join([heading, table(headings, rows, texts=1), *notes(fit["warnings"])])


def _population(shares: Sequence[Mapping[str, Any]], reason: str) -> str:
    if reason:
        return f"Shares of all pairs: not estimable. {reason}"
    rows = [
        [
            share["comparison"],
            share["model"],
            "-" if share["population"] is None else f"{share['population']:,}",
            str(share["n"]),
            *("-" if share[key] is None else f"{100 * share[key]:.1f}" for key in ("share", "low", "high")),
        ]
        for share in shares
    ]
    return "\n".join(
        [
            "Of all pairs that a model finds similar, in the strata drawn from: per cent that these people would link",
            table(["comparison", "model", "pairs", "answered", "%", "[0.025", "0.975]"], rows, texts=2),
            *notes([share["reason"] for share in shares if share["reason"]]),
        ]
    )


def _permutation_within(tests: Sequence[Mapping[str, Any]]) -> str:
    if not tests:
        return ""
    rows = [[test["regression"], test["term"], test["within"], figure(test["p"], 4)] for test in tests]
    return "\n".join(
        [
            f"Permutation tests within blocks, {tests[0]['shuffles']} shuffles, seed {tests[0]['seed']}",
            table(["regression", "term", "labels shuffled among the pairs", "p"], rows, texts=3),
            *notes([test["reason"] for test in tests if test["reason"]]),
        ]
    )
