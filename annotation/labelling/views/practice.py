"""What comes before an annotator's first pair: instructions with examples, and practice pairs.

Practice pairs look like any other and are plainly announced as practice. After each answer the page says whether it
is the lead's too, and why. All of it works by links and forms.
"""

import uuid

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation.answers import queries
from annotation.answers.actions import CampaignClosedError
from annotation.guidance.actions import answer_practice
from annotation.guidance.queries import current_guidance, next_practice, practice_done
from annotation.guidance.visibility import blind_practice, examples_by_label
from annotation.labelling.forms import PracticeForm
from annotation.labels.shown import Scheme, shown_labels
from annotation.models import Campaign, GuidancePair
from annotation.requests import PersonRequest
from annotation.visibility import campaign_facts, visible_assignments, visible_campaigns
from annotation.vocabulary import Guidance
from heritage.errors import UserError
from heritage.models import User
from heritage.pages.languages import in_reader_language


def before_the_pairs(user: User, campaign: Campaign, *, has_read: bool) -> str:
    """The address of what `user` gets before the next pair; empty where that is the pair itself.

    Examples come once, before the first answer of any kind; `has_read` tells that they were just looked at. Who has
    no pair left gets neither.
    """
    if not queries.unanswered(visible_assignments(user, campaign)).exists():
        return ""
    practice = next_practice(user, campaign)
    if not has_read and current_guidance(campaign, Guidance.EXAMPLE).exists() and not _has_begun(user, campaign):
        return reverse("instructions", args=[campaign.pk])
    return reverse("practice-pair", args=[campaign.pk, practice.pk]) if practice else ""


def _has_begun(user: User, campaign: Campaign) -> bool:
    mine = visible_assignments(user, campaign)
    return queries.answered(mine).exists() or practice_done(user, campaign).exists()


@in_reader_language
@login_required
@never_cache
@require_safe
@vary_on_headers("HX-Request")
def instructions(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """A campaign's instructions with the examples of each label: a page, or the part of it that Help shows."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    context = {
        "campaign": campaign_facts(campaign, request.user) | {"instructions": campaign.instructions},
        "labels": examples_by_label(campaign),
        "has_begun": _has_begun(request.user, campaign),
        "has_practice": next_practice(request.user, campaign) is not None,
    }
    page = "annotation/labelling/_instructions.html" if request.htmx else "annotation/labelling/instructions.html"
    return render(request, page, context)


@in_reader_language
@login_required
@never_cache
@require_safe
def practice(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Go on with the next practice pair or, after the last, with the pairs that count."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    address = before_the_pairs(request.user, campaign, has_read=True) if campaign.is_open else ""
    return redirect(address or f"{reverse('label', args=[campaign.pk])}?begin")


@in_reader_language
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def practice_pair(request: PersonRequest, campaign_id: uuid.UUID, practice_id: uuid.UUID) -> HttpResponse:
    """A practice pair to be answered or, once it has an answer, what the lead says of it."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    if not campaign.is_open:
        return redirect("finished", campaign.pk)
    found = current_guidance(campaign, Guidance.PRACTICE).select_related("campaign", "a", "b")
    pair = found.filter(pk=practice_id).first()
    if pair is None:  # taken away meanwhile
        return redirect("practice", campaign.pk)
    if request.method != "POST":
        return _render(request, pair)
    form = PracticeForm(request.POST)
    try:
        if not form.is_valid():
            raise UserError(form.problem())
        answer_practice(practice=pair, annotator=request.user, **form.cleaned_data)
    except CampaignClosedError:
        return redirect("finished", campaign.pk)
    except UserError as error:
        return _render(request, pair, problem=str(error), status=400)
    return redirect("practice-pair", campaign.pk, pair.pk)


def _render(request: PersonRequest, pair: GuidancePair, *, problem: str = "", status: int = 200) -> HttpResponse:
    labels = shown_labels(pair.campaign)
    shown = blind_practice(request.user, pair, labels)
    context = {
        "campaign": {"id": pair.campaign_id, "name": pair.campaign.name},
        "practice": shown,
        "is_last": shown.feedback is not None and next_practice(request.user, pair.campaign) is None,
        "scheme": Scheme(labels=labels),
        "submission": uuid.uuid4(),
        "problem": problem,
    }
    return render(request, "annotation/labelling/practice.html", context, status=status)
