"""The page on which an annotator answers pair after pair, and the page after the last one.

Every pair has an address of its own, so the browser's Back works. Its page carries the next pairs with it, and
an answer that the script sends is acknowledged with the pair after those: whatever comes next is in the browser
before it is wanted. Without the script a post redirects to the next pair. What is shown of a pair comes from
`annotation.visibility` alone, whether it is shown now or later.
"""

import uuid
from functools import lru_cache
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation.answers import queries
from annotation.answers.actions import (
    LONGEST_COMMENT,
    AssignmentWithdrawnError,
    CampaignClosedError,
    record_annotation,
    record_skip,
    write_reflection,
)
from annotation.answers.progress import progress_of
from annotation.labelling.forms import AnswerForm, ReflectionForm
from annotation.labels.queries import with_has_scheme
from annotation.labels.shown import FINER_SIGN, Scheme, plain_scheme, shown_scheme
from annotation.models import Assignment, Campaign
from annotation.requests import PersonRequest, is_script, refuse_other_sender
from annotation.visibility import (
    blind_pair,
    blind_pairs,
    campaign_facts,
    captions,
    has_ended_labelling,
    visible_assignments,
    visible_campaigns,
)
from annotation.vocabulary import SkipReason
from heritage.errors import UserError
from heritage.pages.languages import in_reader_language

from .answers import answers_address
from .practice import before_the_pairs

# Pairs that wait in the browser behind the one being looked at: enough for a slow network or a server that restarts.
PAIRS_AHEAD = 6
REFUSALS: dict[type[UserError], int] = {CampaignClosedError: 409, AssignmentWithdrawnError: 410}


