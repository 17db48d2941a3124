"""What the catalogue's pages read. Each function costs a fixed number of queries, however much there is."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length

from heritage.catalogue.words.condition import ReadWords, read_words
from heritage.errors import UserError
from heritage.models import Collection, Image, Record

PAGE_RECORDS = 48
COVER_IMAGES = 4
# Beyond this nobody reads on; people add a word.
MOST_FOUND = 1000

# Pictures in the store that may be shown, in their records' order. What shows pictures reads these, or what
# `annotation.visibility` writes out: nothing else decides which may be seen.
IMAGES_HERE = Image.objects.filter(withheld=False, record__withheld=False).exclude(content_hash="").order_by("position")


def get_collections(slugs: Sequence[str] | None = None) -> list[Collection]:
    """The collections of those slugs, in that order; all of them without slugs.

    Raises UserError that lists the known ones, or that says there are none.
    """
    known = {collection.slug: collection for collection in Collection.objects.all()}
    if not known:
        raise UserError("There are no collections yet: import one with import_records first.")
    for slug in slugs or ():
        if slug not in known:
            raise UserError(f"No collection is called {slug!r}. There are: {', '.join(known)}.")
    return [known[slug] for slug in slugs] if slugs else list(known.values())


def collections_with_counts() -> QuerySet[Collection]:
    """Collections with `record_count`, `image_count` (pictures named), `images_here` (in the store) and `covers`:
    content hashes of a few pictures that anybody may see uncovered."""

    def counted(images: QuerySet[Image]) -> Coalesce:
        per_collection = (
            images.filter(record__collection=OuterRef("pk"))
            .order_by()
            .values("record__collection")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return Coalesce(Subquery(per_collection, output_field=IntegerField()), 0)

    records = (
        Record.objects.filter(collection=OuterRef("pk"))
        .order_by()
        .values("collection")
        .annotate(count=Count("pk"))
        .values("count")
    )
    covers = (
        IMAGES_HERE.filter(record__collection=OuterRef("pk"), position=0, sensitive=False)
        .order_by("content_hash")  # As good as random, yet the same every time, and there is an index.
        .values("content_hash")
        .distinct()[:COVER_IMAGES]
    )
    return Collection.objects.annotate(
        record_count=Coalesce(Subquery(records, output_field=IntegerField()), 0),
        image_count=counted(Image.objects.all()),
        images_here=counted(Image.objects.exclude(content_hash="")),
        covers=ArraySubquery(covers),
    )


def matching_records(*, words: str = "", collection: Collection | None = None, images: str = "") -> QuerySet[Record]:
    """Records that `read_words` finds; `images`: "with" or "without" a picture here, or "".

    Records that may not be shown are left out.
    """
    records = Record.objects.filter(withheld=False)
    if collection is not None:
        records = records.filter(collection=collection)
    if words:
        records = records.filter(read_words(words).condition)
    if images in ("with", "without"):
        has_image = Exists(IMAGES_HERE.filter(record=OuterRef("pk")))
        records = records.filter(has_image if images == "with" else ~has_image)
    return records


def for_cards(records: QuerySet[Record]) -> QuerySet[Record]:
    """`records` with collection and `pictures` (the images that may be shown, in order) loaded."""
    return records.select_related("collection").prefetch_related(
        Prefetch("images", queryset=IMAGES_HERE, to_attr="pictures")
    )


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of records in the order in which they came in. `after` and `before` are where its neighbours begin."""

    records: Sequence[Record]
    count: int
    after: int | None
    before: int | None


def record_page(records: QuerySet[Record], *, after: int | None = None, before: int | None = None) -> RecordPage:
    """The page of `records` after the primary key `after`, or before `before`, or the first.

    By key, not by offset: the last page of a large collection costs what the first does.
    """
    count = records.count()
    if before is not None:
        backwards = list(for_cards(records.filter(pk__lt=before).order_by("-pk"))[: PAGE_RECORDS + 1])
        has_earlier, has_later = len(backwards) > PAGE_RECORDS, True
        page = backwards[:PAGE_RECORDS][::-1]
    else:
        forwards = records.filter(pk__gt=after) if after is not None else records
        found = list(for_cards(forwards.order_by("pk"))[: PAGE_RECORDS + 1])
        has_earlier, has_later = after is not None, len(found) > PAGE_RECORDS
        page = found[:PAGE_RECORDS]
    return RecordPage(
        records=page,
        count=count,
        after=page[-1].pk if page and has_later else None,
        before=page[0].pk if page and has_earlier else None,
    )


def search_records(words: str, *, collection: Collection | None = None) -> QuerySet[Record]:
    """Records of one collection, or of all, that `words` finds, the best first: names count most, descriptions
    least."""
    records = Record.objects.filter(withheld=False)
    if collection is not None:
        records = records.filter(collection=collection)
    return for_cards(best_first(read_words(words), records))[:MOST_FOUND]


def best_first(read: ReadWords, records: QuerySet[Record]) -> QuerySet[Record]:
    """Of `records`, those that the words find: identifiers, then by rank."""
    found = records.filter(read.condition)
    return found.annotate(rank=read.rank, exact=Q(record_id=read.typed)).order_by(
        "-exact", "-rank", Length("name"), "pk"
    )


def record_for_reading(pk: int) -> Record | None:
    """One record with its collection and all its images, those that are not here included."""
    return Record.objects.select_related("collection").prefetch_related("images").filter(pk=pk).first()


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """A collection's pictures: named by records, here, to be fetched, and refused by their servers."""

    named: int
    here: int
    to_fetch: int
    refused: int


def image_counts(collection: Collection) -> ImageCounts:
    is_here = ~Q(content_hash="")
    counts = Image.objects.filter(record__collection=collection).aggregate(
        named=Count("pk"),
        here=Count("pk", filter=is_here),
        refused=Count("pk", filter=~is_here & ~Q(problem="")),
    )
    return ImageCounts(to_fetch=counts["named"] - counts["here"] - counts["refused"], **counts)
