"""The page that starts an evaluation of links, for leads. What it found is shown with all evaluations."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from heritage.access import lead_required
from models_ml.views.evaluations import start_from_form

from .forms import LinksForm


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_links_evaluation(request: HttpRequest) -> HttpResponse:
    form = LinksForm(request.POST or None, request.FILES or None)
    return start_from_form(request, form, "linking/new_links_evaluation.html")
