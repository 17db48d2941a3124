"""Charts of a campaign's result as files, for those who may see its page."""

from collections.abc import Callable

from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from annotation.access import campaign_lead_required
from annotation.models import Campaign
from annotation.requests import PersonRequest
from annotation.results.actions import require_opened
from annotation.results.charts.theme import Mode
from annotation.results.drawings import campaign_chart, drawings, drawn_png, drawn_svg
from heritage.pages.downloads import attachment
from heritage.pages.tables import render as render_table
from heritage.pages.tables import table_of

from .downloads import result_file_name

IMAGES: dict[str, tuple[str, Callable[..., str | bytes]]] = {
    "svg": ("image/svg+xml", drawn_svg),
    "png": ("image/png", drawn_png),
}


@campaign_lead_required
@require_safe
@never_cache
def chart_file(request: PersonRequest, found: Campaign, chart: str, form: str) -> HttpResponse:
    """One chart as SVG or PNG (`?mode=dark` for dark grounds), its figures in full as CSV, or for the page's script
    as Vega-Lite ("json")."""
    require_opened(found, request.user)
    wanted = campaign_chart(found, chart)
    if wanted is None:
        raise Http404("There is no such chart.")
    if form == "json":
        return JsonResponse(drawings(found, [wanted])[chart].specification)
    if form == "csv":
        text = render_table(table_of(chart, wanted.title, (), wanted.rows), "csv")
        return attachment(result_file_name(found, chart), content=text)
    if form not in IMAGES:
        raise Http404("There is no such file of a chart.")
    content_type, draw = IMAGES[form]
    mode: Mode = "dark" if request.GET.get("mode") == "dark" else "light"
    image = draw(drawings(found, [wanted])[chart], wanted, notes=[found.name], mode=mode)
    return attachment(result_file_name(found, chart, form), content_type, image)
