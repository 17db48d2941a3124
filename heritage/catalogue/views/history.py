"""Pages of a collection's imports: what each did, and which rows did not go in. For leads."""

from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from heritage.access import lead_required
from heritage.catalogue.history import problem_groups
from heritage.catalogue.importing.changes import changed_records
from heritage.models import Collection, Import
from heritage.pages.downloads import csv_download, file_name
from heritage.pages.sorting import sorted_query

IMPORTS_PER_PAGE = 50
COLUMNS: dict[str, str | Combinable] = {
    "started": "created",
    "by": Lower("started_by__username"),
    "created": "count_created",
    "updated": "count_updated",
    "left-out": "count_rejected",
}
ROW_COLUMNS = ("file", "line", "field", "record_id", "reason")


@require_safe
@lead_required
def imports(request: HttpRequest, slug: str) -> HttpResponse:
    """All imports into a collection, the last first."""
    collection = get_object_or_404(Collection, slug=slug)
    # Of the results only these figures: each may list thousands of rows.
    figures = {f"count_{name}": F(f"result__{name}") for name in ("created", "updated", "rejected")}
    imports = collection.imports.select_related("started_by").defer("mapping", "result").annotate(**figures)
    rows, sorting = sorted_query(imports, COLUMNS, request)
    page = Paginator(rows, IMPORTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "heritage/imports.html", {"collection": collection, "page": page, "sorting": sorting})


@require_safe
@lead_required
def import_page(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What one import did, which rows did not go in and why, and what comes next."""
    imported = _import(slug, pk)
    problems = imported.result.get("problems", [])
    context = {
        "import": imported,
        "collection": imported.collection,
        "result": imported.result,
        "groups": problem_groups(problems),
        "kept_problems": len(problems),
        "changed": changed_records(imported),
    }
    return render(request, "heritage/import_page.html", context)


@require_safe
@lead_required
def rows_left(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """The rows that did not go in, as a CSV file to mend them by."""
    imported = _import(slug, pk)
    problems = imported.result.get("problems", [])
    rows = [[problem.get(column, "") for column in ROW_COLUMNS] for problem in problems]
    name = file_name(slug, f"import-{pk}", "rows-left", ending="csv", simulated=imported.collection.simulated)
    return csv_download(name, [ROW_COLUMNS, *rows])


def _import(slug: str, pk: int) -> Import:
    return get_object_or_404(Import.objects.select_related("collection", "started_by"), pk=pk, collection__slug=slug)
