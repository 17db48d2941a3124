"""Pages of sets of records, for leads."""

from django.contrib import messages
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from heritage.access import lead_required
from heritage.audit.actions import audit_deletion
from heritage.catalogue.queries import record_page
from heritage.errors import UserError
from heritage.models import RecordSet
from heritage.pages.keys import asked_key
from heritage.pages.sorting import sorted_query
from heritage.sets.actions import keep_set, remove_set
from heritage.sets.forms import KeepSetForm
from heritage.sets.queries import records_of, sets_with_counts

COLUMNS: dict[str, str | Combinable] = {
    "set": Lower("name"),
    "records": "count",
    "origin": Lower("origin"),
    "by": Lower("made_by__username"),
    "kept": "created",
}


@require_safe
@lead_required
def record_sets(request: HttpRequest) -> HttpResponse:
    sets, sorting = sorted_query(sets_with_counts(), COLUMNS, request)
    return render(request, "heritage/sets/sets.html", {"sets": sets, "sorting": sorting})


@require_POST
@lead_required
def keep_record_set(request: HttpRequest) -> HttpResponse:
    """Keep the records that a map, a cluster or a search hands over; asks again where the name cannot be used."""
    form = KeepSetForm(request.POST)
    if form.is_valid():
        try:
            kept = keep_set(**form.cleaned_data, user=request.user)  # type: ignore[arg-type]  # an account
        except UserError as error:
            form.add_error("name", str(error))
        else:
            return redirect(kept)
    count = len(form.cleaned_data.get("keys", ())) if hasattr(form, "cleaned_data") else 0
    return render(request, "heritage/sets/keep.html", {"form": form, "count": count}, status=422)


@require_safe
@lead_required
def record_set(request: HttpRequest, slug: str) -> HttpResponse:
    """The set's records, page by page, and what can be done with them."""
    kept = get_object_or_404(sets_with_counts(), slug=slug)
    records = records_of(kept)
    page = record_page(records, after=asked_key(request, "after"), before=asked_key(request, "before"))
    return render(
        request,
        "heritage/sets/set.html",
        {
            "set": kept,
            "page": page,
            "gone": kept.count - page.count,  # type: ignore[attr-defined]
            "has_pictures": any(record.pictures for record in page.records),  # type: ignore[attr-defined]
        },
    )


@require_http_methods(("GET", "HEAD", "POST"))
@lead_required
def remove_record_set(request: HttpRequest, slug: str) -> HttpResponse:
    """Asks first; sent, the set goes and its records stay."""
    kept = get_object_or_404(RecordSet.objects.defer("records"), slug=slug)
    if request.method == "POST":
        remove_set(kept.slug)
        audit_deletion(request, f"set {kept.slug}")
        messages.success(request, f"The set {kept.name} is removed. Its records are all still there.")
        return redirect("record-sets")
    return render(request, "heritage/sets/remove.html", {"set": kept})
