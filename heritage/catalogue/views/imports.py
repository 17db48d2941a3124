"""Pages that bring records and pictures into the catalogue, as jobs. For leads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from heritage.access import lead_required
from heritage.catalogue.forms import NewCollectionForm, RecordFileForm
from heritage.catalogue.uploads import save_upload
from heritage.jobs import start_job
from heritage.models import Collection


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def new_collection(request: HttpRequest) -> HttpResponse:
    """A form for a collection and the file of its first records."""
    form = NewCollectionForm(request.POST or None, request.FILES or None)
    return _import_page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@lead_required
def import_into_collection(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for a file of new or changed records of a collection that is there."""
    collection = get_object_or_404(Collection, slug=slug)
    form = RecordFileForm(request.POST or None, request.FILES or None)
    return _import_page(request, form, collection)


def _import_page(request: HttpRequest, form: RecordFileForm, collection: Collection | None = None) -> HttpResponse:
    if form.is_valid():
        values = form.cleaned_data
        run = start_job(
            "import-records",
            user=request.user,  # type: ignore[arg-type]
            collection=collection.slug if collection else values["slug"],
            name="" if collection else values["name"],
            language="" if collection else values["language"],
            format=values["format"],
            upload=save_upload(values["file"]),
            original_name=values["file"].name,
        )
        return redirect(run)
    status = 422 if form.is_bound else 200
    return render(request, "heritage/import.html", {"form": form, "collection": collection}, status=status)


@require_POST
@lead_required
def fetch_pictures(request: HttpRequest, slug: str) -> HttpResponse:
    """Start downloading a collection's missing pictures; with `retry_failed`, refused ones as well."""
    collection = get_object_or_404(Collection, slug=slug)
    run = start_job(
        "fetch-images",
        user=request.user,  # type: ignore[arg-type]
        collection=collection.slug,
        retry_failed=bool(request.POST.get("retry_failed")),
    )
    return redirect(run)
