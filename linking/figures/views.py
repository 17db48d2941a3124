"""Pages of figures and of single pairs, for leads only: they say what models find."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from heritage.access import lead_required
from heritage.pages.downloads import attachment, csv_download, file_name
from linking.figures.axes import asked_axis, axes, usual_figures
from linking.figures.queries import MOST_POINTS, compared_by, is_simulated, points_of, shown_pair, threshold_of
from linking.figures.scatter import most_different, scatter
from linking.kept_pairs import refuse_kept
from linking.models import CandidatePair, Sampling

LISTED = 20
FILES = (("png", "PNG"), ("svg", "SVG"), ("csv", "CSV"))


@require_safe
@lead_required
def sampling_figure(request: HttpRequest, pk: int) -> HttpResponse:
    """`?x=`, `?y=`: comparison and model of either axis."""
    sampling = get_object_or_404(Sampling, pk=pk)
    refuse_kept(request.user, sampling.pairs.all())  # type: ignore[arg-type]  # lead_required
    return render(request, "linking/figures/figure.html", _figure(request, sampling))


@require_safe
@lead_required
def sampling_figure_file(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The figure as svg, png or csv."""
    if form not in dict(FILES):
        raise Http404("A figure is a PNG, SVG or CSV file.")
    sampling = get_object_or_404(Sampling, pk=pk)
    refuse_kept(request.user, sampling.pairs.all())  # type: ignore[arg-type]  # lead_required
    context = _figure(request, sampling)
    name = file_name("figure", sampling.name, ending=form, simulated=context["simulated"])
    if form == "csv":
        heads = ("pair", "records", context["x"].value, context["y"].value, "similar_x", "similar_y")
        rows = ((each.pair, each.label, each.x, each.y, *map(int, each.similar)) for each in context["points"])
        return csv_download(name, [heads, *rows])
    drawn = render_to_string("linking/figures/_scatter.svg", context | {"is_file": True})
    if form == "svg":
        return attachment(name, "image/svg+xml", drawn)
    import vl_convert

    return attachment(name, "image/png", vl_convert.svg_to_png(drawn, scale=2))


@require_safe
@lead_required
def sampled_pair(request: HttpRequest, pk: int, pair_pk: int) -> HttpResponse:
    """One pair of a sampling: its records side by side, and how similar each model finds them."""
    pairs = CandidatePair.objects.select_related("sampling", "stratum")
    refuse_kept(request.user, CandidatePair.objects.filter(pk=pair_pk))  # type: ignore[arg-type]  # lead_required
    shown = shown_pair(get_object_or_404(pairs, pk=pair_pk, sampling=pk))
    context = {"shown": shown, "sampling": shown.pair.sampling, "models": shown.pair.sampling.model_slugs}
    return render(request, "linking/figures/pair.html", context)


def _figure(request: HttpRequest, sampling: Sampling) -> dict[str, Any]:
    comparisons, models = compared_by(sampling), sampling.model_slugs
    usual, known = usual_figures(comparisons, models), axes(comparisons, models)
    if not known:
        raise Http404("These pairs were imported without similarities, so there is nothing to draw.")
    x = asked_axis(request.GET.get("x", ""), known, usual[0].x)
    y = asked_axis(request.GET.get("y", ""), known, usual[0].y)
    points, missing = points_of(sampling, x, y)
    return {
        "sampling": sampling,
        "x": x,
        "y": y,
        "axes": known,
        "usual": usual,
        "points": points,
        "plot": scatter(points, x_threshold=threshold_of(sampling, x), y_threshold=threshold_of(sampling, y)),
        "missing": missing,
        "most": MOST_POINTS,
        "different": most_different(points, LISTED),
        "simulated": is_simulated(sampling),
        "query": urlencode({"x": x.value, "y": y.value}),
        "files": FILES,
    }
