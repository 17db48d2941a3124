"""The search page, and what brings a picture to it. Annotators must not see what a model finds alike; visitors, where
PUBLIC_CATALOGUE admits them, search, but bring no pictures."""

from typing import Any
from urllib.parse import parse_qsl

from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from heritage.access import catalogue_reader_required, lead_required
from heritage.errors import UserError
from heritage.models import Record
from heritage.pages.fragments import page_or_fragment
from heritage.pages.lists import remember_list
from heritage.pictures.decoding import ImageError
from heritage.pictures.store import Size
from heritage.throttling import visitors_at_most
from models_ml.encoding.place import picture_store
from models_ml.search.facets import facets
from models_ml.search.finding import results, search, searchable_models, shown_picture
from models_ml.search.forms import PictureForm, SearchBoxForm
from models_ml.search.query_pictures import fetch_picture, is_kept, keep_picture
from models_ml.search.request import SearchRequest

RESULTS_PER_PAGE = 40
RESULTS_BESIDE = 24  # of each of two models
EDGES = (("left", "Left"), ("top", "Top"), ("width", "Width"), ("height", "Height"))


@require_safe
@catalogue_reader_required
@visitors_at_most(60, seconds=60, what="search")  # each may have a model read what it asks
def search_page(request: HttpRequest) -> HttpResponse:
    """Records of all collections by words, pictures or both; as a fragment, what was found."""
    form = SearchBoxForm(request.GET, user=request.user)
    context: dict[str, Any] = {"form": form, "picture_form": PictureForm()}
    if form.is_valid():
        context |= _answer(form.request(), request) | {"among": form.cleaned_data["among"]}
    return page_or_fragment(request, "models_ml/search/search.html", "models_ml/search/_results.html", context)


def _answer(asked: SearchRequest, request: HttpRequest) -> dict[str, Any]:
    models = searchable_models()
    context: dict[str, Any] = {"asked": asked, "models": models, "query_picture": _query_picture(asked)}
    if not asked.asks:
        return context
    model = next((each for each in models if each.slug == asked.model), models[0] if models else None)
    found = search(asked, model=model, user=request.user)
    remember_list(request, title=f"Search: {asked.words}" if asked.words else "Search", keys=found.keys)
    context |= {
        "found": found,
        "model": model,
        "facets": facets(asked, found.keys, user=request.user),
        "is_fused": not asked.by,
        "keys": ",".join(map(str, found.keys)),
        "origin": f"Search: {asked.words}" if asked.words else "Search",
        "feedback": Record.objects.filter(pk__in=[*asked.more, *asked.less]).in_bulk(),
    }
    beside = next((each for each in models if each.slug == asked.beside and each != model), None)
    if beside is None:
        page = Paginator(found.fused, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
        return context | {"page": page, "results": results(list(page))}
    other = search(asked, model=beside, user=request.user, beside=found)
    columns = [(found, other), (other, found)]
    return context | {
        "columns": [
            {"model": of.model, "results": results(of.fused[:RESULTS_BESIDE], not_in=against.keys[:RESULTS_BESIDE])}
            for of, against in columns
        ],
        "shown_of_each": RESULTS_BESIDE,
    }


def _query_picture(asked: SearchRequest) -> dict[str, Any] | None:
    """The picture that is searched with: where it is shown, and what it is called."""
    if asked.picture:
        if not is_kept(asked.picture):
            return None
        return {"url": reverse("query-picture", args=[asked.picture, "thumbnail"]), "name": "Your picture"}
    if asked.record is None:
        return None
    record = Record.objects.filter(pk=asked.record, withheld=False).first()
    if record is None:
        return None
    picture = shown_picture(record)
    shown = picture.thumbnail_url if picture is not None and not (picture.sensitive or record.sensitive) else ""
    return {"url": shown, "name": str(record), "record": record, "has_picture": picture is not None}


@require_POST
@lead_required
def bring_picture(request: HttpRequest) -> HttpResponse:
    """Keep a file or what an address gives, and search with it and with the words that were there already."""
    form = PictureForm(request.POST, request.FILES)
    asked = SearchBoxForm(request.GET, user=request.user)
    if form.is_valid():
        try:
            file, address = form.cleaned_data["file"], form.cleaned_data["address"]
            picture = keep_picture(file.read()) if file else fetch_picture(address)
        except UserError as error:
            subject = "This file" if isinstance(error, ImageError) else ""
            form.add_error("file" if file else "address", f"{subject} {error}.".strip().replace("..", "."))
        else:
            before = asked.request() if asked.is_valid() else SearchRequest()
            return redirect(f"{reverse('search')}?{before.query(picture=picture, record=None, box=None)}")
    context: dict[str, Any] = {"form": asked, "picture_form": form}
    if asked.is_valid():
        context |= {"asked": asked.request(), "models": searchable_models()}
    return render(request, "models_ml/search/search.html", context, status=422)


@require_safe
@catalogue_reader_required
def choose_part(request: HttpRequest) -> HttpResponse:
    """The picture that is searched with, large, to draw a box on."""
    form = SearchBoxForm(request.GET, user=request.user)
    if not form.is_valid() or not form.request().has_picture:
        return redirect("search")
    asked = form.request()
    if asked.picture:
        if not is_kept(asked.picture):
            raise Http404("This picture is not kept any more: bring it again.")
        url, is_sensitive = reverse("query-picture", args=[asked.picture, "display"]), False
    else:
        record = get_object_or_404(Record, pk=asked.record, withheld=False)
        picture = shown_picture(record)
        if picture is None:
            raise Http404("This record has no picture here.")
        url, is_sensitive = picture.display_url, picture.sensitive or record.sensitive
    context = {"asked": asked, "url": url, "is_sensitive": is_sensitive, "fields": _hidden(asked), "edges": EDGES}
    return render(request, "models_ml/search/part.html", context)


def _hidden(asked: SearchRequest) -> list[tuple[str, str]]:
    """The search's other parameters, as names and values."""
    return parse_qsl(asked.query(box=None))


@require_safe
@lead_required  # type: ignore[arg-type]  # a file
def query_picture(request: HttpRequest, content_hash: str, size: Size) -> HttpResponseBase:
    """One size of a picture that somebody searches with."""
    try:
        file = picture_store("queries").path(content_hash, size).open("rb")
    except OSError as error:
        raise Http404("This picture is not kept any more.") from error
    return FileResponse(
        file,
        content_type="image/webp",
        headers={"Cache-Control": "private, max-age=86400", "X-Content-Type-Options": "nosniff"},
    )
