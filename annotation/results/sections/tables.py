"""The full analysis as tables: the same for the page, the report and CSV. Pure; `document` is `full_document`'s.

Rows are flat, with the figures in full; columns say how they are read. A figure that cannot be estimated is a dash.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from annotation.results.charts.figures import wilson
from heritage.templatetags.figures import odds
from models_ml.evaluation.tables import (
    NOTHING,
    Column,
    Row,
    Table,
    count_cell,
    interval_cell,
    number,
    number_cell,
    p_text,
    table_of,
    text_cell,
)

Document = dict[str, Any]

FIGURES = ("coef", "se", "p", "low", "high", "odds_ratio", "odds_low", "odds_high")


def label_words(label: str, document: Document) -> str:
    """ "same_object" as people read it: under the campaign's name for it, where the document has that."""
    if not label:
        return "Left empty"
    return document.get("label_names", {}).get(label) or label.replace("_", " ").capitalize()


def finer_words(each: Row, document: Document) -> str:
    """A finer label by its name; answers that were left at the label above it have none."""
    return str(each["name"]) or f"left at {label_words(each['label'], document)}"


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
        Column("p", _p("p")),
        Column("odds", _odds),
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


def estimator_words(fit: Row) -> str:
    if not fit["intercept"]:
        return "as published, no intercept"
    estimator: str = fit["estimator"]
    return {"gee": "GEE", "mixed": "mixed model", "firth": "Firth’s"}.get(estimator, estimator)


def errors_words(covariance: str) -> str:
    """What standard errors allow for, from the name that `analyse` gives them."""
    known = {
        "nonrobust": "nothing",
        "cluster-annotator": "annotators",
        "cluster-record": "records",
        "cluster-annotator-record": "annotators and records",
        "cluster-annotator-bias-reduced": "annotators, bias-reduced",
        "joint-information": "annotators and records as random effects",
    }
    return known.get(covariance, covariance)


def points_table(document: Document) -> Table:
    """Average marginal effects, then models set against each other; Holm's p is of the latter alone."""
    comparison = document["model_comparison"]
    rows = [_points_row(effect["term"], effect, effect["p"], None, document) for effect in comparison["effects"]]
    rows += [
        _points_row(
            f"{each['model']} less {each['other']}",
            each["effect"],
            each["coefficient"]["p"],
            each["p_holm"],
            document,
        )
        for each in comparison["contrasts"]
    ]
    columns = (
        Column("", text_cell("what"), figures=False),
        Column("n", count_cell("n")),
        Column("percentage points", number_cell("points", 1)),
        Column("95 % interval", interval_cell("low", "high", 1)),
        Column("p", _p("p")),
        Column("p (Holm)", _p("p_holm")),
    )
    return table_of("points", "Percentage points", columns, rows)


def _points_row(what: str, effect: Row, p: float | None, p_holm: float | None, document: Document) -> Row:
    figures = {key: effect[key] for key in ("points", "se", "low", "high")}
    n = document["model_comparison"]["n"]
    return {"simulated": int(document["simulated"]), "what": what, "n": n, **figures, "p": p, "p_holm": p_holm}


def population_table(document: Document) -> Table:
    keys = ("comparison", "model", "population", "n", "answers", "strata", "share", "se", "low", "high", "reason")
    columns = (
        Column("Comparison", text_cell("comparison"), figures=False),
        Column("Model", text_cell("model"), figures=False),
        Column("Pairs", _optional_count("population")),
        Column("Answered", count_cell("n")),
        Column("Linked", _per_cent("share")),
        Column("95 % interval", _per_cents("low", "high")),
    )
    return table_of("population", "Shares of all pairs", columns, _flat(document["population"], keys, document))


def finer_table(document: Document) -> Table:
    """Shares are of the answers with the label that a finer one is under."""
    rows = []
    for each in document["finer_labels"]:
        [row] = _flat([each], ("label", "key", "name", "count", "n"), document)
        low, high = wilson(each["count"], each["n"]) if each["n"] else (None, None)
        rows.append(row | {"share": each["count"] / each["n"] if each["n"] else None, "low": low, "high": high})
    columns = (
        Column("Label", lambda row: label_words(row["label"], document), figures=False),
        Column("Finer label", lambda row: finer_words(row, document), figures=False),
        Column("Answers", count_cell("count")),
        Column("Of", count_cell("n")),
        Column("Share", _per_cent("share")),
        Column("95 % interval", _per_cents("low", "high")),
    )
    return table_of("finer-labels", "Finer labels", columns, rows)


