"""What a section of the results is: in words first, then drawn, then as a table, then what to keep in mind. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from annotation.results.charts.figures import Chart
from heritage.pages.tables import Table

from .words import Document


class Said(NamedTuple):
    """What a section says, and what to keep in mind of it."""

    words: Iterable[str]
    caveats: Iterable[str] = ()


@dataclass(frozen=True)
class ResultSection:
    """A section as it is shown. `id` is for addresses. Charts and tables without figures are left out."""

    id: str
    heading: str
    words: tuple[str, ...]
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    caveats: tuple[str, ...]


@dataclass(frozen=True)
class SectionKind:
    """How one section is made of a full analysis.

    Charts and tables are made by their names, each without the others; None where there is nothing to show. Documents
    that a section does not apply to lack it.
    """

    id: str
    heading: str
    say: Callable[[Document], Said]
    charts: Mapping[str, Callable[[Document], Chart | None]] = field(default_factory=dict)
    tables: Mapping[str, Callable[[Document], Table | None]] = field(default_factory=dict)
    applies: Callable[[Document], bool] = lambda document: True

    def made(self, document: Document) -> ResultSection:
        words, caveats = self.say(document)
        return ResultSection(
            id=self.id,
            heading=self.heading,
            words=tuple(words),
            charts=tuple(self.drawn(document).values()),
            tables=tuple(self.tabled(document).values()),
            caveats=tuple(dict.fromkeys(caveats)),
        )

    def drawn(self, document: Document) -> dict[str, Chart]:
        """Its charts by name."""
        found = {name: chart(document) for name, chart in self.charts.items()}
        return {name: chart for name, chart in found.items() if chart}

    def tabled(self, document: Document) -> dict[str, Table]:
        """Its tables by name."""
        found = {name: table(document) for name, table in self.tables.items()}
        return {name: table for name, table in found.items() if table and table.raw}