@in_reader_language
@login_required
@never_cache
@require_safe
def label(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Go on where this annotator stopped, on whatever device. Examples, unless just read (`?begin`), and practice pairs
    come first."""
    campaign = get_object_or_404(visible_campaigns(request.user), pk=campaign_id)
    if campaign.is_open and (first := before_the_pairs(request.user, campaign, has_read="begin" in request.GET)):
        return redirect(first)
    return redirect(_next_address(request, campaign))


@in_reader_language
@login_required
@never_cache
@vary_on_headers("Accept")
@require_http_methods(["GET", "HEAD", "POST"])
def label_pair(request: PersonRequest, campaign_id: uuid.UUID, assignment_id: uuid.UUID) -> HttpResponse:
    """Show one pair, or take the answer to it. The script asks for JSON and gets markup of pairs in it."""
    if refusal := refuse_other_sender(request):
        return refusal
    mine = visible_assignments(request.user).filter(campaign=campaign_id)
    assignment = get_object_or_404(with_has_scheme(mine).select_related("campaign"), pk=assignment_id)
    if request.method == "POST":
        return _take_answer(request, assignment)
    if not assignment.campaign.is_open or has_ended_labelling(request.user, assignment.campaign):
        return redirect("finished", campaign_id)
    if is_script(request):
        return JsonResponse({"pairs": [_pair_markup(request, assignment)]})
    return _render_page(request, assignment)


def _take_answer(request: PersonRequest, assignment: Assignment) -> HttpResponse:
    form = AnswerForm(request.POST)
    try:
        if not form.is_valid():
            raise UserError(form.problem())
        if form.is_skip:
            record_skip(assignment=assignment, annotator=request.user, **form.skip_of_pair())
        else:
            record_annotation(assignment=assignment, annotator=request.user, **form.answer())
    except UserError as error:
        return _refuse(request, assignment, error)
    if is_script(request):
        return _acknowledge(request, assignment, form)
    if form.cleaned_data["then"] == "answers":
        return redirect(answers_address(assignment.campaign, assignment))
    return redirect(_next_address(request, assignment.campaign, after=assignment.position))


def _acknowledge(request: PersonRequest, assignment: Assignment, form: AnswerForm) -> JsonResponse:
    """The answer is stored. Also brings the pairs that the browser has room for, behind the last one that it holds.

    `go` is where to continue once the browser has shown all that it holds.
    """
    campaign = assignment.campaign
    if form.cleaned_data["then"] == "answers":
        return JsonResponse({"pairs": [], "go": answers_address(campaign, assignment)})
    wanted = min(PAIRS_AHEAD, form.cleaned_data["wanted"] or 0)
    if not wanted:
        return JsonResponse({"pairs": [], "go": ""})
    after = form.cleaned_data["held"] or assignment.position
    pairs = _pairs_ahead(request, campaign, _scheme(assignment), after=after, count=wanted)
    return JsonResponse({"pairs": pairs, "go": "" if pairs else _next_address(request, campaign)})


def _refuse(request: PersonRequest, assignment: Assignment, error: UserError) -> HttpResponse:
    """The sentence alone for the script, which shows it beside the pair; otherwise a page that carries it."""
    status = REFUSALS.get(type(error), 400)
    if is_script(request):
        return JsonResponse({"problem": str(error)}, status=status)
    if status != 400:
        return _render_finished(request, assignment.campaign, ReflectionForm(), problem=str(error), status=status)
    return _render_page(request, assignment, problem=str(error), status=status)


# --- Pairs as pages and as markup -------------------------------------------------------------


@gzip_page  # the pairs ahead are alike; answers, which are small, go as they are
def _render_page(
    request: PersonRequest, assignment: Assignment, *, problem: str = "", status: int = 200
) -> HttpResponse:
    campaign = assignment.campaign
    scheme = _scheme(assignment)
    context = _pair_context(request, assignment, scheme) | {
        "campaign": {"id": campaign.pk, "name": campaign.name, "deadline": campaign.deadline},
        "progress": progress_of(campaign=campaign, annotator=request.user),
        "problem": problem,
        # Brought along for every pair alike, so that waiting times tell nothing.
        "ahead": _pairs_ahead(request, campaign, scheme, after=assignment.position, count=PAIRS_AHEAD),
        "pairs_ahead": PAIRS_AHEAD,
    }
    return render(request, "annotation/labelling/labelling.html", context, status=status)


def _pair_markup(request: PersonRequest, assignment: Assignment) -> str:
    context = _pair_context(request, assignment, _scheme(assignment))
    return render_to_string("annotation/labelling/_pair.html", context, request)


def _scheme(assignment: Assignment) -> Scheme:
    """Asked for only where there is one: an answer in a campaign with the usual labels costs no query more."""
    has_scheme = assignment.has_scheme  # type: ignore[attr-defined]  # of the query
    return shown_scheme(assignment.campaign) if has_scheme else plain_scheme(get_language())


def _pair_context(request: PersonRequest, assignment: Assignment, scheme: Scheme) -> dict[str, Any]:
    """Of a pair that may have an answer, or may have been skipped."""
    answer = queries.newest_annotation(assignment)
    skip = None if answer else queries.newest_skip(assignment)
    said = answer or skip
    finer = answer.finer if answer else None
    form = _form(
        scheme,
        chosen=answer.label if answer else "",
        chosen_finer=f"{finer.label}{FINER_SIGN}{finer.key}" if finer else "",
        finer_name=finer.name if finer else "",
        comment=said.comment if said else "",
        faulty=said.faulty if said else "",
        skipped=skip.reason if skip else "",
    )
    return {
        "pair": blind_pair(assignment),
        "submission": uuid.uuid4(),
        "is_done": said is not None,
        "unsure": answer.unsure if answer else False,
        "then": "answers" if request.GET.get("then") == "answers" else "",
        **form,
    }


def _form(scheme: Scheme, **said: str) -> dict[str, str]:
    """Markup of the labels and of the panels for skipping and commenting, with what was said of the pair."""
    context = {
        "scheme": scheme,
        "reasons": [(reason.value, gettext(reason.label)) for reason in SkipReason],
        "longest_comment": LONGEST_COMMENT,
        "captions": captions(),
        **said,
    }
    return {
        name: render_to_string(f"annotation/labelling/_answer_{name}.html", context) for name in ("labels", "panels")
    }


@lru_cache(maxsize=100)
def _unanswered_form(scheme: Scheme, language: str) -> dict[str, str]:
    """The same for every pair without an answer, and two thirds of the time that the markup of one takes."""
    return _form(scheme)


def _pairs_ahead(request: PersonRequest, campaign: Campaign, scheme: Scheme, *, after: int, count: int) -> list[str]:
    """Markup of the next `count` pairs behind position `after` that have no answer."""
    mine = visible_assignments(request.user, campaign)
    return [
        render_to_string(
            "annotation/labelling/_pair.html",
            {"pair": pair, "submission": uuid.uuid4(), **_unanswered_form(scheme, get_language())},
            request,
        )
        for pair in blind_pairs(queries.upcoming(mine, after=after)[:count])
    ]


def _next_address(request: PersonRequest, campaign: Campaign, *, after: int = 0) -> str:
    """Of the first pair behind position `after` without an answer, of one passed over, or of the closing page."""
    mine = visible_assignments(request.user, campaign)
    takes_answers = campaign.is_open and not has_ended_labelling(request.user, campaign)
    if takes_answers and (found := queries.upcoming(mine, after=after).first() or queries.upcoming(mine).first()):
        return found.get_absolute_url()
    return reverse("finished", args=[campaign.pk])


# --- After the last pair ----------------------------------------------------------------------


@in_reader_language
@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def finished(request: PersonRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Thanks, and room for reflections. Also what a campaign that takes no answers shows."""
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
    said = queries.counts_of_said(queries.with_newest(visible_assignments(request.user, campaign)))
    context = {
        "campaign": campaign_facts(campaign, request.user),
        "progress": progress_of(campaign=campaign, annotator=request.user),
        "skipped": said.get("skipped", 0),
        "unsure": said.get("unsure", 0),
        "form": form,
        "problem": problem,
        "just_reflected": "thanks" in request.GET,
    }
    return render(request, "annotation/labelling/finished.html", context, status=status)
