"""What the tables and charts of several sections are made of. Pure."""

from collections.abc import Iterable
from typing import Any

from annotation.results.charts.figures import Estimate, Group, Measure, Sign
from heritage.pages.figures import odds
from heritage.pages.tables import NOTHING, Row, p_text

from .words import Document

FIGURES = ("coef", "se", "p", "low", "high", "odds_ratio", "odds_low", "odds_high")

POINTS = Measure("Percentage points", "percentage points", digits=1)

SHARE = Measure("Share linked", "linked", kind="share", digits=1, floor=0.0)


def points_estimates(effects: Iterable[tuple[str, dict[str, Any]]], n: int) -> list[Estimate]:
    return [
        Estimate(name, effect["points"], effect["low"], effect["high"], n, sign_of(effect["low"], effect["high"]))
        for name, effect in effects
        if effect["low"] is not None
    ]


def groups_of(found: dict[str, list[Estimate]], reference: float) -> list[Group]:
    return [Group(heading, tuple(rows), reference) for heading, rows in found.items()]


def sign_of(low: float, high: float) -> Sign:
    return "more" if low > 0 else "fewer" if high < 0 else "untold"


def flat_rows(rows: Iterable[Row], keys: tuple[str, ...], document: Document) -> list[Row]:
    return [{"simulated": int(document["simulated"])} | {key: row[key] for key in keys} for row in rows]


def p_cell(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else p_text(row[key])


def odds_cell(row: Row) -> str:
    return odds(row["odds_ratio"])


def optional_count_cell(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else f"{row[key]:,}"


def per_cent_cell(key: str) -> Any:
    return lambda row: NOTHING if row[key] is None else f"{100 * row[key]:.1f} %"


def per_cents_cell(low: str, high: str) -> Any:
    return lambda row: NOTHING if row[low] is None else f"{100 * row[low]:.1f} to {100 * row[high]:.1f} %"
