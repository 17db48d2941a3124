"""All sections of the results in the order in which they are read; one of them, one chart or one table by its name.

Pure: pages, report and files show the same. Every figure in words has its interval and its n.
"""

from annotation.results.charts.figures import Chart
from heritage.pages.tables import Table

from . import (
    agreement,
    chance,
    estimates,
    finer,
    links,
    nouns,
    order,
    ordinal,
    parts,
    points,
    population,
)
from .reliance import planned, quality, sensitivity
from .section import ResultSection, SectionKind
from .words import Document

SECTIONS: tuple[SectionKind, ...] = (
    quality.SECTION,
    finer.SECTION,
    estimates.SECTION,
    points.SECTION,
    sensitivity.SECTION,
    planned.SECTION,
    population.SECTION,
    ordinal.SECTION,
    parts.SECTION,
    agreement.SECTION,
    order.SECTION,
    links.SECTION,
    nouns.SECTION,
    chance.SECTION,
)


def section_kinds(document: Document) -> tuple[SectionKind, ...]:
    """Those that this analysis has, in order."""
    return tuple(kind for kind in SECTIONS if kind.applies(document))


def result_sections(document: Document) -> tuple[ResultSection, ...]:
    return tuple(kind.made(document) for kind in section_kinds(document))


def result_charts(document: Document) -> dict[str, Chart]:
    """Every chart by its name."""
    return {name: chart for kind in section_kinds(document) for name, chart in kind.drawn(document).items()}


def result_tables(document: Document) -> dict[str, Table]:
    """Every table by its name."""
    return {name: table for kind in section_kinds(document) for name, table in kind.tabled(document).items()}


def result_chart(document: Document, name: str) -> Chart | None:
    """One chart, without making the others; None where there is none of that name, or nothing to draw."""
    makers = (kind.charts[name] for kind in section_kinds(document) if name in kind.charts)
    return next((make(document) for make in makers), None)


def result_table(document: Document, name: str) -> Table | None:
    """One table, without making the others; None where there is none of that name, or nothing in it."""
    makers = (kind.tables[name] for kind in section_kinds(document) if name in kind.tables)
    table = next((make(document) for make in makers), None)
    return table if table and table.raw else None
