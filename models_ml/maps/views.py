"""Pages of maps, for leads: the map itself, what its points stand for, and files of it."""

from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from heritage.access import lead_required
from heritage.catalogue.queries import record_page
from heritage.jobs import start_job
from heritage.models import Record
from heritage.pages.downloads import attachment, csv_download, file_name
from heritage.pages.keys import asked_key, is_key
from models_ml.maps.arrays import SIDE, for_browser
from models_ml.maps.drawing import map_svg
from models_ml.maps.kind import map_kind
from models_ml.maps.palette import OTHER, hex_pair
from models_ml.maps.queries import (
    COLUMNS,
    Colouring,
    ShownMap,
    cluster_records,
    cluster_table,
    colour_by_clusters,
    colour_by_collection,
    colour_by_disagreement,
    colour_by_term,
    is_stale,
    kept_map,
    map_in_hand,
    map_rows,
    points_for_browser,
    record_cards,
    shown_map,
)
from models_ml.models import EmbeddingModel, RecordMap

FILES = (("png", "PNG"), ("svg", "SVG"), ("csv", "CSV"), ("json", "JSON"))
CARDS_AT_ONCE = 100
# What points are coloured by beside another model's map: words, and the query that works it out.
OWN_COLOURS = {"collection": ("Collection", colour_by_collection), "term": ("Term", colour_by_term)}
OTHER_COLOURS = {"clusters": ("Clusters of", colour_by_clusters), "disagreement": ("Unlike", colour_by_disagreement)}


@require_safe
@lead_required
def map_page(request: HttpRequest, slug: str) -> HttpResponse:
    model, kind = get_object_or_404(EmbeddingModel, slug=slug), map_kind(request.GET)
    record_map = kept_map(model, kind)
    context: dict[str, Any] = {
        "model": model,
        "kind": kind,
        "map": record_map,
        "bases": RecordMap.By.choices,
        "job": map_in_hand(model, kind),
    }
    if record_map is not None:
        collections, clusters = cluster_table(record_map)
        context |= {
            "stale": is_stale(record_map),
            "collections": collections,
            "clusters": clusters,
            "loose": record_map.document["loose"],
            "simulated": any(collection.simulated for collection in collections),
            "others": _other_maps(record_map),
            "query": urlencode(kind.as_json()),
            "origin": f"Map of {model.slug}",
            "files": FILES,
        }
    return render(request, "models_ml/map.html", context)


@require_POST
@lead_required
def start_map(request: HttpRequest, slug: str) -> HttpResponse:
    model, kind = get_object_or_404(EmbeddingModel, slug=slug), map_kind(request.POST)
    return redirect(start_job("map", user=request.user, model=model.slug, **kind.as_json()))  # type: ignore[arg-type]


