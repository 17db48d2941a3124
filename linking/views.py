"""Pages about pairs, for leads only: the samplings, starting one, and what one of them drew."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from heritage.access import lead_required
from heritage.jobs import start_job
from heritage.models import Collection
from linking.forms import SamplingForm
from linking.models import Sampling
from linking.queries import comparison_parts, recipe_of, samplings_with_counts

SAMPLINGS_PER_PAGE = 50


@require_safe
@lead_required
def sampling_list(request: HttpRequest) -> HttpResponse:
    page = Paginator(samplings_with_counts(), SAMPLINGS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "linking/samplings.html", {"page": page, "can_compare": Collection.objects.count() > 1})


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_sampling(request: HttpRequest) -> HttpResponse:
    """`?from=` a sampling's number fills the form in with its recipe."""
    form = SamplingForm(request.POST or None, initial=_initial(request.GET.get("from", "")))
    if request.method == "POST" and form.is_valid():
        run = start_job(
            "sample-pairs",
            user=request.user,  # type: ignore[arg-type]  # lead_required
            name=form.cleaned_data["name"].strip(),
            recipe=form.recipe().as_json(),
            created_by=request.user.pk,
        )
        return redirect(run)
    return render(request, "linking/new_sampling.html", {"form": form}, status=422 if form.errors else 200)


def _initial(pk: str) -> dict[str, object]:
    sampling = Sampling.objects.filter(pk=int(pk)).first() if pk.isascii() and pk.isdigit() else None
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
