"""The first page after logging in: an annotator's own campaigns, a lead's overview."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.answers.progress import progress_of
from annotation.home.overview import read_overview
from annotation.preference.visibility import own_studies
from annotation.requests import PersonRequest
from annotation.visibility import campaign_facts, visible_campaigns
from heritage.access import is_admitted_visitor
from heritage.models import User
from heritage.pages.languages import in_reader_language


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Of those without an account: the collections, where anybody may see them, or else the log-in page."""
    return redirect("collections") if is_admitted_visitor(request.user) else _own_home(request)  # type: ignore[arg-type]


@login_required
def _own_home(request: PersonRequest) -> HttpResponse:
    """Annotators get to their next pair in one click. Leads see what to do next, and own pairs if they have any."""
    context = {"own": _own_campaigns(request.user), "own_studies": own_studies(request.user)}
    if request.user.is_lead:
        return render(request, "annotation/home/lead.html", context | {"overview": read_overview()})
    return _annotators_home(request, context)


@in_reader_language
def _annotators_home(request: PersonRequest, context: dict[str, object]) -> HttpResponse:
    return render(request, "annotation/home/annotator.html", context)


def _own_campaigns(user: User) -> list[dict[str, object]]:
    """What may be told of the campaigns in which `user` labels: the open and unfinished first."""
    own = [
        campaign_facts(campaign, user)
        | {
            "instructions": campaign.instructions,
            "progress": progress_of(campaign=campaign, annotator=user),
        }
        for campaign in visible_campaigns(user)
    ]
    return sorted(own, key=lambda each: not each["is_open"] or each["progress"].is_complete)  # type: ignore[attr-defined]
