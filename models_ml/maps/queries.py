"""What pages and downloads read of maps. What may not be shown any longer is left out at each look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.core.cache import cache
from django.db import connection

from heritage.catalogue.queries import for_cards
from heritage.jobs.queries import same_work_in_hand
from heritage.models import Collection, JobRun, Record
from models_ml.maps.actions import map_digests
from models_ml.maps.arrays import SIDE, MapArrays, for_browser, unpacked
from models_ml.maps.clusters import NONE
from models_ml.maps.disagreement import neighbours_not_shared
from models_ml.maps.kind import MapKind
from models_ml.maps.palette import COLOURS, OTHER, STEPS, hex_pair
from models_ml.models import EmbeddingModel, RecordMap

HELD_SECONDS = 60
NO_COLOUR = 255


@dataclass(frozen=True)
class ShownMap:
    """A map without what may not be shown. of: (n,) uint16, places in `collections`, those with most records first."""

    record_map: RecordMap
    arrays: MapArrays
    collections: list[Collection]
    of: np.ndarray


@dataclass(frozen=True)
class Colouring:
    """legend: a name for each colour, with the colour; colours: (n,) uint8 of records in the map's order, 255 for
    none of them."""

    legend: list[dict[str, Any]]
    colours: np.ndarray


@dataclass(frozen=True)
class ClusterRow:
    number: int
    name: str
    size: int
    terms: tuple[str, ...]
    counts: tuple[int, ...]  # in the order of the collections


def kept_map(model: EmbeddingModel, kind: MapKind) -> RecordMap | None:
    return RecordMap.objects.select_related("model").filter(model=model, by=kind.by, centred=kind.centred).first()


def map_in_hand(model: EmbeddingModel, kind: MapKind) -> JobRun | None:
    """The job that waits or works to make this map."""
    return same_work_in_hand("map", {"model": model.slug, **kind.as_json()})


def is_stale(record_map: RecordMap) -> bool:
    """Whether the vectors are others than those that it was laid out by. Found so or not, that holds for a minute."""
    key = f"map-stale-{record_map.pk}-{record_map.created.timestamp()}"
    found = cache.get(key)
    if found is None:
        kind = MapKind(record_map.by, "without" if record_map.centred else "with")  # type: ignore[arg-type]
        found = map_digests(record_map.model, kind) != record_map.document["digests"]
        cache.set(key, found, timeout=HELD_SECONDS)
    return bool(found)


def cluster_table(record_map: RecordMap) -> tuple[list[Collection], list[ClusterRow]]:
    """The collections on the map, and its clusters with how many records each has of them, as when it was made."""
    kept = record_map.document["clusters"]
    present = {int(key) for cluster in kept for key in cluster["collections"]}
    collections = list(Collection.objects.filter(pk__in=present))
    rows = [
        ClusterRow(
            number,
            cluster["name"] or f"Cluster {number + 1}",
            cluster["size"],
            tuple(cluster["terms"]),
            tuple(cluster["collections"].get(str(collection.pk), 0) for collection in collections),
        )
        for number, cluster in enumerate(kept)
    ]
    return collections, rows


def shown_map(record_map: RecordMap) -> ShownMap:
    kept = MapArrays(**unpacked(record_map.arrays))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, collection_id FROM heritage_record WHERE id = ANY(%s) AND NOT withheld ORDER BY id",
            [kept.records.tolist()],
        )
        found = np.array(cursor.fetchall(), np.int64).reshape(-1, 2)
    arrays = kept.take(np.searchsorted(kept.records, found[:, 0]))
    keys, of, counts = np.unique(found[:, 1], return_inverse=True, return_counts=True)
    order = np.lexsort((keys, -counts))
    rank = np.empty(len(keys), np.uint16)
    rank[order] = np.arange(len(keys))
    by_key = Collection.objects.in_bulk(keys.tolist())
    return ShownMap(record_map, arrays, [by_key[key] for key in keys[order].tolist()], rank[of])


def cluster_records(record_map: RecordMap, number: int) -> list[int]:
    """Keys of the cluster's records; none where it has no such cluster."""
    kept = MapArrays(**unpacked(record_map.arrays))
    found: list[int] = kept.records[kept.clusters == number].tolist() if number < NONE else []
    return found


# --- For the browser -------------------------------------------------------------------------


def points_for_browser(record_map: RecordMap) -> bytes:
    """See `models_ml.maps.arrays.for_browser`: keys uint32, places uint16, colours by collection and by term uint8."""
    shown = shown_map(record_map)
    by_collection, by_term = colour_by_collection(shown), colour_by_term(shown)
    header = {
        "records": len(shown.arrays.records),
        "side": SIDE,
        "clusters": [
            {"number": number, "name": cluster["name"], "x": cluster["x"], "y": cluster["y"], "size": cluster["size"]}
            for number, cluster in enumerate(record_map.document["clusters"])
            if cluster["name"]
        ],
        "other": hex_pair(OTHER),
        "collections": by_collection.legend,
        "terms": by_term.legend,
    }
    # A key of more than 32 bits would take a table of four thousand million records.
    keys = shown.arrays.records.astype(np.uint32)
    return for_browser(header, [keys, shown.arrays.places, by_collection.colours, by_term.colours])