def agreement_table(document: Document) -> Table:
    coefficients = [
        each | {"of": "label" if each["of"] == "label" else "linked or not"}
        for each in document["agreement"]["coefficients"]
    ]
    keys = ("name", "of", "value", "low", "high", "resamples", "reason")
    rows = [row | {"pairs": document["agreement"]["pairs"]} for row in _flat(coefficients, keys, document)]
    columns = (
        Column("Coefficient", text_cell("name"), figures=False),
        Column("Of", text_cell("of"), figures=False),
        Column("Pairs", count_cell("pairs")),
        Column("Value", number_cell("value", 2)),
        Column("95 % interval", interval_cell("low", "high", 2)),
    )
    return table_of("agreement", "Agreement", columns, rows)


def confusion_table(document: Document) -> Table:
    """What one person said of a pair and what another said of the same; every two people count either way."""
    confusion = document["agreement"]["confusion"]
    return _label_square("confusion", "Who takes what for what", confusion["labels"], confusion["between"], document)


def gold_table(document: Document) -> Table:
    confusion = document["agreement"]["confusion"]
    return _label_square("gold", "Against the right labels", confusion["labels"], confusion["gold"], document)


def against_gold_table(document: Document) -> Table:
    """All annotators first, then each."""
    keys = ("annotator", "n", "correct", "low", "high", "found", "kept_apart")
    columns = (
        Column("Annotator", text_cell("annotator"), figures=False),
        Column("n", count_cell("n")),
        Column("Right label", _per_cent("correct")),
        Column("95 % interval", _per_cents("low", "high")),
        Column("Links found", _per_cent("found")),
        Column("Others kept apart", _per_cent("kept_apart")),
    )
    rows = _flat(document["agreement"]["confusion"]["against_gold"], keys, document)
    return table_of("against-gold", "Each annotator against the right labels", columns, rows)


def _label_square(name: str, title: str, labels: list[str], counts: list[list[int]], document: Document) -> Table:
    rows = [
        {"simulated": int(document["simulated"]), "label": label_words(label, document)}
        | dict(zip(labels, line, strict=True))
        for label, line in zip(labels, counts, strict=False)
    ]
    columns = [Column("", text_cell("label"), figures=False)]
    columns += [Column(label_words(label, document), count_cell(label)) for label in labels]
    return table_of(name, title, columns, rows)


def people_table(document: Document) -> Table:
    keys = ("one", "other", "n", "same_label", "same_outcome", "kappa")
    columns = (
        Column("Annotator", text_cell("one"), figures=False),
        Column("Annotator", text_cell("other"), figures=False),
        Column("n", count_cell("n")),
        Column("Same label", _per_cent("same_label")),
        Column("Same on linked or not", _per_cent("same_outcome")),
        Column("Cohen’s kappa", number_cell("kappa", 2)),
    )
    rows = _flat(document["agreement"]["confusion"]["people"], keys, document)
    return table_of("people", "Two by two", columns, rows)


def parts_table(name: str, title: str, parts: list[Row], document: Document) -> Table:
    """Parts of the answers (`Subset`): share of links, and each model's effect in percentage points."""
    models = [effect["term"] for effect in parts[0]["effects"]] if parts else []
    rows = []
    for part in parts:
        row = _flat([part], ("name", "n", "pairs", "share", "low", "high"), document)[0]
        for effect in part["effects"]:
            row |= {f"{effect['term']} {key}": effect[key] for key in ("points", "low", "high")}
        rows.append(row)
    columns = [
        Column("", text_cell("name"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", _per_cent("share")),
        Column("95 % interval", _per_cents("low", "high")),
    ]
    columns += [Column(f"{model}, points", _points_cell(model)) for model in models]
    return table_of(name, title, columns, rows)


def interactions_table(document: Document) -> Table:
    rows = [
        {
            "simulated": int(document["simulated"]),
            "term": each["term"],
            "n": document["interactions"]["n"],
            **{key: each["coefficient"][key] for key in ("coef", "se", "low", "high", "p")},
            "p_adjusted": each["p_adjusted"],
        }
        for each in document["interactions"]["rows"]
    ]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("log odds", number_cell("coef")),
        Column("95 % interval", interval_cell("low", "high")),
        Column("p", _p("p")),
        Column("adjusted", _p("p_adjusted")),
    )
    return table_of("interactions", f"Against {document['interactions']['reference']}", columns, rows)


def terms_table(document: Document) -> Table:
    rows = [
        _flat([each], ("term", "n", "pairs", "share", "low", "high"), document)[0]
        | {f"points{end}": each["effect"][key] for end, key in (("", "points"), ("_low", "low"), ("_high", "high"))}
        | {"p": each["effect"]["p"], "p_adjusted": each["p_adjusted"]}
        for each in document["by_term"]
    ]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", _per_cent("share")),
        Column("95 % interval", _per_cents("low", "high")),
        Column("points against the rest", number_cell("points", 1)),
        Column("95 % interval", interval_cell("points_low", "points_high", 1)),
        Column("adjusted p", _p("p_adjusted")),
    )
    return table_of("terms", "By taxonomy term", columns, rows)


