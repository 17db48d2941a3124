"""Pages that read the catalogue: collections, their records, a record. For leads, and for visitors where
PUBLIC_CATALOGUE admits them.

Annotators see records only where they label them, or they could tell which a model finds alike.
"""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from heritage.access import catalogue_reader_required
from heritage.catalogue.forms import RecordFilterForm
from heritage.catalogue.queries import (
    collections_with_counts,
    image_counts,
    matching_records,
    record_for_reading,
    record_page,
)
from heritage.models import Collection, Record
from heritage.pages.fragments import page_or_fragment
from heritage.pages.keys import asked_key
from heritage.pages.lists import place_in_list


@require_safe
@catalogue_reader_required
def collections(request: HttpRequest) -> HttpResponse:
    return render(request, "heritage/collections.html", {"collections": collections_with_counts()})


@require_safe
@catalogue_reader_required
def collection(request: HttpRequest, slug: str) -> HttpResponse:
    """One collection's records, page by page; as a fragment, the records alone."""
    collection = get_object_or_404(Collection, slug=slug)
    form = RecordFilterForm(request.GET)
    criteria = form.cleaned_data if form.is_valid() else {"q": "", "images": ""}
    records = matching_records(words=criteria["q"], images=criteria["images"], collection=collection)
    page = record_page(records, after=asked_key(request, "after"), before=asked_key(request, "before"))
    context = {
        "collection": collection,
        "form": form,
        "page": page,
        "is_filtered": bool(criteria["q"] or criteria["images"]),
        "has_pictures": _have_pictures(page.records),
    }
    if not request.htmx:  # type: ignore[attr-defined]
        context["counts"] = image_counts(collection)
    return page_or_fragment(request, "heritage/collection.html", "heritage/_collection_records.html", context)


def _have_pictures(records: Sequence[Record]) -> bool:
    """Whether any of the records on a page has a picture here: without, words make a better page than empty stages."""
    return any(record.pictures for record in records)  # type: ignore[attr-defined]


@require_safe
@catalogue_reader_required
def record(request: HttpRequest, pk: int) -> HttpResponse:
    """One record with all that the museum says of it; as a fragment, its pictures with another one in front."""
    record = record_for_reading(pk)
    if record is None or (record.withheld and not request.user.is_authenticated):
        raise Http404("There is no such record.")
    images = [] if record.withheld else list(record.images.all())
    pictures = [image for image in images if image.is_here]
    chosen = (asked_key(request, "picture") or 1) - 1
    context = {
        "record": record,
        "pictures": pictures,
        "shown": pictures[min(chosen, len(pictures) - 1)] if pictures else None,
        "missing": [image for image in images if not image.is_here],
        "in_list": place_in_list(request, pk),
    }
    return page_or_fragment(request, "heritage/record.html", "heritage/_record_pictures.html", context)
