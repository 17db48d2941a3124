"""Charts of labels: how often each was given, and which was given beside which. As `figures`, plain and frozen."""

from dataclasses import dataclass, field

from annotation.analysis.wilson import wilson

from .figures import Chart, Row, told


@dataclass(frozen=True)
class LabelShare:
    """How often one label was given among `n` answers. `label` is as kept, `name` as read; without `bounds` its
    interval is Wilson's."""

    label: str
    name: str
    count: int
    n: int
    bounds: tuple[float, float] | None = field(default=None, kw_only=True)

    @property
    def share(self) -> float:
        return self.count / self.n if self.n else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return self.bounds or wilson(self.count, self.n)

    @property
    def row(self) -> Row:
        """For CSV."""
        low, high = self.interval
        figures = {"count": self.count, "n": self.n, "share": self.share, "low": low, "high": high}
        return {"label": self.label or "empty"} | figures


@dataclass(frozen=True)
class FinerShare(LabelShare):
    """A finer label among the `n` answers with the `label` above it; its key `finer` is empty for those left there."""

    finer: str

    @property
    def row(self) -> Row:
        return {"label": self.label, "finer": self.finer} | super().row


@dataclass(frozen=True)
class LabelChart(Chart):
    """How often each label was given, the closest relation first; or each finer one, under the colour of its label."""

    labels: tuple[LabelShare, ...]

    @property
    def is_narrow(self) -> bool:
        return True

    @property
    def words(self) -> str:
        return told(f"{self.explanation}.", [f"{each.name}: {count_words(each)}" for each in self.labels])

    @property
    def rows(self) -> list[Row]:
        return [self.row(each.row) for each in self.labels]


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
        return told(f"{self.explanation}.", [f"{each.name}: {each.linked_words}" for each in self.groups])

    @property
    def rows(self) -> list[Row]:
        return [self.row({"group": group.name} | each.row) for group in self.groups for each in group.labels]


@dataclass(frozen=True)
class SquareChart(Chart):
    """Counts of one label beside another as a heat map. `counts[i][j]` belongs to `labels[i]` down, `[j]` across.

    Shares of a row have an interval where its counts are `independent` of each other.
    """

    down: str
    across: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    independent: bool

    @property
    def words(self) -> str:
        same = sum(self.counts[place][place] for place in range(len(self.labels)))
        total = sum(map(sum, self.counts))
        figures = [
            f"{label}: {self.counts[place][place]:,} of {sum(self.counts[place]):,} the same"
            for place, label in enumerate(self.labels)
        ]
        on_diagonal = f"{same:,} of {total:,} lie on the diagonal, where both are the same."
        return told(f"{self.explanation}. {on_diagonal}", figures)

    @property
    def rows(self) -> list[Row]:
        rows = []
        for label, line in zip(self.labels, self.counts, strict=True):
            n = sum(line)
            for other, count in zip(self.labels, line, strict=True):
                figures = {"count": count, "n": n, "share": count / n if n else None}
                if self.independent:
                    figures |= dict(zip(("low", "high"), wilson(count, n), strict=True))
                rows.append(self.row({self.down: label, self.across: other} | figures))
        return rows


def count_words(each: LabelShare) -> str:
    """Such as "1,234 · 56 %"."""
    percent = "< 1" if each.count and each.share < 0.005 else f"{100 * each.share:.0f}"
    return f"{each.count:,} · {percent} %"
