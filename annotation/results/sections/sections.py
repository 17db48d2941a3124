"""The full analysis section by section: in words first, then drawn, then as a table, then what to keep in mind.

Pure: the page and the report show the same. Every figure in words has its interval and its n.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.results.charts.figures import Chart, wilson
from heritage.templatetags.figures import odds
from models_ml.evaluation.tables import Table, number, p_text

from . import charts, tables
from .tables import Document, errors_words

GOLD_CAVEAT = (
    "Gold pairs were chosen by hand, and their intervals take answers as independent: several answers to the same few "
    "pairs tell less than they say."
)


@dataclass(frozen=True)
class ResultSection:
    """`id` is for addresses within the page. Tables without rows are left out."""

    id: str
    heading: str
    words: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    caveats: tuple[str, ...] = ()


def result_sections(document: Document) -> tuple[ResultSection, ...]:
    """All of them, in the order in which they are read."""
    return (
        _quality(document),
        *([_finer(document)] if document["finer_labels"] else []),
        _estimates(document),
        _points(document),
        _population(document),
        _ordinal(document),
        _parts(document),
        _agreement(document),
        _order(document),
        _links(document),
        *([_nouns(document)] if document.get("by_noun") else []),
        _chance(document),
    )


def result_charts(document: Document) -> dict[str, Chart]:
    """Every chart by its name."""
    return {chart.name: chart for section in result_sections(document) for chart in section.charts}


def result_tables(document: Document) -> dict[str, Table]:
    """Every table by its name."""
    return {table.name: table for section in result_sections(document) for table in section.tables}


def quality_words(document: Document) -> tuple[str, ...]:
    """What speaks against relying on these answers; each once."""
    said = [*document["order_and_time"]["warnings"], *document["model_comparison"]["warnings"]]
    said += [warning for fit in document["regressions"] if fit["intercept"] for warning in fit["warnings"]]
    return tuple(dict.fromkeys(said))


def _quality(document: Document) -> ResultSection:
    warnings = quality_words(document)
    people = document["annotators"]
    counted = f"{document['n']:,} answers of {people:,} annotator{'' if people == 1 else 's'}."
    words = (counted, *warnings) if warnings else (f"{counted} Nothing speaks against relying on them.",)
    return ResultSection("quality", "Can the answers be relied on?", words, (), ())


def _finer(document: Document) -> ResultSection:
    words = [
        f"Of {each['n']:,} answer{'' if each['n'] == 1 else 's'} “{tables.label_words(each['label'], document)}”, "
        f"{_share_words(_told_apart(each))} have a finer label."
        for each in document["finer_labels"]
        if not each["key"] and each["n"]
    ]
    caveats = ("Every other figure counts the four labels alone. These intervals take answers as independent.",)
    return _section(
        "finer-labels",
        "How fine do the labels go?",
        words or ["No answer has a label with finer ones under it yet."],
        [charts.finer_chart(document)],
        [tables.finer_table(document)],
        caveats if words else (),
    )


def _told_apart(left: dict[str, Any]) -> dict[str, float]:
    """The share that has a finer label, from the row of those left at the label itself."""
    finer = left["n"] - left["count"]
    low, high = wilson(finer, left["n"])
    return {"share": finer / left["n"], "low": low, "high": high}


def _estimates(document: Document) -> ResultSection:
    recommended = document["recommended"]
    words = [recommended["reason"]]
    for fit in document["regressions"]:
        if fit["coding"] == "stratum" and fit["covariance"] == recommended["covariance"] and fit["intercept"]:
            words += [_odds_words(row, fit) for row in fit["rows"] if row["term"] != "intercept"]
    caveats = (
        "The published tables have no intercept: they test a model’s share of links against one half, with errors "
        "that allow for nothing. They stand here to be compared and not to be quoted.",
        *_warnings(document["beside"]),
    )
    return _section(
        "estimates",
        "How sure is it?",
        words,
        [charts.estimates_chart(document)],
        [tables.estimates_table(document)],
        caveats,
    )


def _odds_words(row: dict[str, Any], fit: dict[str, Any]) -> str:
    where = row["term"] if row["term"] == fit["name"] else f"{row['term']} in {fit['name']}"
    if row["odds_low"] is None:
        return f"{where}: not estimable, n = {fit['n']:,}."
    return (
        f"{where}: odds ratio {odds(row['odds_ratio'])} (95 % interval {odds(row['odds_low'])} to "
        f"{odds(row['odds_high'])}), "
        f"{_p_words(row['p'])}, n = {fit['n']:,}, errors allowing for {errors_words(fit['covariance'])}."
    )


def _points(document: Document) -> ResultSection:
    comparison = document["model_comparison"]
    n = f"n = {comparison['n']:,}"
    words = [
        f"A pair that {effect['term']} finds similar is linked {_points_words(effect)}, {n}."
        for effect in comparison["effects"]
        if effect["low"] is not None
    ]
    for each in comparison["contrasts"]:
        if each["effect"]["low"] is not None:
            holm = "" if each["p_holm"] is None else f", {_p_words(each['p_holm'])} after Holm"
            words.append(f"{each['model']} against {each['other']}: {_points_words(each['effect'])}{holm}, {n}.")
    caveats = (
        "All models stand in one logit with an intercept; effects are averages over the answered pairs. Differences "
        "between models are the planned family, and p after Holm allows for there being several.",
        *comparison["warnings"],
    )
    return _section(
        "points",
        "How many more links?",
        words or ["Not estimable from these answers."],
        [charts.points_chart(document)],
        [tables.points_table(document)],
        caveats,
    )


def _points_words(effect: dict[str, Any]) -> str:
    more = "more" if effect["points"] >= 0 else "less"
    return (
        f"{abs(effect['points']):.1f} percentage points {more} often (95 % interval {number(effect['low'], 1)} to "
        f"{number(effect['high'], 1)})"
    )


def _population(document: Document) -> ResultSection:
    if document["population_reason"]:
        return ResultSection(
            "population", "And of all pairs?", (f"Not estimable. {document['population_reason']}",), (), ()
        )
    words = [
        f"Of the {each['population']:,} pairs that {each['model']} finds similar by {each['comparison']}, "
        f"{_share_words(each)} would be linked by these people, n = {each['n']:,}."
        for each in document["population"]
        if each["low"] is not None and each["population"] is not None
    ]
    reasons = dict.fromkeys(
        f"{each['model']}, {each['comparison']}: {each['reason']}" for each in document["population"] if each["reason"]
    )
    caveats = (
        "Answers are weighted by the inverse of the probability with which their pairs were drawn, up to the size of "
        "their strata. Pairs of strata that were not drawn from are not spoken of.",
        *reasons,
    )
    return _section(
        "population",
        "And of all pairs?",
        words or ["No stratum has enough answers for a share with an interval."],
        [charts.population_chart(document)],
        [tables.population_table(document)],
        caveats,
    )


def _share_words(row: dict[str, Any]) -> str:
    return f"{100 * row['share']:.0f} % (95 % interval {100 * row['low']:.0f} to {100 * row['high']:.0f})"


def _ordinal(document: Document) -> ResultSection:
    ordinal = document["ordinal"]
    fit, check = ordinal["regression"], ordinal["proportional_odds"]
    words = [
        f"{row['term']}: the odds of a closer label are {odds(row['odds_ratio'])} times those without it "
        f"(95 % interval {odds(row['odds_low'])} to {odds(row['odds_high'])}), {_p_words(row['p'])}, n = {fit['n']:,}."
        for row in fit["rows"]
        if row["odds_low"] is not None and row["term"] in document["models"]
    ]
    caveats = list(fit["warnings"])
    if check["p"] is not None:
        verdict = "speaks against it" if not check["holds"] else "does not speak against it"
        caveats.insert(
            0,
            "One odds ratio for every step of the scale is assumed; the likelihood ratio "
            f"{verdict} ({_p_words(check['p'])}).",
        )
    return _section(
        "ordinal",
        "And how close are they?",
        words or [" ".join(["Not estimable.", *caveats])],
        [],
        [tables.ordinal_table(document)] if words else [],
        caveats if words else (),
    )


def _parts(document: Document) -> ResultSection:
    words = [
        f"By {part['name']}, {_share_words(part)} of the answers link, n = {part['n']:,}."
        for part in document["by_comparison"]
        if part["share"] is not None
    ]
    reasons = [document["by_term_reason"], document["by_annotator_reason"]]
    caveats = [
        "All of this is exploration: what stands out is a question for the next campaign. Adjusted p are after "
        "Benjamini and Hochberg.",
        *filter(None, reasons),
        *document["interactions"]["warnings"],
    ]
    return _section(
        "parts",
        "Where, and for whom?",
        words or ["The comparisons of these pairs are not known."],
        [
            charts.parts_chart("comparison", document["by_comparison"], document),
            charts.parts_chart("annotator", document["by_annotator"], document),
        ],
        [
            tables.parts_table("comparisons", "By comparison", document["by_comparison"], document),
            tables.interactions_table(document),
            tables.terms_table(document),
            tables.parts_table("annotators", "By annotator", document["by_annotator"], document),
        ],
        caveats,
    )


def _agreement(document: Document) -> ResultSection:
    agreement = document["agreement"]
    n = f"{agreement['pairs']:,} pairs with {agreement['answers']:,} answers"
    words = [
        f"{each['name'][0].upper()}{each['name'][1:]} of "
        f"{'the labels' if each['of'] == 'label' else 'linked or not'}: {number(each['value'], 2)} "
        f"(95 % interval {number(each['low'], 2)} to {number(each['high'], 2)}), {n}."
        for each in agreement["coefficients"]
        if each["low"] is not None
    ]
    reasons = dict.fromkeys(each["reason"] for each in agreement["coefficients"] if each["reason"])
    gold = _gold_words(agreement["confusion"])
    caveats = ["Intervals are bootstrap intervals by pair."] if words else []
    return _section(
        "agreement",
        "How far do people agree?",
        [*(words or [f"Not estimable. {agreement['reason'] or ' '.join(reasons)}"]), *gold],
        [charts.agreement_chart(document), charts.confusion_chart(document), charts.gold_chart(document)],
        [
            tables.agreement_table(document) if words else None,
            tables.confusion_table(document),
            tables.people_table(document),
            tables.gold_table(document),
            tables.against_gold_table(document),
        ],
        [*caveats, *(reasons if words else []), *([GOLD_CAVEAT] if agreement["confusion"]["against_gold"] else [])],
    )


def _gold_words(confusion: dict[str, Any]) -> list[str]:
    """How often annotators gave the label that the leads hold to be right; nothing without gold pairs."""
    if not confusion["against_gold"]:
        return [f"Against gold pairs: not estimable. {confusion['gold_reason']}"] if confusion["has_gold"] else []
    everyone = confusion["against_gold"][0]
    low, high = 100 * everyone["low"], 100 * everyone["high"]
    return [
        f"Of {everyone['n']:,} answer{'s' if everyone['n'] != 1 else ''} to gold pairs "
        f"{100 * everyone['correct']:.0f} % have the label that the leads hold to be right "
        f"(95 % interval {low:.0f} to {high:.0f} %)."
    ]


def _order(document: Document) -> ResultSection:
    found = document["order_and_time"]
    words = []
    for row, what in ((found["trend"]["linked"], "the odds of a link"), (found["trend"]["seconds"], "the time on one")):
        if row["odds_low"] is not None:
            words.append(
                f"Over 100 pairs {what} change{'' if what.startswith('the odds') else 's'} by a factor of "
                f"{odds(row['odds_ratio'])} (95 % interval {odds(row['odds_low'])} to {odds(row['odds_high'])}), "
                f"{_p_words(row['p'])}, n = {found['trend']['n']:,}."
            )
    if found["overall"]:
        overall = found["overall"]
        words.append(
            f"Half of the answers took {overall['lower_quartile']:.0f} to {overall['upper_quartile']:.0f} seconds, "
            f"the median {overall['median']:.0f}, n = {overall['n']:,}."
        )
    return _section(
        "order",
        "Do people learn or tire?",
        words or [" ".join(["Not estimable.", *found["trend"]["warnings"]])],
        [charts.order_chart(document), charts.times_chart(document)],
        [tables.thirds_table(document), tables.times_table(document)],
        found["trend"]["warnings"] if words else (),
    )


def _links(document: Document) -> ResultSection:
    model = document["link_model"]
    if model["reason"]:
        return ResultSection("links", "What links?", (f"Not estimable. {model['reason']}",), (), ())
    words = []
    for key, what in (("auc", "AUC"), ("brier", "Brier score"), ("slope", "Calibration slope")):
        if model[key] is not None:
            words.append(
                f"{what} {number(model[key]['value'], 2)} (95 % interval {number(model[key]['low'], 2)} to "
                f"{number(model[key]['high'], 2)}), n = {model['n']:,}, {model['groups']:,} groups of records held "
                "out in turn."
            )
    words.append(f"The overall share alone has a Brier score of {number(model['brier_of_share'], 2)}.")
    return _section(
        "links",
        "What links?",
        ["The probability of a link given the similarities by all models:", *words],
        [charts.calibration_chart(document)],
        [tables.calibration_table(document), tables.similarities_table(document)],
        model["warnings"],
    )


def _nouns(document: Document) -> ResultSection:
    """The paper's Figure 5, of the newest evaluation of the same models."""
    found = document["by_noun"]
    by_model: dict[str, list[dict[str, Any]]] = {}
    for row in found["rows"]:
        by_model.setdefault(row["models"][0], []).append(row)
    words = [
        f"{model} gains most on {_noun_words(max(rows, key=_gain))} and least on {_noun_words(min(rows, key=_gain))}."
        for model, rows in by_model.items()
    ]
    caveats = (
        f"No annotator’s answer is in these figures. In evaluation {found['evaluation']} of {found['made']} models "
        f"chose the noun of a picture among {found['candidates']}, on records that none of them learnt from. Each noun "
        "has few records, and no difference is tested.",
    )
    return _section(
        "nouns",
        "And which objects do the models name better?",
        words,
        [charts.nouns_chart(document)],
        [tables.nouns_table(document)],
        caveats,
    )


