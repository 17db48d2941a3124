"""The part of the text report on parts of the annotations, order, time and agreement."""

from collections.abc import Mapping, Sequence
from typing import Any

from .inference import figure, notes, p_figure, table

GOLD_SHARES = ("correct", "low", "high", "found", "kept_apart")


def exploration_text(document: Mapping[str, Any]) -> list[str]:
    """Paragraphs, none of them empty, of what `full_document` gives."""
    parts = [
        _subsets("By comparison: links, and effects of the models in percentage points", document["by_comparison"]),
        _interactions(document["interactions"]),
        _terms(document["by_term"], document["by_term_reason"]),
        _subsets("By annotator: links, and effects of the models in percentage points", document["by_annotator"]),
        *notes([document["by_annotator_reason"]] if document["by_annotator_reason"] else []),
        _order(document["order_and_time"]),
        _times(document["order_and_time"]),
    ]
    return [part for part in parts if part]


def agreement_text(agreement: Mapping[str, Any]) -> list[str]:
    """The coefficients, and who takes what for what."""
    coefficients = agreement["coefficients"]
    if not any(row["value"] is not None for row in coefficients):
        said = [f"Agreement beyond chance: not estimable. {coefficients[0]['reason']}"] if coefficients else []
        return [*said, *_squares(agreement["confusion"]), *_gold(agreement["confusion"])]
    rows = [
        [row["name"], "label" if row["of"] == "label" else "linked or not"]
        + [figure(row[key], 3) for key in ("value", "low", "high")]
        for row in coefficients
    ]
    said = notes([f"{row['name']}, {row['of']}: {row['reason']}" for row in coefficients if row["reason"]])
    headings = ["coefficient", "of", "", "[0.025", "0.975]"]
    parts = ["\n".join(["Agreement, with bootstrap intervals by pair", table(headings, rows, texts=2), *said])]
    confusion = agreement["confusion"]
    return [*parts, *_squares(confusion), *filter(None, [_people(confusion)]), *_gold(confusion)]


def _squares(confusion: Mapping[str, Any]) -> list[str]:
    parts = []
    names = [label.replace("_", " ") for label in confusion["labels"]]
    for key, heading in (
        ("between", "What one person said (rows) and another (columns) of the same pair"),
        ("gold", "The right label (rows) and the answers (columns)"),
    ):
        if confusion[key]:
            counts = [[name, *map(str, row)] for name, row in zip(names, confusion[key], strict=True)]
            parts.append("\n".join([heading, table(["", *names], counts, texts=1)]))
    return parts


def link_model_text(model: Mapping[str, Any]) -> str:
    """What links?"""
    if model["reason"]:
        return f"What links? Not estimable. {model['reason']}"
    measures = (("AUC", "auc"), ("Brier score", "brier"), ("calibration slope", "slope"), ("intercept", "intercept"))
    rows = [
        [name, *(figure(model[key][part] if model[key] else None, 3) for part in ("value", "low", "high"))]
        for name, key in measures
    ]
    weights = [[name.removeprefix("similarity|"), figure(weight, 3)] for name, weight in model["coefficients"].items()]
    return "\n".join(
        [
            f"What links? Probability of a link given all similarities, n = {model['n']}, "
            f"{model['groups']} groups of records held out in turn",
            table(["", "", "[0.025", "0.975]"], rows, texts=1),
            f"  Brier score of the overall share alone: {figure(model['brier_of_share'], 3)}",
            table(["log odds for one standard deviation", ""], weights, texts=1),
            *notes(model["warnings"]),
        ]
    )


def _subsets(heading: str, subsets: Sequence[Mapping[str, Any]]) -> str:
    if not subsets:
        return ""
    models = [effect["term"] for effect in subsets[0]["effects"]]
    rows = []
    for subset in subsets:
        effects = [
            "-" if effect["points"] is None else f"{effect['points']:.1f} ({effect['low']:.1f} to {effect['high']:.1f})"
            for effect in subset["effects"]
        ]
        rows.append([subset["name"], str(subset["n"]), *_share(subset), *effects])
    said = notes([f"{subset['name']}: {warning}" for subset in subsets for warning in subset["warnings"]])
    return "\n".join([heading, table(["", "n", "% linked", "[0.025", "0.975]", *models], rows, texts=1), *said])


def _share(row: Mapping[str, Any]) -> list[str]:
    return ["-" if row[key] is None else f"{100 * row[key]:.1f}" for key in ("share", "low", "high")]


