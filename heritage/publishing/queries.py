"""What programs read of the catalogue. Each function costs a fixed number of queries, however much there is.

Nothing here gives out a record or picture that may not be shown.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from heritage.catalogue.queries import IMAGES_HERE, for_cards, get_collections, matching_records, search_records
from heritage.models import Collection, Image, Record
from heritage.models.catalogue import Rights
from heritage.pictures.licences import licence_matches

from .published import PublishedCollection, PublishedPicture, PublishedRecord, PublishedRights

UNKNOWN_SIDE = 1000  # pixels, of a picture that was stored without its size
# A path of this site with its host in front.
Absolute = Callable[[str], str]


def published_collections(absolute: Absolute) -> list[PublishedCollection]:
    """All collections, with the records and pictures that may be shown counted. One query."""

    def counted(rows: QuerySet[Record] | QuerySet[Image], path: str) -> Coalesce:
        per_collection = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(count=Count("pk"))
        return Coalesce(Subquery(per_collection.values("count")), 0)

    collections = Collection.objects.annotate(
        shown_records=counted(Record.objects.filter(withheld=False), "collection"),
        shown_pictures=counted(IMAGES_HERE, "record__collection"),
    )
    return [
        PublishedCollection(
            slug=collection.slug,
            name=collection.name,
            language=collection.language,
            simulated=collection.simulated,
            page=absolute(collection.get_absolute_url()),
            records=collection.shown_records,
            pictures=collection.shown_pictures,
        )
        for collection in collections
    ]


def records_to_publish(
    *,
    collection: str = "",
    q: str = "",
    picture: str = "",
    licence: str = "",
    modified_since: datetime | None = None,
) -> QuerySet[Record]:
    """Records with what `published` reads of them, in no order yet.

    `picture` is "with" or "without" one here, or ""; `licence` a name or address of one that the record's texts or
    one of its pictures are under. Raises UserError for a collection that is not there.
    """
    of_collection = get_collections([collection])[0] if collection else None
    records = matching_records(words=q, collection=of_collection, images=picture)
    if licence:
        same = _licences_that_match(licence)
        pictures = IMAGES_HERE.filter(record=OuterRef("pk"), licence__in=same)
        records = records.filter(Q(licence__in=same) | Exists(pictures))
    if modified_since is not None:
        records = records.filter(updated__gte=modified_since)
    return for_cards(records)


def _licences_that_match(wanted: str) -> list[str]:
    """Museums write a licence as its address, code or name: all that they wrote for the one that is `wanted`."""
    of_records = Record.objects.exclude(licence="").order_by().values_list("licence")
    of_pictures = Image.objects.exclude(licence="").order_by().values_list("licence")
    return [licence for (licence,) in of_records.union(of_pictures) if licence_matches(wanted, licence)]


def find_records(words: str, *, collection: Collection | None = None) -> QuerySet[Record]:
    """Records of one collection, or of all, that `words` are about, the best first, with what `published` reads.

    The one place where programs' searches meet the catalogue's: REST and reconciliation both ask here.
    """
    return search_records(words, collection=collection)


def record_to_publish(pk: int) -> Record | None:
    """One record with what `published` reads of it; None where there is none, or none that may be shown."""
    return for_cards(Record.objects.filter(pk=pk, withheld=False)).first()


def records_with_numbers(numbers: Sequence[str]) -> QuerySet[Record]:
    """Those of the records with these numbers that may be shown, with what `published` reads; decimal digits each."""
    keys = [int(number) for number in numbers if len(number) < 19]
    return for_cards(Record.objects.filter(pk__in=keys, withheld=False))


def pair_to_publish(one: int, other: int) -> tuple[Record, Record] | None:
    """Two records with what `published` reads of them; None where one of them is not there or may not be shown."""
    found = {record.pk: record for record in for_cards(Record.objects.filter(pk__in=[one, other], withheld=False))}
    return (found[one], found[other]) if {one, other} <= found.keys() else None


def published(record: Record, absolute: Absolute) -> PublishedRecord:
    """A record that came with its collection and `pictures`, as plain data. No query."""
    collection = record.collection
    return PublishedRecord(
        id=record.pk,
        record_id=record.record_id,
        collection=collection.slug,
        collection_name=collection.name,
        collection_language=collection.language,
        collection_page=absolute(collection.get_absolute_url()),
        simulated=collection.simulated,
        name=record.name,
        name_language=record.name_language,
        description=record.description,
        description_language=record.description_language,
        taxonomy=record.taxonomy,
        accession=record.accession,
        kind=record.kind,
        museum_page=record.page if record.page.startswith(("https://", "http://")) else "",
        sensitive=record.sensitive,
        rights=_rights(record),
        updated=record.updated,
        page=absolute(record.get_absolute_url()),
        manifest=absolute(reverse("record-manifest", args=[record.pk])),
        linked_art=absolute(reverse("record-linked-art", args=[record.pk])),
        pictures=[_picture(image, absolute) for image in record.pictures],  # type: ignore[attr-defined]
    )


def _rights(row: Rights) -> PublishedRights:
    return PublishedRights(licence=row.licence, credit=row.credit, statement=row.statement)


def _picture(image: Image, absolute: Absolute) -> PublishedPicture:
    return PublishedPicture(
        image=absolute(image.display_url),
        thumbnail=absolute(image.thumbnail_url),
        width=image.width or UNKNOWN_SIDE,
        height=image.height or UNKNOWN_SIDE,
        view=image.view,
        service=image.service,
        sensitive=image.sensitive,
        rights=_rights(image),
    )
