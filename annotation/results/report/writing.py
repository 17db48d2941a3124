"""Writing a report: report.html, report.pdf where there is a Chromium, and data.zip, all in one folder."""

import base64
import io
import json
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from annotation.exchange.writing import write_csv
from annotation.models import Campaign
from annotation.results.charts.figures import Chart
from annotation.results.drawings import draw, drawn_svg
from annotation.results.sections.whole import result_charts, result_sections, result_tables
from annotation.results.summary.charts import GROUPED, quick_charts, regression_panel
from heritage.errors import UserError
from heritage.files.whole_file import whole_file, write_whole
from heritage.pages.tables import render as render_table
from heritage.progress import Progress

from .content import ReportContent, report_content
from .methods import methods_paragraphs
from .pdf import NO_BROWSER, find_browser, write_pdf

HTML, PDF, ARCHIVE = "report.html", "report.pdf", "data.zip"
# What the report takes from the pages' own style sheets, so that drawings look the same.
STYLES = ("css/site/tokens.css", "css/results/charts.css", "css/results/report.css")


@dataclass(frozen=True)
class Report:
    """Where it lies. `pdf` is None where `no_pdf` says why."""

    html: Path
    archive: Path
    pdf: Path | None
    no_pdf: str
    answers: int


def write_report(*, campaign: Campaign, folder: Path, seed: int = 0, progress: Progress) -> Report:
    """Write all files; each is whole or not there. Raises UserError where there are no answers."""
    content = report_content(campaign=campaign, seed=seed, progress=progress)
    progress.start("Writing the report")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{folder} cannot be made: {error.strerror}.") from error
    html, archive = folder / HTML, folder / ARCHIVE
    text = report_html(content)
    write_whole(html, text)
    _write_archive(archive, content, text)
    pdf, no_pdf = None, NO_BROWSER
    browser = find_browser()
    if browser is not None:
        progress.start("Printing it to PDF")
        pdf, no_pdf = folder / PDF, ""
        write_pdf(html, pdf, browser=browser)
    else:
        (folder / PDF).unlink(missing_ok=True)  # of an earlier report
    return Report(html=html, archive=archive, pdf=pdf, no_pdf=no_pdf, answers=content.answers)


def report_html(content: ReportContent) -> str:
    """One file without scripts and without anything to load."""
    quick, charts = content.quick, report_charts(content)
    by_model, published = (
        regression_panel(quick.shown("stratum"), "model", charts, intercept=intercept) for intercept in (True, False)
    )
    return render_to_string(
        "annotation/results/report.html",
        {
            "content": content,
            "analysis": quick,
            "document": content.document,
            "methods": methods_paragraphs(content.facts, content.document),
            "sections": result_sections(content.document),
            "overall": quick.distributions.overall,
            "label_chart": charts.get("labels"),
            "grouped_charts": [charts[name] for name in GROUPED if name in charts],
            "drawings": {name: draw(chart) for name, chart in charts.items()},
            "by_model": by_model,
            "published": published,
            "commands": "\n".join(content.commands),
            "styles": "\n".join(_style(name) for name in STYLES),
        },
    )


def report_charts(content: ReportContent) -> dict[str, Chart]:
    """All charts of the report by name, annotators under their pseudonyms."""
    names, simulated = content.document["label_names"], content.campaign.simulated
    return quick_charts(content.quick, label_names=names, simulated=simulated) | result_charts(content.document)


def _style(name: str) -> str:
    """A style sheet with its fonts in itself."""
    path = settings.SHIPPED_DIR / "static" / name

    def inlined(found: re.Match[str]) -> str:
        font = base64.b64encode((path.parent / found[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{font}")'

    return re.sub(r'url\("([^"]+\.woff2)"\)', inlined, path.read_text(encoding="utf-8"))


def _write_archive(path: Path, content: ReportContent, html: str) -> None:
    charts = report_charts(content)
    data = io.StringIO(newline="")
    write_csv(content.rows, list(content.columns), data)
    files = {
        "README.txt": _readme(content),
        "report.html": html,
        "annotations.csv": data.getvalue(),
        "analysis.json": _json(content.document),
        "campaign.json": _json(content.facts | {"versions": content.versions, "made": content.made.isoformat()}),
        **{
            f"charts/{name}.svg": drawn_svg(draw(chart), chart, notes=[content.campaign.name])
            for name, chart in charts.items()
        },
        **{f"tables/{name}.csv": render_table(table, "csv") for name, table in result_tables(content.document).items()},
    }
    with whole_file(path) as beside, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _readme(content: ReportContent) -> str:
    simulated = "The labels are simulated: a program made them.\n" if content.campaign.simulated else ""
    versions = ", ".join(f"{name} {number}" for name, number in content.versions.items())
    return (
        f"{content.campaign.name}\n\n{simulated}"
        "annotations.csv  every answer that counts, skipped pairs; annotators are pseudonyms, comments left out\n"
        "analysis.json    all figures, in full\n"
        "campaign.json    how pairs were drawn, models, versions\n"
        "charts/          the charts of the report, each with its title, on white\n"
        "tables/          the tables of the report, figures in full\n\n"
        f"Repeat it with Heritage Weaver, in this folder:\n\n{chr(10).join(content.commands)}\n\n"
        "The answers do not say with which probability each pair was drawn: shares of all pairs come out the same\n"
        "where the pairs of a stratum were all drawn with the same one. The folds of the link model follow\n"
        "the order of the pairs, so that its figures come out a little different.\n\n"
        f"Made with {versions}.\n"
    )
