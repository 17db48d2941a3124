"""Pages about pairs, for leads only: the samplings, looking before drawing, starting one, and what one drew."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage.access import lead_required
from heritage.audit.actions import audit_deletion
from heritage.errors import UserError
from heritage.jobs import start_job
from heritage.models import Collection, RecordSet
from heritage.pages.fields import check_typed_name
from heritage.pages.sorting import sorted_query
from linking.actions import delete_survey
from linking.forms import DrawForm, SamplingForm, SamplingNameForm
from linking.keeping import delete_sampling, dependents, rename_sampling
from linking.models import Sampling
from linking.provenance import changes_since
from linking.queries import comparison_parts, recipe_of, samplings_with_counts, surveyed_sizes, surveys
from linking.sampling.recipe import SamplingRecipe

SAMPLINGS_PER_PAGE = 50
SAMPLING_COLUMNS: dict[str, str | Combinable] = {"name": Lower("name"), "pairs": "pair_count", "drawn": "created"}


@require_safe
@lead_required
def sampling_list(request: HttpRequest) -> HttpResponse:
    samplings, sorting = sorted_query(samplings_with_counts(), SAMPLING_COLUMNS, request)
    page = Paginator(samplings, SAMPLINGS_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "sorting": sorting, "surveys": surveys(), "can_compare": Collection.objects.count() > 1}
    return render(request, "linking/samplings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_sampling(request: HttpRequest) -> HttpResponse:
    """`?from=` fills the form in with the recipe of a sampling or survey by its number, `?among=` with a set's slug."""
    form = SamplingForm(request.POST or None, initial=_initial(request.GET))
    if request.method == "POST" and form.is_valid():
        if not form.is_survey:
            return _start_sampling(request, form.cleaned_data["name"], form.recipe())
        run = start_job(
            "survey-pairs",
            user=request.user,  # type: ignore[arg-type]  # lead_required
            recipe=form.recipe().as_json(),
            created_by=request.user.pk,
        )
        return redirect(run)
    return render(request, "linking/new_sampling.html", {"form": form}, status=422 if form.errors else 200)


def _start_sampling(request: HttpRequest, name: str, recipe: SamplingRecipe) -> HttpResponse:
    run = start_job(
        "sample-pairs",
        user=request.user,  # type: ignore[arg-type]  # lead_required
        name=name.strip(),
        recipe=recipe.as_json(),
        created_by=request.user.pk,
    )
    return redirect(run)


def _initial(asked: QueryDict) -> dict[str, object]:
    pk = asked.get("from", "")
    kept = RecordSet.objects.defer("records").filter(slug=asked.get("among", "")).first()
    if kept is not None:
        return SamplingForm.among_set(kept)
    sampling = Sampling.with_surveys.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() else None
    recipe = recipe_of(sampling) if sampling else None
    return SamplingForm.repeating(recipe) if recipe else SamplingForm.likely()


@require_safe
@lead_required
def sampling_page(request: HttpRequest, pk: int) -> HttpResponse:
    sampling = get_object_or_404(samplings_with_counts(), pk=pk)
    recipe = recipe_of(sampling)
    return render(
        request,
        "linking/sampling.html",
        {
            "sampling": sampling,
            "recipe": recipe,
            "command": recipe.command(f"{sampling.name} again") if recipe else "",
            "models": sampling.model_slugs,
            "parts": comparison_parts(sampling),
        },
    )


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def survey_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a recipe would find, and the form that draws from it."""
    survey = get_object_or_404(surveys(), pk=pk)
    recipe = recipe_of(survey)
    assert recipe is not None  # noqa: S101 - only samplings are imported
    form = DrawForm(request.POST or None, recipe=recipe, sizes=surveyed_sizes(survey))
    if request.method == "POST" and form.is_valid():
        return _start_sampling(request, form.cleaned_data["name"], form.recipe())
    return render(
        request,
        "linking/survey.html",
        {
            "survey": survey,
            "recipe": recipe,
            "form": form,
            "models": survey.model_slugs,
            "parts": comparison_parts(survey),
        },
        status=422 if form.errors else 200,
    )


@require_safe
@lead_required
def changes(request: HttpRequest, pk: int) -> HttpResponse:
    """Fragment: what has changed since pairs were drawn. It reads all vectors' keys, so pages load it afterwards."""
    sampling = get_object_or_404(Sampling.with_surveys, pk=pk)
    return render(request, "linking/_changes.html", {"changes": changes_since(sampling)})


@require_POST
@lead_required
def discard_survey(request: HttpRequest, pk: int) -> HttpResponse:
    survey = get_object_or_404(surveys(), pk=pk)
    delete_survey(survey=survey)
    audit_deletion(request, f"survey {pk}")
    return redirect("samplings")


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def sampling_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name, and its end where nothing depends on it. `change` names the form that is sent."""
    sampling = get_object_or_404(samplings_with_counts(), pk=pk)
    name, change = sampling.name, request.POST.get("change", "")
    form = SamplingNameForm(request.POST if change == "name" else None, initial={"name": name})
    problem = ""
    try:
        if change == "delete":
            check_typed_name(request, "sampling", name)
            delete_sampling(sampling=sampling)
            audit_deletion(request, f"sampling {name}")
            messages.success(request, f"{name} is deleted.")
            return redirect("samplings")
        if form.is_valid():
            rename_sampling(sampling=sampling, name=form.cleaned_data["name"])
            messages.success(request, "The changes are saved.")
            return redirect("sampling-settings", pk)
    except UserError as error:
        if change == "delete":
            problem = str(error)
        else:
            form.add_error("name", str(error))
    count = sampling.pair_count  # type: ignore[attr-defined]  # samplings_with_counts
    context = {
        "sampling": sampling,
        "form": form,
        "dependents": dependents(sampling),
        "goes": f"Its {count:,} pair{'s' * (count != 1)} and what is known of its strata go with it.",
        "problem": problem,
        "typed": request.POST.get("name", "") if problem else "",
    }
    return render(request, "linking/settings.html", context, status=422 if problem or form.errors else 200)
