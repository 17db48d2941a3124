"""Suggested links and next pairs in the browser, for leads."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation.access import campaign_lead_required
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import require_opened
from annotation.results.queries import analysis_arguments
from annotation.suggestions.forms import SuggestionForm
from heritage.catalogue.queries import for_cards
from heritage.jobs import may_follow, start_job
from heritage.models import Record
from heritage.pages.downloads import CSV_TYPE, file_name
from linking.models import Sampling

from .files import CSV, DOCUMENT, SUGGESTION_JOB, read_suggestions, suggestion_folder


@dataclass(frozen=True)
class ShownLink:
    """A suggested link with its records, as the card of a link takes them."""

    records: tuple[Record, Record]
    probability: float


@campaign_lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def suggestions(request: PersonRequest, found: Campaign) -> HttpResponse:
    """POST has them worked out; GET shows those that there are."""
    require_opened(found, request.user)
    form = SuggestionForm(request.POST or None, campaign=found)
    if request.method == "POST" and form.is_valid():
        arguments = analysis_arguments(found) | form.arguments() | {"created_by": request.user.pk}
        run = start_job(SUGGESTION_JOB, user=request.user, **arguments)
        return redirect(run if may_follow(run, request.user) else request.path)
    kept = read_suggestions(found)
    context: dict[str, Any] = {"campaign": found, "form": form, "kept": kept}
    if kept:
        file = suggestion_folder(found) / DOCUMENT
        context |= {
            "made": datetime.fromtimestamp(file.stat().st_mtime, tz=UTC),
            "links": _shown(kept["links"]),
            "next_sampling": Sampling.objects.filter(pk=kept["next_sampling"]).first(),
        }
    return render(request, "annotation/suggestions/suggestions.html", context, status=422 if form.errors else 200)


@campaign_lead_required
@require_safe
@never_cache
def suggestions_csv(request: PersonRequest, found: Campaign) -> Any:
    require_opened(found, request.user)
    path = suggestion_folder(found) / CSV
    if not path.is_file():
        raise Http404("There are no suggestions yet.")
    name = file_name(found.name, "suggested-links", ending="csv", simulated=found.simulated)
    return FileResponse(path.open("rb"), as_attachment=True, filename=name, content_type=CSV_TYPE)


def _shown(links: list[dict[str, Any]]) -> list[ShownLink]:
    """Those whose records are still there and may be shown."""
    names = {tuple(link[side][:2]) for link in links for side in ("a", "b")}
    records = for_cards(
        Record.objects.filter(
            collection__slug__in={slug for slug, _ in names},
            record_id__in={record_id for _, record_id in names},
            withheld=False,
        )
    )
    by_name = {(record.collection.slug, record.record_id): record for record in records}
    return [
        ShownLink((by_name[tuple(link["a"][:2])], by_name[tuple(link["b"][:2])]), link["probability"])
        for link in links
        if all(tuple(link[side][:2]) in by_name for side in ("a", "b"))
    ]