@require_safe
@lead_required
def map_points(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything that the browser needs to draw the map."""
    return _binary(points_for_browser(_asked_map(request, slug)))


@require_safe
@lead_required
def map_colours(request: HttpRequest, slug: str) -> HttpResponse:
    """The points' colours by another model's map."""
    shown = shown_map(_asked_map(request, slug))
    found = _colouring(request, shown)
    return _binary(for_browser({"legend": found.legend, "other": hex_pair(OTHER)}, [found.colours]))


@require_safe
@lead_required
def map_records(request: HttpRequest, slug: str) -> HttpResponse:
    """Names and thumbnails of the records in `keys`, numbers with commas between them."""
    return JsonResponse({"records": record_cards(_keys(request.GET.get("keys", ""), CARDS_AT_ONCE))})


@require_safe
@lead_required
def map_cluster(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The records of a cluster, page by page: the map for those who cannot see it."""
    record_map = _asked_map(request, slug)
    _, clusters = cluster_table(record_map)
    if not 1 <= number <= len(clusters):
        raise Http404("The map has no such cluster.")
    keys = cluster_records(record_map, number - 1)
    records = Record.objects.filter(withheld=False, pk__in=keys)
    page = record_page(records, after=asked_key(request, "after"), before=asked_key(request, "before"))
    return render(
        request,
        "models_ml/map_cluster.html",
        {
            "map": record_map,
            "cluster": clusters[number - 1],
            "keys": ",".join(map(str, keys)),
            "origin": f"Cluster {number} of the map of {slug}",
            "page": page,
            "has_pictures": any(record.pictures for record in page.records),  # type: ignore[attr-defined]
        },
    )


# --- Files -----------------------------------------------------------------------------------


@require_safe
@lead_required
def map_file(request: HttpRequest, slug: str, form: str) -> HttpResponse:
    """The map as svg, png, csv or json, with the colours that the address names."""
    record_map = _asked_map(request, slug)
    shown = shown_map(record_map)
    simulated = any(collection.simulated for collection in shown.collections)
    kind = map_kind(request.GET)
    name = file_name("map", slug, kind.by, "" if kind.centred else "house-style", ending=form, simulated=simulated)
    if form == "csv":
        return csv_download(name, [COLUMNS, *map_rows(shown)])
    if form == "json":
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in map_rows(shown)]
        about = {"model": slug, **kind.as_json(), "seed": record_map.seed, "made": record_map.created}
        response = JsonResponse({**about, "simulated": simulated, "records": rows})
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response
    drawn = _drawing(request, shown, simulated)
    if form == "svg":
        return attachment(name, "image/svg+xml", drawn)
    import vl_convert

    return attachment(name, "image/png", vl_convert.svg_to_png(drawn, scale=2))


def _drawing(request: HttpRequest, shown: ShownMap, simulated: bool) -> str:
    record_map = shown.record_map
    found = _colouring(request, shown)
    basis = record_map.get_by_display().lower()  # type: ignore[attr-defined]
    style = "without house style" if record_map.centred else "with house style"
    made = f"{len(shown.arrays.records):,} records by {basis}, {style}; {record_map.created:%-d %B %Y}"
    return map_svg(
        title=f"Map of {record_map.model.slug}{' (simulated records)' if simulated else ''}",
        note=f"{made}; {record_map.document['library']}. Near points are alike to the model; far ones say little.",
        places=shown.arrays.places,
        side=SIDE,
        colours=found.colours,
        legend=found.legend,
        other=OTHER[0],
        labels=[cluster for cluster in record_map.document["clusters"] if cluster["name"]],
    )


# --- What is asked for -----------------------------------------------------------------------


def _asked_map(request: HttpRequest, slug: str) -> RecordMap:
    found = kept_map(get_object_or_404(EmbeddingModel, slug=slug), map_kind(request.GET))
    if found is None:
        raise Http404("There is no such map yet.")
    return found


def _other_maps(record_map: RecordMap) -> list[RecordMap]:
    """Maps of other models, laid out by the same."""
    same = RecordMap.objects.filter(by=record_map.by, centred=record_map.centred).exclude(pk=record_map.pk)
    return list(same.select_related("model").order_by("model__slug"))


def _colouring(request: HttpRequest, shown: ShownMap) -> Colouring:
    asked = request.GET.get("colour", "collection")
    if asked in OWN_COLOURS:
        return OWN_COLOURS[asked][1](shown)
    other = next((each for each in _other_maps(shown.record_map) if each.model.slug == request.GET.get("other")), None)
    if asked not in OTHER_COLOURS or other is None:
        raise Http404("There is no such map to colour by.")
    return OTHER_COLOURS[asked][1](shown, other)


def _keys(text: str, most: int) -> list[int]:
    words = text.split(",") if text else []
    if len(words) > most or not all(map(is_key, words)):
        raise BadRequest(f"Give up to {most} keys of records, with commas between them.")
    return [int(word) for word in words]


def _binary(content: bytes) -> HttpResponse:
    return HttpResponse(
        content, content_type="application/octet-stream", headers={"Cache-Control": "private, no-cache"}
    )
