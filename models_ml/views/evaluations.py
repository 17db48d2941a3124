"""Pages about how good models are, for leads: the evaluations, starting one, and what one of them found."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from heritage.access import lead_required
from heritage.jobs import start_job
from heritage.models import Collection
from heritage.pages.downloads import attachment, file_name
from heritage.pages.sorting import sorted_query
from heritage.pages.tables import render as render_table
from models_ml.evaluation.kinds import evaluation_kind, evaluation_kinds, restored_settings
from models_ml.forms import EvaluationForm, SearchForm, ZeroShotForm
from models_ml.models import Evaluation
from models_ml.queries import evaluation_rows

EVALUATIONS_PER_PAGE = 50
COLUMNS = {"evaluation": "kind", "records": "records", "date": "created"}


@dataclass(frozen=True)
class Download:
    form: str
    name: str
    content_type: str


# By what stands after the last dot of the address.
DOWNLOADS = {
    "csv": Download("csv", "CSV", "text/csv"),
    "md": Download("markdown", "Markdown", "text/markdown"),
    "tex": Download("latex", "LaTeX", "application/x-tex"),
}


@require_safe
@lead_required
def evaluation_list(request: HttpRequest) -> HttpResponse:
    evaluations, sorting = sorted_query(evaluation_rows(), COLUMNS, request)
    page = Paginator(evaluations, EVALUATIONS_PER_PAGE).get_page(request.GET.get("page"))
    about = [evaluation_kind(each.kind).about(each.settings) for each in page]  # type: ignore[attr-defined]
    context = {
        "page": page,
        "rows": zip(page, about, strict=True),
        "sorting": sorting,
        "kinds": evaluation_kinds(),
        "has_collections": Collection.objects.exists(),
    }
    return render(request, "models_ml/evaluations.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_zero_shot(request: HttpRequest) -> HttpResponse:
    return start_from_form(request, ZeroShotForm(request.POST or None), "models_ml/new_zero_shot.html")


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_search(request: HttpRequest) -> HttpResponse:
    return start_from_form(request, SearchForm(request.POST or None), "models_ml/new_search.html")


def start_from_form(request: HttpRequest, form: EvaluationForm, template: str) -> HttpResponse:
    """The page of an evaluation's form; sent in and valid, it starts the job."""
    if request.method == "POST" and form.is_valid():
        settings = form.settings()
        options = settings.as_json()
        run = start_job(
            "evaluate",
            user=request.user,  # type: ignore[arg-type]  # lead_required
            evaluation=settings.kind,
            models=options.pop("models"),
            options=options,
            created_by=request.user.pk,
        )
        return redirect(run)
    return render(request, template, {"form": form}, status=422 if form.errors else 200)


@require_safe
@lead_required
def evaluation_page(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = get_object_or_404(Evaluation.objects.select_related("created_by"), pk=pk)
    document, kind = evaluation.document, evaluation_kind(evaluation.kind)
    changed = [
        model.slug
        for model in evaluation.evaluated.all()
        if model.fingerprint != document["fingerprints"].get(model.slug)
    ]
    return render(
        request,
        "models_ml/evaluation.html",
        {
            "evaluation": evaluation,
            "document": document,
            "heading": kind.heading(document["settings"]),
            "findings": kind.findings(document),
            "caveats": [*filter(None, [document.get("mixture")]), *kind.caveats(document), *kind.notes(document)],
            "changed": changed,
            "panels": kind.panels(document),
            "tables": kind.tables(document),
            "downloads": DOWNLOADS,
            "command": restored_settings(evaluation.kind, document["settings"]).command(),
        },
    )


@require_safe
@lead_required
def evaluation_table(request: HttpRequest, pk: int, table: str, form: str) -> HttpResponse:
    """One table as a file."""
    evaluation = get_object_or_404(Evaluation, pk=pk)
    tables = {each.name: each for each in evaluation_kind(evaluation.kind).tables(evaluation.document)}
    if table not in tables or form not in DOWNLOADS:
        raise Http404("There is no such table.")
    wanted = DOWNLOADS[form]
    name = file_name(evaluation.kind, str(pk), table, ending=form)
    return attachment(name, f"{wanted.content_type}; charset=utf-8", render_table(tables[table], wanted.form))
