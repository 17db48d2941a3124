"""How sections say what the analysis has: labels, estimators, errors, p and shares in words. Pure."""

from collections.abc import Iterable
from typing import Any

from heritage.pages.tables import (
    Row,
    p_text,
)

Document = dict[str, Any]


def label_words(label: str, document: Document) -> str:
    """ "same_object" as people read it: under the campaign's name for it, where the document has that."""
    if not label:
        return "Left empty"
    return document.get("label_names", {}).get(label) or label.replace("_", " ").capitalize()


def finer_words(each: Row, document: Document) -> str:
    """A finer label by its name; answers that were left at the label above it have none."""
    return str(each["name"]) or f"left at {label_words(each['label'], document)}"


def estimator_words(fit: Row) -> str:
    if not fit["intercept"]:
        return "as published, no intercept"
    estimator: str = fit["estimator"]
    return {"gee": "GEE", "mixed": "mixed model", "firth": "Firth’s"}.get(estimator, estimator)


def p_words(p: float | None) -> str:
    if p is None:
        return "p\u00a0not known"
    return f"p\u00a0{p_text(p)}" if p < 0.001 else f"p\u00a0=\u00a0{p_text(p)}"


def share_words(row: dict[str, Any]) -> str:
    return f"{100 * row['share']:.0f} % (95 % interval {100 * row['low']:.0f} to {100 * row['high']:.0f})"


def fit_warnings(fits: Iterable[dict[str, Any]]) -> list[str]:
    """Each once, with the estimators that it is about."""
    about: dict[str, dict[str, None]] = {}
    for fit in fits:
        for warning in fit["warnings"]:
            about.setdefault(warning, {})[estimator_words(fit)] = None
    return [f"{', '.join(kinds)}: {warning}" for warning, kinds in about.items()]
