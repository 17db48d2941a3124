"""What each chart shows: its figures, its words, and its rows for CSV. How it looks is for `specification` to say.

Charts are frozen and hold plain values only, so that two with the same `repr` are the same drawing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from heritage.pages.figures import figure, odds

Row = dict[str, Any]
Sign = Literal["more", "fewer", "untold", "beside", "plain"]

MOST_ROWS = 40  # more cannot be read at once: the table has them
_MOST_WORDS = 12  # rows that are told one by one in a text alternative


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
    """Rows under one heading, empty for none, set against one reference."""

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

    def row(self, figures: Mapping[str, Any]) -> Row:
        """Of a CSV, which says of each row whether it is simulated."""
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
        figures = [
            f"{f'{group.heading}, ' if group.heading else ''}{row.label}: {self.measure.text(row.value)} "
            f"({self.measure.interval(row.low, row.high)})"
            for group, row in self.estimates
        ]
        return told(f"{self.explanation}. The dashed line is {self.reference}.", figures)

    @property
    def rows(self) -> list[Row]:
        return [
            self.row(
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
        figures = [
            f"predicted {100 * each.predicted:.0f} %: {100 * each.linked:.0f} % linked "
            f"({100 * each.low:.0f} to {100 * each.high:.0f} %), n = {each.n:,}"
            for each in self.points
        ]
        return told(f"{self.explanation}. The dashed diagonal is where both are the same.", figures)

    @property
    def rows(self) -> list[Row]:
        return [
            self.row({key: getattr(each, key) for key in ("predicted", "linked", "low", "high", "n")})
            for each in self.points
        ]


@dataclass(frozen=True)
class Shuffle:
    """A coefficient among those of shuffled labels, counted in bins of equal width from `low` to `high`."""

    group: str
    label: str
    coef: float
    p: float
    low: float
    high: float
    counts: tuple[int, ...]

    @property
    def p_words(self) -> str:
        return "p < 0.001" if self.p < 0.001 else f"p = {self.p:.3f}"

    @property
    def bins(self) -> list[tuple[float, float, int]]:
        """Beginning, end and count of each."""
        width = (self.high - self.low) / len(self.counts)
        return [(self.low + place * width, self.low + (place + 1) * width, n) for place, n in enumerate(self.counts)]


@dataclass(frozen=True)
class ShuffleChart(Chart):
    """For each coefficient the histogram of what shuffled labels give, and where the observed one lies in it."""

    shuffles: tuple[Shuffle, ...]

    @property
    def words(self) -> str:
        figures = [f"{each.group}, {each.label}: {figure(each.coef, 3)}, {each.p_words}" for each in self.shuffles]
        return told(f"{self.explanation}.", figures)

    @property
    def rows(self) -> list[Row]:
        return [
            self.row(
                {"group": each.group, "label": each.label, "coef": each.coef, "p": each.p}
                | {"from": start, "to": end, "count": count}
            )
            for each in self.shuffles
            for start, end, count in each.bins
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


def told(beginning: str, figures: Sequence[str]) -> str:
    """A text alternative: `beginning`, then the first figures one by one."""
    rest = len(figures) - _MOST_WORDS
    listed = "; ".join(figures[:_MOST_WORDS]) + (f"; and {rest} more" if rest > 0 else "")
    return f"{beginning} {listed}. The table has all figures."
