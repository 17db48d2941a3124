"""The results as plain text for a terminal: the answer, the published tables with as many digits as the paper prints,
then the same sections as in the browser. Pure."""

from collections.abc import Mapping
from typing import Any

from heritage.pages.tables import render

from .sections.section import ResultSection
from .sections.whole import result_sections

_COLUMNS = ("coef", "se", "z", "p", "low", "high", "odds_ratio")
_HEADINGS = ("coef", "std err", "z", "P>|z|", "[0.025", "0.975]", "odds")

_CODINGS = {
    "stratum": "By model (stratum coding, the paper's Table 6)",
    "membership": "By modality and model (membership coding, the paper's Table 7)",
}


def results_text(document: Mapping[str, Any]) -> str:
    """Lay out what the command `analyse` answers as JSON."""
    title = document["campaign"] + (" (simulated labels)" if document["simulated"] else "")
    people = "annotator" if document["annotators"] == 1 else "annotators"
    parts = [
        "\n".join([title, f"{document['n']} annotations by {document['annotators']} {people}", *_answer(document)]),
        _labels(document),
    ]
    fits = _shown(document)
    for coding, heading in _CODINGS.items():
        parts += [heading, *(_regression(fit) for fit in fits if fit["coding"] == coding)]
    parts.append(document["no_modality"])
    parts += [_authors_check(document), *(_section(section) for section in result_sections(dict(document)))]
    parts += document["caveats"]
    return "\n\n".join(part for part in parts if part)


def _answer(document: Mapping[str, Any]) -> list[str]:
    """The answer, and the figures that it rests on."""
    if not document["evidence"] or not document["models"]:
        return [*document["answer"], *document["evidence"]]
    return [*document["answer"], document["basis"], *(f"  {line}" for line in document["evidence"])]


def _shown(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """As published, then the regressions to quote, that of all models first."""
    fits, quoted = document["regressions"], document["recommended"]["covariance"]
    primary = document["primary_regression"]
    same = (primary["name"], primary["coding"])
    published = [fit for fit in fits if not fit["intercept"]]
    beside = [fit for fit in fits if fit["intercept"] and fit["covariance"] == quoted]
    beside = [fit for fit in beside if (fit["name"], fit["coding"]) != same]
    return [*published, *([primary] if document["models"] else ()), *beside]


def _labels(document: Mapping[str, Any]) -> str:
    n = document["n"]
    lines = ["Labels"]
    for label, count in document["labels"].items():
        share = f"{100 * count / n:5.1f} %" if n else ""
        lines.append(f"  {label.replace('_', ' '):<16}{count:>7}  {share}".rstrip())
    linked = document["linked"]
    if n:
        lines.append(
            f"  {'linked':<16}{linked['count']:>7}  {100 * linked['share']:5.1f} %"
            f"  (95 % interval {100 * linked['low']:.1f} to {100 * linked['high']:.1f})"
        )
    return "\n".join(lines)


def _regression(fit: Mapping[str, Any]) -> str:
    kind = "with intercept" if fit["intercept"] else "no intercept, as published"
    width = max(12, *(len(row["term"]) + 2 for row in fit["rows"]))
    lines = [
        f"{fit['name']} ({kind}), n = {fit['n']}, {fit['covariance']} standard errors",
        " " * width + "".join(f"{heading:>10}" for heading in _HEADINGS),
    ]
    for row in fit["rows"]:
        figures = "".join(f"{_figure(row[column], 4 if column == 'coef' else 3):>10}" for column in _COLUMNS)
        lines.append(f"{row['term']:<{width}}{figures}")
    return "\n".join([*lines, *(f"Note: {warning}" for warning in fit["warnings"])])


def _authors_check(document: Mapping[str, Any]) -> str:
    if not document["authors_check"]:
        return ""
    rows = (f"  {term}  {coef!r}" for term, coef in document["authors_check"].items())
    return "\n".join(["scikit-learn's LogisticRegression() on all models, as in the authors' notebook", *rows])


def _section(section: ResultSection) -> str:
    parts = ["\n".join([section.heading, "-" * len(section.heading), *section.words])]
    parts += [f"{table.title}\n{render(table, 'text').rstrip()}" for table in section.tables]
    parts += ["\n".join(f"Note: {caveat}" for caveat in section.caveats)]
    return "\n\n".join(part for part in parts if part)


def _figure(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
