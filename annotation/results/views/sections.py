"""The sections of a campaign's results, each at an address of its own: some of the quick analysis, which is always
there, the others of the full one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.access import campaign_lead_required
from annotation.answers.queries import newest_reflections
from annotation.labels.queries import label_names
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import note_look
from annotation.results.charts.figures import Chart
from annotation.results.drawings import drawings
from annotation.results.queries import campaign_analysis, full_results
from annotation.results.sealing import is_sealed
from annotation.results.sections.whole import section_kinds
from annotation.results.sections.words import Document
from annotation.results.summary import charts as quick_charts
from annotation.results.summary import tables

if TYPE_CHECKING:
    from annotation.analysis.campaign_analysis import CampaignAnalysis


@dataclass(frozen=True)
class SectionLink:
    """What leads to a section."""

    id: str
    heading: str


@dataclass(frozen=True)
class QuickSection:
    """A section of the quick analysis. `context` is what its template shows, beside the charts it draws."""

    heading: str
    context: Callable[[HttpRequest, Campaign, "CampaignAnalysis"], tuple[dict[str, Any], list[Chart]]]

    def template(self, id: str) -> str:
        return f"annotation/results/quick/{id}.html"


def full_sections(document: Document) -> tuple[SectionLink, ...]:
    """Those of the full analysis, in the order in which they are read."""
    return tuple(SectionLink(kind.id, kind.heading) for kind in section_kinds(document))


def quick_sections() -> tuple[SectionLink, ...]:
    return tuple(SectionLink(id, each.heading) for id, each in QUICK.items())


@campaign_lead_required
@require_safe
@never_cache
def section(request: PersonRequest, found: Campaign, section: str) -> HttpResponse:
    """One section: words, drawings, tables, caveats."""
    if is_sealed(found, request.user):
        return redirect(found)
    note_look(found, request.user)
    document = full_results(found).document
    links = (*(full_sections(document) if document else ()), *quick_sections())
    place = next((number for number, link in enumerate(links) if link.id == section), None)
    if place is None:
        raise Http404("There is no such section, or not yet.")
    context: dict[str, Any] = {
        "campaign": found,
        "links": links,
        "here": links[place],
        "before": links[place - 1] if place else None,
        "after": links[place + 1] if place + 1 < len(links) else None,
    }
    if section in QUICK:
        analysis = campaign_analysis(found)
        shown, charts = QUICK[section].context(request, found, analysis) if analysis is not None else ({}, [])
        context |= {"analysis": analysis, "drawings": drawings(found, charts), **shown}
        return render(request, QUICK[section].template(section), context)
    assert document is not None  # noqa: S101  # it is where the link came from
    made = next(kind for kind in section_kinds(document) if kind.id == section).made(document)
    context |= {"section": made, "drawings": drawings(found, made.charts)}
    return render(request, "annotation/results/section.html", context)


def _charts(found: Campaign, analysis: "CampaignAnalysis") -> dict[str, Chart]:
    return quick_charts.quick_charts(analysis, label_names=label_names(found), simulated=found.simulated)


def _modality(
    request: HttpRequest, found: Campaign, analysis: "CampaignAnalysis"
) -> tuple[dict[str, Any], list[Chart]]:
    intercept = request.GET.get("intercept") != "no"
    charts = _charts(found, analysis)
    panel = quick_charts.regression_panel(analysis.shown("membership"), "modality", charts, intercept=intercept)
    return {"intercept": intercept, "panel": panel}, [panel.chart] if panel.chart else []


def _labels(request: HttpRequest, found: Campaign, analysis: "CampaignAnalysis") -> tuple[dict[str, Any], list[Chart]]:
    names, charts = label_names(found), _charts(found, analysis)
    grouped = [charts[name] for name in quick_charts.GROUPED if name in charts]
    shown = {
        "grouped_charts": grouped,
        "label_columns": tables.label_columns(analysis.distributions.overall, names),
        "groupings": tables.groupings(analysis.distributions, names),
    }
    return shown, grouped


def _regressions(
    request: HttpRequest, found: Campaign, analysis: "CampaignAnalysis"
) -> tuple[dict[str, Any], list[Chart]]:
    return {"both_ways": tables.both_ways((*analysis.shown("stratum"), *analysis.shown("membership")))}, []


def _reflections(
    request: HttpRequest, found: Campaign, analysis: "CampaignAnalysis"
) -> tuple[dict[str, Any], list[Chart]]:
    return {"reflections": newest_reflections(found)}, []


QUICK = {
    "modality": QuickSection("By image or by text?", _modality),
    "labels": QuickSection("Labels by model, stratum and annotator", _labels),
    "regressions": QuickSection("Every regression, both ways", _regressions),
    "reflections": QuickSection("What annotators wrote", _reflections),
}