def colour_by_collection(shown: ShownMap) -> Colouring:
    names = [collection.name for collection in shown.collections]
    return _coloured(shown.of, names)


def colour_by_term(shown: ShownMap) -> Colouring:
    return _coloured(shown.arrays.terms, shown.record_map.document["terms"])


def colour_by_clusters(shown: ShownMap, other: RecordMap) -> Colouring:
    """By which of the other model's largest clusters each record is in: whether they lie together here too."""
    theirs = MapArrays(**unpacked(other.arrays))
    _, here, there = np.intersect1d(shown.arrays.records, theirs.records, assume_unique=True, return_indices=True)
    of = np.full(len(shown.arrays.records), NONE, np.uint16)
    of[here] = theirs.clusters[there]
    names = [cluster["name"] or f"Cluster {number + 1}" for number, cluster in enumerate(other.document["clusters"])]
    return _coloured(of, names)


def colour_by_disagreement(shown: ShownMap, other: RecordMap) -> Colouring:
    """In steps, by the share of its nearest records that the two models do not share."""
    mine = unpacked(shown.record_map.arrays)["records"]
    unlike = neighbours_not_shared(
        mine,
        unpacked(shown.record_map.neighbours)["neighbours"],
        unpacked(other.arrays)["records"],
        unpacked(other.neighbours)["neighbours"],
    )[np.searchsorted(mine, shown.arrays.records)]
    steps = np.full(len(unlike), NO_COLOUR, np.uint8)
    known = np.isfinite(unlike)
    steps[known] = np.minimum(unlike[known] * len(STEPS), len(STEPS) - 1).astype(np.uint8)
    counts = np.bincount(steps, minlength=256)
    width = 100 // len(STEPS)
    legend = [
        {"name": f"{width * step} to {width * (step + 1)} % not shared", "count": int(counts[step]), **hex_pair(colour)}
        for step, colour in enumerate(STEPS)
    ]
    return Colouring(legend, steps)


def _coloured(of: np.ndarray, names: Sequence[str]) -> Colouring:
    """The first of `names` get a colour each."""
    colours = np.where(of < min(len(COLOURS), len(names)), of, NO_COLOUR).astype(np.uint8)
    counts = np.bincount(colours, minlength=256)
    legend = [
        {"name": name, "count": int(counts[number]), **hex_pair(colour)}
        for number, (name, colour) in enumerate(zip(names, COLOURS, strict=False))
    ]
    return Colouring(legend, colours)


def record_cards(keys: Sequence[int]) -> list[dict[str, Any]]:
    """What is shown of records when the pointer is on them; those that may not be shown are left out. A sensitive
    picture has no thumbnail."""
    records = for_cards(Record.objects.filter(withheld=False)).in_bulk(keys)
    cards = []
    for key in dict.fromkeys(keys):
        record = records.get(key)
        if record is None:
            continue
        first = record.pictures[0] if record.pictures else None  # type: ignore[attr-defined]
        cards.append(
            {
                "key": key,
                "name": str(record),
                "collection": record.collection.name,
                "record_id": record.record_id,
                "url": record.get_absolute_url(),
                "thumbnail": first.thumbnail_url if first and not first.sensitive else "",
                "sensitive": bool(first and first.sensitive),
            }
        )
    return cards


# --- Downloads -------------------------------------------------------------------------------

COLUMNS = ("collection", "record_id", "name", "x", "y", "cluster", "cluster_name")


def map_rows(shown: ShownMap) -> Iterator[tuple[Any, ...]]:
    """One row a record, of COLUMNS; x and y from 0 to 1, y downwards; a loose record has no cluster."""
    arrays = shown.arrays
    names = [cluster["name"] for cluster in shown.record_map.document["clusters"]]
    said = {
        pk: (record_id, name)
        for pk, record_id, name in Record.objects.filter(pk__in=arrays.records.tolist())
        .order_by()
        .values_list("pk", "record_id", "name")
    }
    slugs = [collection.slug for collection in shown.collections]
    rows = zip(
        arrays.records.tolist(), shown.of.tolist(), arrays.places.tolist(), arrays.clusters.tolist(), strict=True
    )
    for pk, of, (x, y), cluster in rows:
        if pk in said:
            loose = cluster == NONE
            number, named = ("", "") if loose else (cluster + 1, names[cluster])
            yield (slugs[of], *said[pk], round(x / SIDE, 5), round(y / SIDE, 5), number, named)
