"""The analysis as plain text for a terminal, with as many digits as the paper prints."""

from collections.abc import Mapping
from typing import Any

from .exploration import agreement_text, exploration_text, link_model_text
from .inference import figure, inference_text

_COLUMNS = ("coef", "se", "z", "p", "low", "high", "odds_ratio")
_HEADINGS = ("coef", "std err", "z", "P>|z|", "[0.025", "0.975]", "odds")

_CODINGS = {
    "stratum": "By model (stratum coding, the paper's Table 6)",
    "membership": "By modality and model (membership coding, the paper's Table 7)",
}


def text_report(document: Mapping[str, Any]) -> str:
    """Lay out what `full_document` gives, with the command's `campaign`, `simulated` and `authors_check`."""
    title = document["campaign"] + (" (simulated labels)" if document["simulated"] else "")
    people = "annotator" if document["annotators"] == 1 else "annotators"
    parts = [
        "\n".join([title, f"{document['n']} annotations by {document['annotators']} {people}", *document["answer"]]),
        _labels(document),
        _finer(document),
    ]
    for coding, heading in _CODINGS.items():
        plain = [fit for fit in document["regressions"] if fit["covariance"] == "nonrobust"]
        fits = [fit for fit in plain if fit["coding"] == coding]
        parts += [heading, *(_regression(fit) for fit in fits)]
    parts += inference_text(document)
    parts += [_permutation(document), _authors_check(document), *exploration_text(document)]
    parts += [_agreement(document["agreement"]), *agreement_text(document["agreement"])]
    parts += [link_model_text(document["link_model"])]
    parts += document["caveats"]
    return "\n\n".join(part for part in parts if part)


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


def _finer(document: Mapping[str, Any]) -> str:
    rows = document.get("finer_labels", [])
    if not rows:
        return ""
    words = [(row["label"].replace("_", " "), row["name"] or "(left at the label)", row["count"]) for row in rows]
    width = max(len(name) for _, name, _ in words)
    return "\n".join(["Finer labels", *(f"  {label:<16}{name:<{width}}{count:>7}" for label, name, count in words)])


def _regression(fit: Mapping[str, Any]) -> str:
    kind = "with intercept" if fit["intercept"] else "no intercept, as published"
    width = max(12, *(len(row["term"]) + 2 for row in fit["rows"]))
    lines = [
        f"{fit['name']} ({kind}), n = {fit['n']}, {fit['covariance']} standard errors",
        " " * width + "".join(f"{heading:>10}" for heading in _HEADINGS),
    ]
    for row in fit["rows"]:
        figures = "".join(f"{figure(row[column], 4 if column == 'coef' else 3):>10}" for column in _COLUMNS)
        lines.append(f"{row['term']:<{width}}{figures}")
    return "\n".join([*lines, *(f"Note: {warning}" for warning in fit["warnings"])])


def _permutation(document: Mapping[str, Any]) -> str:
    tests = document["permutation"]
    if not tests:
        return ""
    lines = [f"Permutation tests, {tests[0]['shuffles']} shuffles, seed {tests[0]['seed']} (with intercept)"]
    width = max(len(test["regression"]) for test in tests) + 2
    wide = max(len(test["term"]) for test in tests) + 2
    for test in tests:
        lines.append(f"  {test['regression']:<{width}}{test['term']:<{wide}}p = {figure(test['p'], 4)}")
    return "\n".join(lines)


def _authors_check(document: Mapping[str, Any]) -> str:
    if not document["authors_check"]:
        return ""
    rows = (f"  {term}  {coef!r}" for term, coef in document["authors_check"].items())
    return "\n".join(["scikit-learn's LogisticRegression() on all models, as in the authors' notebook", *rows])


def _agreement(agreement: Mapping[str, Any]) -> str:
    if agreement["same_label"] is None:
        return f"Agreement: not estimable. {agreement['reason']}"
    return (
        f"Agreement on {agreement['pairs']} pairs with {agreement['answers']} answers: same label "
        f"{100 * agreement['same_label']:.1f} %, same on linked or not {100 * agreement['same_outcome']:.1f} %"
    )
