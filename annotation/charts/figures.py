"""What each chart shows: its figures, its words, and its rows for CSV. How it looks is for `specification` to say.

Charts are frozen and hold plain values only, so that two with the same `repr` are the same drawing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from heritage.templatetags.figures import odds

Row = dict[str, Any]
Sign = Literal["more", "fewer", "untold", "beside", "plain"]

MOST_ROWS = 40  # more cannot be read at once: the table has them
_MOST_WORDS = 12  # rows that are told one by one in a text alternative
_Z = 1.959963984540054  # of the normal distribution, for 95 %


@dataclass(frozen=True)
class Measure:
    """What an axis measures. `axis` and `figure` name it, `spread` names its interval.

    "odds" are drawn on a logarithmic axis, "share" is kept from 0 to 1 and shown in per cent.
    """

    axis: str
    figure: str
    kind: Literal["odds", "number", "share"] = "number"
    digits: int = 2
    spread: str = "95 % interval"
    floor: float | None = None

    def text(self, value: float) -> str:
        """As the tables write it, with a real minus sign."""
        if self.kind == "odds":
            return odds(value)
        if self.kind == "share":
            return f"{100 * value:.{self.digits}f} %"
        return f"{value:.{self.digits}f}".replace("-", "−")

    def interval(self, low: float, high: float) -> str:
        """Such as "1.25 to 2.51"; the unit stands after the last."""
        return f"{self.text(low).removesuffix(' %')} to {self.text(high)}"


@dataclass(frozen=True)
class Estimate:
    """One row of an interval chart. A `hollow` one cannot be told from its reference."""

    label: str
    value: float
    low: float
    high: float
    n: int
    sign: Sign = "plain"

    @property
    def hollow(self) -> bool:
        return self.sign == "untold"


@dataclass(frozen=True)
class Group:
    """Rows under one heading, set against one reference. The only group of a chart needs no heading."""

    heading: str
    rows: tuple[Estimate, ...]
    reference: float


@dataclass(frozen=True)
class Chart:
    """What all charts have. `name` is for addresses and file names, `explanation` stands with the chart."""

    name: str
    title: str
    explanation: str
    simulated: bool

    @property
    def is_narrow(self) -> bool:
        """Whether it can be read on a telephone without being scrolled sideways."""
        return False

    @property
    def words(self) -> str:
        """The text alternative: what is drawn and, where that can be listened to, each figure."""
        raise NotImplementedError

    @property
    def rows(self) -> list[Row]:
        """For CSV: figures in full, all rows with the same keys."""
        raise NotImplementedError

    def _row(self, figures: Mapping[str, Any]) -> Row:
        return {"simulated": int(self.simulated), **figures}


@dataclass(frozen=True)
class IntervalChart(Chart):
    """Estimates with intervals, one below the other: forest plots, shares, times. `reference` is in words."""

    measure: Measure
    reference: str
    groups: tuple[Group, ...]

    @property
    def estimates(self) -> list[tuple[Group, Estimate]]:
        return [(group, row) for group in self.groups for row in group.rows]

    @property
    def words(self) -> str:
        told = [
            f"{f'{group.heading}, ' if group.heading else ''}{row.label}: {self.measure.text(row.value)} "
            f"({self.measure.interval(row.low, row.high)})"
            for group, row in self.estimates
        ]
        return _told(f"{self.explanation}. The dashed line is {self.reference}.", told)

    @property
    def rows(self) -> list[Row]:
        return [
            self._row(
                {
                    "group": group.heading,
                    "label": row.label,
                    "measure": self.measure.figure,
                    "value": row.value,
                    "low": row.low,
                    "high": row.high,
                    "n": row.n,
                    "reference": group.reference,
                }
            )
            for group, row in self.estimates
        ]


@dataclass(frozen=True)
class LabelShare:
    """How often one label was given among `n` answers. `label` is as kept, `name` as read."""

    label: str
    name: str
    count: int
    n: int

    @property
    def share(self) -> float:
        return self.count / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.count, self.n)


@dataclass(frozen=True)
class LabelChart(Chart):
    """How often each label was given, the closest relation first."""

    labels: tuple[LabelShare, ...]

    @property
    def is_narrow(self) -> bool:
        return True

    @property
    def words(self) -> str:
        return _told(f"{self.explanation}.", [f"{each.name}: {count_words(each)}" for each in self.labels])

    @property
    def rows(self) -> list[Row]:
        return [self._row(_share_row(each)) for each in self.labels]


@dataclass(frozen=True)
class LabelGroup:
    """The labels of one group of answers, and the share of them that links with its interval."""

    name: str
    labels: tuple[LabelShare, ...]
    linked: float
    low: float
    high: float

    @property
    def n(self) -> int:
        return self.labels[0].n

    @property
    def linked_words(self) -> str:
        return f"{100 * self.linked:.0f} % linked ({100 * self.low:.0f} to {100 * self.high:.0f}), n = {self.n:,}"


@dataclass(frozen=True)
class GroupedLabelChart(Chart):
    """Shares of labels in each group, as bars of equal length."""

    groups: tuple[LabelGroup, ...]

    @property
    def is_narrow(self) -> bool:
        return True

    @property
    def words(self) -> str:
        return _told(f"{self.explanation}.", [f"{each.name}: {each.linked_words}" for each in self.groups])

    @property
    def rows(self) -> list[Row]:
        return [self._row({"group": group.name} | _share_row(each)) for group in self.groups for each in group.labels]


@dataclass(frozen=True)
class SquareChart(Chart):
    """Counts of one label beside another as a heat map. `counts[i][j]` belongs to `labels[i]` down, `[j]` across."""

    down: str
    across: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def words(self) -> str:
        same = sum(self.counts[place][place] for place in range(len(self.labels)))
        total = sum(map(sum, self.counts))
        told = [
            f"{label}: {self.counts[place][place]:,} of {sum(self.counts[place]):,} the same"
            for place, label in enumerate(self.labels)
        ]
        return _told(f"{self.explanation}. {same:,} of {total:,} lie on the diagonal, where both are the same.", told)

    @property
    def rows(self) -> list[Row]:
        rows = []
        for label, line in zip(self.labels, self.counts, strict=True):
            n = sum(line)
            for other, count in zip(self.labels, line, strict=True):
                low, high = wilson(count, n)
                figures = {"count": count, "n": n, "share": count / n if n else None, "low": low, "high": high}
                rows.append(self._row({self.down: label, self.across: other} | figures))
        return rows


@dataclass(frozen=True)
class CurvePoint:
    """Answers with about the same prediction: its mean, the share that was linked and its interval."""

    predicted: float
    linked: float
    low: float
    high: float
    n: int


@dataclass(frozen=True)
class CalibrationChart(Chart):
    """Shares linked over predicted probabilities; on the diagonal they are the same."""

    points: tuple[CurvePoint, ...]

    @property
    def words(self) -> str:
        told = [
            f"predicted {100 * each.predicted:.0f} %: {100 * each.linked:.0f} % linked "
            f"({100 * each.low:.0f} to {100 * each.high:.0f} %), n = {each.n:,}"
            for each in self.points
        ]
        return _told(f"{self.explanation}. The dashed diagonal is where both are the same.", told)

    @property
    def rows(self) -> list[Row]:
        return [
            self._row({key: getattr(each, key) for key in ("predicted", "linked", "low", "high", "n")})
            for each in self.points
        ]


def interval_chart(
    name: str,
    title: str,
    explanation: str,
    *,
    measure: Measure,
    reference: str,
    groups: Iterable[Group],
    simulated: bool,
) -> IntervalChart | None:
    """None where no group has rows, or all together have too many to be read."""
    kept = tuple(group for group in groups if group.rows)
    if not 0 < sum(len(group.rows) for group in kept) <= MOST_ROWS:
        return None
    return IntervalChart(name, title, explanation, simulated, measure, reference, kept)


def wilson(count: int, n: int) -> tuple[float, float]:
    """95 % score interval of a share (Wilson 1927), 0 to 1 where nothing was counted."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = count / n, _Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def count_words(each: LabelShare) -> str:
    """Such as "1,234 · 56 %"."""
    percent = "< 1" if each.count and each.share < 0.005 else f"{100 * each.share:.0f}"
    return f"{each.count:,} · {percent} %"


def _share_row(each: LabelShare) -> Row:
    low, high = each.interval
    return {"label": each.label or "empty", "count": each.count, "n": each.n, "share": each.share} | {
        "low": low,
        "high": high,
    }


def _told(beginning: str, figures: Sequence[str]) -> str:
    rest = len(figures) - _MOST_WORDS
    listed = "; ".join(figures[:_MOST_WORDS]) + (f"; and {rest} more" if rest > 0 else "")
    return f"{beginning} {listed}. The table has all figures."