def nouns_table(document: Document) -> Table:
    rows = [
        _flat([row], ("noun", "n"), document)[0]
        | {"model": row["models"][0], "base": row["models"][1]}
        | {f"points{end}": 100 * row[key] for end, key in (("", "mean"), ("_low", "low"), ("_high", "high"))}
        for row in document["by_noun"]["rows"]
    ]
    columns = (
        Column("Model", text_cell("model"), figures=False),
        Column("less", text_cell("base"), figures=False),
        Column("Noun", text_cell("noun"), figures=False),
        Column("n", count_cell("n")),
        Column("points", number_cell("points", 1)),
        Column("95 % interval", interval_cell("points_low", "points_high", 1)),
    )
    return table_of("nouns", "Pictures named right, by noun", columns, rows)


def thirds_table(document: Document) -> Table:
    rows = _flat(document["order_and_time"]["thirds"], ("name", "n", "share", "median_seconds"), document)
    columns = (
        Column("Of each annotator’s order", text_cell("name"), figures=False),
        Column("n", count_cell("n")),
        Column("Linked", _per_cent("share")),
        Column("Median seconds", number_cell("median_seconds", 1)),
    )
    return table_of("order", "Over the order", columns, rows)


def times_table(document: Document) -> Table:
    found = document["order_and_time"]
    groups = [found["overall"], *found["by_label"], *found["by_comparison"], *found["by_annotator"]]
    known = [group for group in groups if group]
    rows = _flat(known, ("group", "n", "lower_quartile", "median", "upper_quartile"), document)
    labels = {group["group"] for group in found["by_label"]}
    rows = [row | {"group": label_words(row["group"], document)} if row["group"] in labels else row for row in rows]
    columns = (
        Column("", text_cell("group"), figures=False),
        Column("n", count_cell("n")),
        Column("Median seconds", number_cell("median", 1)),
        Column("Middle half", interval_cell("lower_quartile", "upper_quartile", 1)),
    )
    return table_of("times", "Time on a pair", columns, rows)


def ordinal_table(document: Document) -> Table:
    fit = document["ordinal"]["regression"]
    rows = [row | {"n": fit["n"]} for row in _flat(fit["rows"], ("term", *FIGURES), document)]
    columns = (
        Column("Term", text_cell("term"), figures=False),
        Column("n", count_cell("n")),
        Column("log odds", number_cell("coef")),
        Column("95 % interval", interval_cell("low", "high")),
        Column("p", _p("p")),
        Column("odds ratio", _odds),
    )
    return table_of("ordinal", "A closer label, in odds", columns, rows)


def calibration_table(document: Document) -> Table:
    rows = _flat(document["link_model"]["calibration"], ("predicted", "n", "linked", "low", "high"), document)
    columns = (
        Column("Predicted", _per_cent("predicted")),
        Column("n", count_cell("n")),
        Column("Linked", _per_cent("linked")),
        Column("95 % interval", _per_cents("low", "high")),
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


def permutation_table(document: Document) -> Table:
    tests = [each | {"within": "all"} for each in document["permutation"]] + document["permutation_within"]
    keys = ("regression", "coding", "term", "within", "n", "coef", "p", "shuffles", "seed")
    columns = (
        Column("Regression", text_cell("regression"), figures=False),
        Column("Predictor", text_cell("term"), figures=False),
        Column("Labels shuffled among the pairs", text_cell("within"), figures=False),
        Column("n", count_cell("n")),
        Column("coef", number_cell("coef")),
        Column("p", _p("p")),
    )
    return table_of("permutation", "Permutation tests", columns, _flat(tests, keys, document))


def _flat(rows: Iterable[Row], keys: tuple[str, ...], document: Document) -> list[Row]:
    return [{"simulated": int(document["simulated"])} | {key: row[key] for key in keys} for row in rows]


# --- Cells -----------------------------------------------------------------------------------


def _p(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else p_text(row[key])


def _odds(row: Row) -> str:
    return odds(row["odds_ratio"])


def _optional_count(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else f"{row[key]:,}"


def _per_cent(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else f"{100 * row[key]:.1f} %"


def _per_cents(low: str, high: str) -> Any:
    return lambda row: NOTHING if row[low] is None else f"{100 * row[low]:.1f} to {100 * row[high]:.1f} %"


def _points_cell(model: str) -> Any:
    def cell(row: Row) -> str:
        points, low, high = (row[f"{model} {key}"] for key in ("points", "low", "high"))
        return NOTHING if points is None else f"{number(points, 1)} ({number(low, 1)} to {number(high, 1)})"

    return cell