def _gain(row: dict[str, Any]) -> float:
    return float(row["mean"])


def _noun_words(row: dict[str, Any]) -> str:
    mean, low, high = (number(100 * row[key], 0) for key in ("mean", "low", "high"))
    return f"“{row['noun']}” ({mean} percentage points, 95 % interval {low} to {high}, n = {row['n']:,})"


def _chance(document: Document) -> ResultSection:
    tests = [*document["permutation"], *document["permutation_within"]]
    words = ["Nothing to test yet: no regression could be fitted."]
    if tests:
        words = [
            f"The regressions with intercept, refitted on {tests[0]['shuffles']:,} shuffles of the labels with seed "
            f"{tests[0]['seed']}: p is the share of coefficients as far from 0. Shuffled within annotators and "
            "comparisons, only what the models found is set loose."
        ]
    reasons = dict.fromkeys(test["reason"] for test in tests if test["reason"])
    return _section(
        "chance",
        "Could it be chance?",
        words,
        [charts.chance_chart(document)],
        [tables.permutation_table(document)] if tests else [],
        reasons,
    )


def _section(
    id: str,
    heading: str,
    words: Sequence[str],
    drawn: Sequence[Chart | None],
    found: Sequence[Table | None],
    caveats: Iterable[str],
) -> ResultSection:
    return ResultSection(
        id=id,
        heading=heading,
        words=tuple(words),
        charts=tuple(chart for chart in drawn if chart),
        tables=tuple(table for table in found if table and table.raw),
        caveats=tuple(dict.fromkeys(caveats)),
    )


def _warnings(fits: Iterable[dict[str, Any]]) -> list[str]:
    """Each once, with the estimators that it is about."""
    about: dict[str, dict[str, None]] = {}
    for fit in fits:
        for warning in fit["warnings"]:
            about.setdefault(warning, {})[tables.estimator_words(fit)] = None
    return [f"{', '.join(kinds)}: {warning}" for warning, kinds in about.items()]


def _p_words(p: float | None) -> str:
    if p is None:
        return "p\u00a0not known"
    return f"p\u00a0{p_text(p)}" if p < 0.001 else f"p\u00a0=\u00a0{p_text(p)}"
