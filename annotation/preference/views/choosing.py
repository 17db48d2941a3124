"""The pages on which an expert makes choice after choice, and looks at those made.

Every choice has an address of its own, so the browser's Back works. As on the labelling page the next choices come
with it, an answer that the script sends is acknowledged with the one after those, and without the script a post
redirects to the next one. What is shown comes from `annotation.preference.visibility` alone.
"""

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from annotation.answers.actions import LONGEST_COMMENT
from annotation.models.preference import PreferenceChoice, PreferenceStudy
from annotation.preference import queries
from annotation.preference.actions import StudyClosedError, record_answer
from annotation.preference.forms import ChoosingForm
from annotation.preference.visibility import BlindChoice, blind_choices, visible_choices, visible_studies
from annotation.requests import PersonRequest, is_script, refuse_other_sender
from heritage.errors import UserError
from heritage.pages.languages import in_reader_language

CHOICES_PER_PAGE = 36
# Choices that wait in the browser behind the one being looked at, with their pictures.
CHOICES_AHEAD = 2


@login_required
@in_reader_language
@never_cache
@require_safe
def choose(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    """Go on where this expert stopped, on whatever device."""
    study = get_object_or_404(visible_studies(request.user), pk=study_id)
    return redirect(_next_address(request, study))


@login_required
@in_reader_language
@never_cache
@vary_on_headers("Accept")
@require_http_methods(["GET", "HEAD", "POST"])
def choice(request: PersonRequest, study_id: uuid.UUID, choice_id: uuid.UUID) -> HttpResponse:
    """Show one query's rows, or take which of them is best. The script gets markup of choices in JSON."""
    if refusal := refuse_other_sender(request):
        return refusal
    study = get_object_or_404(visible_studies(request.user), pk=study_id)
    found = get_object_or_404(visible_choices(request.user, study), pk=choice_id)
    if request.method == "POST":
        return _take_answer(request, study, found)
    if not study.is_open:
        return redirect("my-choices", study.pk)
    if is_script(request):
        return JsonResponse({"choices": _markup(request, [_context(request, found)])})
    return _render_page(request, study, found)


@login_required
@in_reader_language
@never_cache
@require_safe
def my_choices(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    """The choices made in one study, to look at again and to change. Also what follows the last one."""
    study = get_object_or_404(visible_studies(request.user), pk=study_id)
    return _render_my_choices(request, study)


def _take_answer(request: PersonRequest, study: PreferenceStudy, found: PreferenceChoice) -> HttpResponse:
    form = ChoosingForm(request.POST)
    try:
        if not form.is_valid():
            raise UserError(form.problem())
        record_answer(choice=found, annotator=request.user, **form.answer())
    except UserError as error:
        return _refuse(request, study, found, error)
    if is_script(request):
        return _acknowledge(request, study, found, form)
    if form.cleaned_data["then"] == "choices":
        return redirect(_listed_address(study, found))
    return redirect(_next_address(request, study, after=found.position))


def _acknowledge(
    request: PersonRequest, study: PreferenceStudy, found: PreferenceChoice, form: ChoosingForm
) -> JsonResponse:
    """The answer is stored. Also brings the choices that the browser has room for, behind the last one that it holds.

    `go` is where to continue once the browser has shown all that it holds.
    """
    if form.cleaned_data["then"] == "choices":
        return JsonResponse({"choices": [], "go": _listed_address(study, found)})
    wanted = min(CHOICES_AHEAD, form.cleaned_data["wanted"] or 0)
    if not wanted:
        return JsonResponse({"choices": [], "go": ""})
    ahead = _ahead(request, study, after=form.cleaned_data["held"] or found.position, count=wanted)
    go = "" if ahead else _next_address(request, study)
    return JsonResponse({"choices": _markup(request, _fresh(ahead)), "go": go})


def _refuse(request: PersonRequest, study: PreferenceStudy, found: PreferenceChoice, error: UserError) -> HttpResponse:
    """The sentence alone for the script, which shows it beside the rows; otherwise a page that carries it."""
    status = 409 if isinstance(error, StudyClosedError) else 400
    if is_script(request):
        return JsonResponse({"problem": str(error)}, status=status)
    if status == 409:
        return _render_my_choices(request, study, problem=str(error), status=status)
    return _render_page(request, study, found, problem=str(error), status=status)


# --- Choices as pages and as markup -----------------------------------------------------------


def _render_page(
    request: PersonRequest, study: PreferenceStudy, found: PreferenceChoice, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = _context(request, found) | {
        "study": {"id": study.pk, "name": study.name},
        "progress": queries.study_progress(visible_choices(request.user, study)),
        "problem": problem,
        # Brought along for every choice alike, so that waiting times tell nothing.
        "ahead": _markup(request, _fresh(_ahead(request, study, after=found.position, count=CHOICES_AHEAD))),
        "choices_ahead": CHOICES_AHEAD,
    }
    return render(request, "annotation/preference/choosing.html", context, status=status)


def _context(request: PersonRequest, found: PreferenceChoice) -> dict[str, Any]:
    """Of a choice that may have been made."""
    answer = queries.newest_answer(found)
    (fresh,) = _fresh(blind_choices(visible_choices(request.user, found.study).filter(pk=found.pk)))
    return fresh | {
        "is_done": answer is not None,
        "chosen": answer.row if answer else None,
        "comment": answer.comment if answer else "",
        "then": "choices" if request.GET.get("then") == "choices" else "",
    }


def _fresh(choices: list[BlindChoice]) -> list[dict[str, Any]]:
    return [{"choice": each, "longest_comment": LONGEST_COMMENT, "submission": uuid.uuid4()} for each in choices]


def _ahead(request: PersonRequest, study: PreferenceStudy, *, after: int, count: int) -> list[BlindChoice]:
    """The next `count` choices behind position `after` that have not been made."""
    waiting = visible_choices(request.user, study).unanswered().filter(position__gt=after)
    return blind_choices(waiting.order_by("position")[:count])


def _markup(request: PersonRequest, contexts: list[dict[str, Any]]) -> list[str]:
    return [render_to_string("annotation/preference/_choice.html", context, request) for context in contexts]


# --- The choices made -------------------------------------------------------------------------


def _render_my_choices(
    request: PersonRequest, study: PreferenceStudy, *, problem: str = "", status: int = 200
) -> HttpResponse:
    mine = visible_choices(request.user, study)
    made = mine.answered().order_by("position")
    number, around = request.GET.get("page"), request.GET.get("around", "")
    if number is None and around.isascii() and around.isdigit():
        number = str(1 + made.filter(position__lt=min(int(around), 1_000_000)).count() // CHOICES_PER_PAGE)
    page = Paginator(made, CHOICES_PER_PAGE).get_page(number)
    on_page = mine.filter(pk__in=[each.pk for each in page.object_list])
    answers = {answer.choice_id: answer for answer in queries.current_answers(on_page)}
    context = {
        "study": {"id": study.pk, "name": study.name, "is_open": study.is_open},
        "progress": queries.study_progress(mine),
        "page": page,
        "made": [_made(each, answers[each.choice_id]) for each in blind_choices(on_page.order_by("position"))],
        "problem": problem,
    }
    return render(request, "annotation/preference/my_choices.html", context, status=status)


def _made(choice: Any, answer: Any) -> dict[str, Any]:
    row = choice.rows[answer.row - 1] if answer.row else None
    return {"choice": choice, "row": row, "comment": answer.comment}


def _listed_address(study: PreferenceStudy, found: PreferenceChoice) -> str:
    """Where a choice is listed among those made."""
    query = urlencode({"around": found.position})
    return f"{reverse('my-choices', args=[study.pk])}?{query}#choice-{found.position}"


def _next_address(request: PersonRequest, study: PreferenceStudy, *, after: int = 0) -> str:
    """Of the first choice behind position `after` that has not been made, of one passed over, or of those made."""
    waiting = visible_choices(request.user, study).unanswered()
    if study.is_open and (found := waiting.after(after) or waiting.after(0)):
        return found.get_absolute_url()
    return reverse("my-choices", args=[study.pk])
