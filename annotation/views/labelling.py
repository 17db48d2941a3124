"""The page on which an annotator answers pair after pair, and the page after the last one.

Every pair has an address of its own, so the browser's Back works. A post answers with the next pair: to htmx as a
fragment in place, otherwise by a redirect. What is shown of a pair comes from `annotation.visibility` alone.
"""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers
from django_htmx.http import HttpResponseClientRedirect, push_url

from annotation import queries
from annotation.actions import LONGEST_COMMENT, CampaignClosedError, record_annotation, write_reflection
from annotation.forms import AnswerForm, ReflectionForm
from annotation.models import Assignment, Campaign, Label
from annotation.visibility import blind_pair, visible_assignments, visible_campaigns
from heritage.errors import UserError

from .answers import answers_address
from .requests import PersonRequest


@login_required
@never_cache
@require_safe
def label(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Go on where this annotator stopped, on whatever device."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    assignment = queries.next_unanswered(visible_assignments(request.user, campaign)) if campaign.is_open else None
    return redirect(_address_after(campaign, assignment))


@login_required
@never_cache
@vary_on_headers("HX-Request")
@require_http_methods(["GET", "HEAD", "POST"])
def label_pair(request: PersonRequest, campaign_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """Show one pair, or take the answer to it."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    assignment = get_object_or_404(visible_assignments(request.user, campaign), pk=assignment_id)
    if request.method == "POST":
        return _take_answer(request, campaign, assignment)
    if not campaign.is_open:
        return redirect("finished", campaign.pk)
    return _render_pair(request, campaign, assignment)


def _take_answer(request: PersonRequest, campaign: Campaign, assignment: Assignment) -> HttpResponse:
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise UserError(form.problem())
        record_annotation(assignment=assignment, annotator=request.user, **form.answer())
    except UserError as error:
        return _refuse(request, campaign, assignment, error)
    if form.cleaned_data["then"] == "answers":
        return _go(request, answers_address(campaign, assignment))
    mine = visible_assignments(request.user, campaign)
    following = queries.next_unanswered(mine, after=assignment.position) or queries.next_unanswered(mine)
    address = _address_after(campaign, following)
    if following is None or not request.htmx:
        return _go(request, address)
    return push_url(_render_pair(request, campaign, following), address)


def _refuse(request: PersonRequest, campaign: Campaign, assignment: Assignment, error: UserError) -> HttpResponse:
    """The sentence alone for the script, which shows it beside the pair; otherwise a page that carries it."""
    status = 409 if isinstance(error, CampaignClosedError) else 400
    if request.htmx:
        return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
    if status == 409:
        return _render_finished(request, campaign, ReflectionForm(), problem=str(error), status=status)
    return _render_pair(request, campaign, assignment, problem=str(error), status=status)


def _render_pair(
    request: PersonRequest, campaign: Campaign, assignment: Assignment, *, problem: str = "", status: int = 200
) -> HttpResponse:
    mine = visible_assignments(request.user, campaign)
    answer = queries.newest_annotation(assignment)
    before = queries.previous_assignment(mine, position=assignment.position)
    after = queries.next_assignment(mine, position=assignment.position) if answer else None
    following = queries.next_unanswered(mine, after=assignment.position)
    context: dict[str, Any] = {
        "campaign": {"id": campaign.pk, "name": campaign.name},
        "pair": blind_pair(assignment),
        "progress": queries.progress_of(campaign=campaign, annotator=request.user),
        "labels": Label.choices,
        "chosen": answer.label if answer else "",
        "comment": answer.comment if answer else "",
        "longest_comment": LONGEST_COMMENT,
        "submission": uuid.uuid4(),
        "then": "answers" if request.GET.get("then") == "answers" else "",
        "before_url": before.get_absolute_url() if before else "",
        "after_url": after.get_absolute_url() if after else "",
        # Fetched ahead for every pair alike, so that waiting times tell nothing.
        "following": blind_pair(following) if following else None,
        "problem": problem,
    }
    in_place = request.htmx and not request.htmx.history_restore_request
    template = "annotation/_pair_in_place.html" if in_place else "annotation/labelling.html"
    return render(request, template, context, status=status)


def _address_after(campaign: Campaign, assignment: Assignment | None) -> str:
    """Where to go when `assignment` is next: to it, or to the closing page when nothing is."""
    return assignment.get_absolute_url() if assignment else reverse("finished", args=[campaign.pk])


def _go(request: PersonRequest, address: str) -> HttpResponse:
    return HttpResponseClientRedirect(address) if request.htmx else redirect(address)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def finished(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Thanks, and room for reflections. Also what a closed campaign shows."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    newest = queries.newest_reflection(campaign=campaign, annotator=request.user)
    form = ReflectionForm(request.POST or None, initial={"text": newest.text if newest else ""})
    if request.method == "POST" and form.is_valid():
        try:
            write_reflection(campaign=campaign, annotator=request.user, text=form.cleaned_data["text"])
        except UserError as error:
            form.add_error("text", str(error))
        else:
            return redirect(f"{request.path}?thanks")
    return _render_finished(request, campaign, form, status=422 if form.is_bound else 200)


def _render_finished(
    request: PersonRequest, campaign: Campaign, form: ReflectionForm, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "campaign": {"id": campaign.pk, "name": campaign.name, "is_open": campaign.is_open},
        "progress": queries.progress_of(campaign=campaign, annotator=request.user),
        "form": form,
        "problem": problem,
        "just_reflected": "thanks" in request.GET,
    }
    return render(request, "annotation/finished.html", context, status=status)
