"""A lead's preference studies: list, making one, its result, closing and reopening, downloads."""

import uuid
from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.models.preference import PreferenceStudy
from annotation.preference import panels, queries, results
from annotation.preference.actions import close_study, delete_study, edit_study, reopen_study, study_answers
from annotation.preference.forms import StudyForm, StudyTextsForm
from annotation.preference.likely_queries import suggest_queries
from annotation.preference.visibility import may_see_result
from annotation.requests import PersonRequest
from heritage.access import lead_required
from heritage.audit.actions import audit_deletion
from heritage.errors import UserError
from heritage.jobs import start_job
from heritage.models import Collection
from heritage.pages.downloads import csv_download, file_name
from heritage.pages.fields import check_typed_name
from models_ml.models import EmbeddingModel, ImageVector

# How many models a new study's form has ticked.
LIKELY_MODELS = 3


@lead_required
@require_safe
def studies(request: PersonRequest) -> HttpResponse:
    context = {
        "rows": queries.studies_with_progress(),
        "can_compare": EmbeddingModel.objects.count() > 1 and Collection.objects.exists(),
    }
    return render(request, "annotation/preference/studies.html", context)


@lead_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_study(request: PersonRequest) -> HttpResponse:
    """The form. Its button "Draw other queries" draws them anew from the collections ticked and keeps the rest."""
    if "draw" in request.POST:
        return render(request, "annotation/preference/new_study.html", {"form": _with_other_queries(request)})
    form = StudyForm(request.POST, initial={"draw": 1}) if request.method == "POST" else StudyForm(initial=_likely())
    if form.is_valid():
        recipe = form.recipe()
        run = start_job(
            "create-preference-study",
            user=request.user,
            name=recipe.name.strip(),
            recipe=vars(recipe),
            created_by=request.user.pk,
        )
        return redirect(run)
    return render(request, "annotation/preference/new_study.html", {"form": form}, status=422 if form.is_bound else 200)


def _likely() -> dict[str, Any]:
    """What most leads will want: the newest models over all collections, with queries of what these hold."""
    collections = list(Collection.objects.all())
    has_vectors = Exists(ImageVector.objects.filter(model=OuterRef("pk")))
    newest = EmbeddingModel.objects.filter(has_vectors).order_by("-pk")[:LIKELY_MODELS]
    return {
        "models": [model.slug for model in newest],
        "collections": [collection.slug for collection in collections],
        "queries": "\n".join(suggest_queries(collections)),
        "draw": 1,
    }


def _with_other_queries(request: PersonRequest) -> StudyForm:
    """The form as it was sent, unchecked, with queries of the next draw."""
    several = ("models", "collections", "annotators")
    sent: dict[str, Any] = {name: request.POST.get(name) for name in StudyForm.base_fields}
    sent |= {name: request.POST.getlist(name) for name in several}
    draw = request.POST["draw"]
    seed = int(draw) if draw.isascii() and draw.isdigit() and len(draw) < 10 else 1
    chosen = (
        Collection.objects.filter(slug__in=sent["collections"]) if sent["collections"] else Collection.objects.all()
    )
    sent |= {"queries": "\n".join(suggest_queries(list(chosen), seed=seed)), "draw": seed + 1}
    return StudyForm(initial=sent)


@lead_required
@require_safe
@never_cache
def study(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    """The result; to somebody who may still choose in the study, only how far everyone is."""
    found = get_object_or_404(PreferenceStudy, pk=study_id)
    context: dict[str, Any] = {
        "study": found,
        "queries": [query.text for query in found.queries.all()],
        "progress": queries.study_progress(found.choices.all()),
        "experts": queries.experts_progress(found),
        "may_see_result": may_see_result(request.user, found),
    }
    if context["may_see_result"]:
        analysis = results.preference_analysis(found)
        context |= {
            "analysis": analysis,
            "panel": panels.wins_panel(analysis),
            "groupings": panels.win_groupings(analysis),
        }
    return render(request, "annotation/preference/study.html", context)


@lead_required
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def study_settings(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    """Name and instructions, and its end where nobody has chosen. `change` names the form that is sent."""
    found = get_object_or_404(PreferenceStudy, pk=study_id)
    name, change = found.name, request.POST.get("change", "")
    initial = {"name": name, "instructions": found.instructions}
    form = StudyTextsForm(request.POST if change == "texts" else None, initial=initial)
    problem = ""
    try:
        if change == "delete":
            check_typed_name(request, "study", name)
            delete_study(study=found)
            audit_deletion(request, f"study {name}")
            messages.success(request, f"{name} is deleted.")
            return redirect("preference-studies")
        if form.is_valid():
            edit_study(study=found, **form.cleaned_data)
            messages.success(request, "The changes are saved.")
            return redirect("preference-study-settings", found.pk)
    except UserError as error:
        if change == "delete":
            problem = str(error)
        else:
            form.add_error(None, str(error))
    choices = found.choices.count()
    context = {
        "study": found,
        "form": form,
        "answers": study_answers(found),
        "goes": f"Its {choices:,} choice{'s' * (choices != 1)} to make and what the models found go with it.",
        "problem": problem,
        "typed": request.POST.get("name", "") if problem else "",
    }
    return render(
        request, "annotation/preference/settings.html", context, status=422 if problem or form.errors else 200
    )


@lead_required
@require_POST
def set_study_state(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    """Close a study (`state=closed`) or open it again."""
    found = get_object_or_404(PreferenceStudy, pk=study_id)
    if request.POST.get("state") == "closed":
        close_study(study=found)
        messages.success(request, f"{found.name} is closed and takes no more answers.")
    else:
        reopen_study(study=found)
        messages.success(request, f"{found.name} is open again.")
    return redirect(found)


@lead_required
@require_safe
@never_cache
def download_answers(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    return _csv(request, study_id, "answers", results.answers_csv)


@lead_required
@require_safe
@never_cache
def download_wins(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    return _csv(request, study_id, "wins", lambda found: results.wins_csv(results.preference_analysis(found)))


@lead_required
@require_safe
@never_cache
def download_rankings(request: PersonRequest, study_id: uuid.UUID) -> HttpResponse:
    return _csv(request, study_id, "rankings", results.rankings_csv)


def _csv(
    request: PersonRequest,
    study_id: uuid.UUID,
    what: str,
    rows: Callable[[PreferenceStudy], Iterable[list[Any]]],
) -> HttpResponse:
    found = get_object_or_404(PreferenceStudy, pk=study_id)
    if not may_see_result(request.user, found):
        raise PermissionDenied("The result is shown once the study is closed.")
    return csv_download(file_name(found.name, what, ending="csv"), rows(found))