def _interactions(found: Mapping[str, Any]) -> str:
    if not found["rows"]:
        return "\n".join(notes(found["warnings"]))
    rows = [
        [
            row["term"],
            *(figure(row["coefficient"][key], 3) for key in ("coef", "se")),
            *(p_figure(p) for p in (row["coefficient"]["p"], row["p_adjusted"])),
        ]
        for row in found["rows"]
    ]
    heading = (
        f"Comparisons against {found['reference']}, and how much further models go in them, in log odds "
        f"(n = {found['n']}, {found['covariance']} standard errors; p adjusted after Benjamini and Hochberg)"
    )
    headings = ["", "coef", "std err", "p", "adjusted"]
    return "\n".join([heading, table(headings, rows, texts=1), *notes(found["warnings"])])


def _terms(terms: Sequence[Mapping[str, Any]], reason: str) -> str:
    if not terms:
        return f"By taxonomy term: not estimable. {reason}"
    rows = [
        [
            row["term"],
            str(row["n"]),
            *_share(row),
            figure(row["effect"]["points"], 1),
            *(p_figure(p) for p in (row["effect"]["p"], row["p_adjusted"])),
        ]
        for row in terms
    ]
    headings = ["", "n", "% linked", "[0.025", "0.975]", "points", "p", "adjusted"]
    said = dict.fromkeys(
        f"{row['term']}: {text}" for row in terms if row["effect"]["p"] is None for text in row["warnings"]
    )
    return "\n".join(["By taxonomy term, against pairs without it", table(headings, rows, texts=1), *notes([*said])])


def _order(found: Mapping[str, Any]) -> str:
    trend = found["trend"]
    lines = []
    for row, what in ((trend["linked"], "odds of a link"), (trend["seconds"], "time on a pair")):
        if row["coef"] is not None:
            lines.append(
                f"  {what}: times {row['odds_ratio']:.2f} ({row['odds_low']:.2f} to {row['odds_high']:.2f}), "
                f"p {p_figure(row['p'])}"
            )
    if found["thirds"]:
        rows = [
            [third["name"], str(third["n"]), f"{100 * third['share']:.1f}", figure(third["median_seconds"], 1)]
            for third in found["thirds"]
        ]
        lines.append(table(["", "n", "% linked", "median seconds"], rows, texts=1))
    lines += notes(trend["warnings"])
    return "\n".join(["Over an annotator's order, for every 100 pairs on", *lines]) if lines else ""


def _times(found: Mapping[str, Any]) -> str:
    if found["overall"] is None:
        return ""
    groups = [found["overall"], *found["by_label"], *found["by_comparison"], *found["by_annotator"]]
    rows = [
        [group["group"].replace("_", " "), str(group["n"])]
        + [figure(group[key], 1) for key in ("lower_quartile", "median", "upper_quartile")]
        for group in groups
    ]
    headings = ["", "n", "lower quartile", "median", "upper quartile"]
    return "\n".join(["Seconds on a pair", table(headings, rows, texts=1), *notes(found["warnings"])])


def _people(confusion: Mapping[str, Any]) -> str:
    if not confusion["people"]:
        return "\n".join(notes([confusion["reason"]] if confusion["reason"] else []))
    rows = [
        [
            two["one"],
            two["other"],
            str(two["n"]),
            *(f"{100 * two[key]:.1f}" for key in ("same_label", "same_outcome")),
            figure(two["kappa"], 3),
        ]
        for two in confusion["people"]
    ]
    headings = ["", "", "pairs", "% same label", "% same on linked", "Cohen's kappa"]
    return "\n".join(["Two by two", table(headings, rows, texts=2)])


def _gold(confusion: Mapping[str, Any]) -> list[str]:
    """Nothing where the campaign has no gold pairs at all."""
    if not confusion["against_gold"]:
        said = f"Against the right labels: not estimable. {confusion['gold_reason']}"
        return [said] if confusion["has_gold"] else []
    rows = [
        [row["annotator"], str(row["n"])]
        + ["-" if row[key] is None else f"{100 * row[key]:.1f}" for key in GOLD_SHARES]
        for row in confusion["against_gold"]
    ]
    headings = ["", "n", "% right", "[0.025", "0.975]", "% of links found", "% of others kept apart"]
    return ["\n".join(["Against the right labels, with 95 % intervals", table(headings, rows, texts=1)])]
