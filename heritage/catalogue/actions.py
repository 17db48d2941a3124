"""All that writes to the catalogue: collections, imports, and pictures as they arrive.

Callers have parsed and authorised. Bad input raises `heritage.errors.UserError` before anything is written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.database.statistics import gather_statistics
from heritage.errors import UserError
from heritage.importers import ImageSource, RowProblem, SourceRecord, get_importer
from heritage.importers.merging import ReadRows, merge_rows, survey_rows
from heritage.models import Collection, Image, Record, TextSegment
from heritage.pictures.pool import ImagePool
from heritage.pictures.store import ImageError, ImageStore, StoredImage, path_below
from heritage.progress import NoProgress, Progress

BATCH_RECORDS = 1000
# Where records come with pictures of their own, a batch takes seconds; smaller ones show progress.
BATCH_IMAGES = 400
RESERVED_SLUGS = frozenset({"new"})  # /collections/new/ is a page


@dataclass(slots=True)
class ImportResult:
    """What became of every row of an import.

    `rows` = rows of records that were created, updated or unchanged + `left_out` + `rejected`.
    """

    collection: str
    dry_run: bool
    rows: int = 0
    left_out: int = 0
    rejected: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    images_to_fetch: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """Which records of the files to take, by regular expressions found anywhere in their identifiers."""

    only: re.Pattern[str] | None = None
    skip: re.Pattern[str] | None = None

    @classmethod
    def from_expressions(cls, only: str, skip: str) -> "RecordFilter":
        """Empty strings take everything. Raises UserError for a malformed expression."""
        return cls(_compiled(only, "--only-ids"), _compiled(skip, "--skip-ids"))

    def takes(self, record_id: str) -> bool:
        if self.only is not None and not self.only.search(record_id):
            return False
        return self.skip is None or not self.skip.search(record_id)


def _compiled(expression: str, option: str) -> re.Pattern[str] | None:
    try:
        return re.compile(expression) if expression else None
    except re.error as error:
        raise UserError(f"{option}: “{expression}” is not a regular expression ({error}); correct it.") from error


def create_collection(*, slug: str, name: str = "", simulated: bool = False) -> Collection:
    """A new, empty collection, named as its slug unless told otherwise. Raises UserError."""
    collection = check_new_collection(slug=slug, name=name, simulated=simulated)
    collection.save()
    return collection


def check_new_collection(*, slug: str, name: str = "", simulated: bool = False) -> Collection:
    """The collection that `create_collection` would save. Raises UserError."""
    collection = _unsaved_collection(slug=slug, name=name, simulated=simulated)
    if Collection.objects.filter(slug=slug).exists():
        raise UserError(f"There is a collection “{slug}” already; choose another short name.")
    return collection


def _unsaved_collection(*, slug: str, name: str, simulated: bool, language: str = "") -> Collection:
    language = language.strip()
    collection = Collection(slug=slug, name=name.strip() or slug, simulated=simulated, language=language)
    try:
        collection.clean_fields()
    except ValidationError as error:
        where, messages = next(iter(error.message_dict.items()))
        what = {"slug": f"short name “{slug}”", "name": "name", "language": f"language “{language}”"}[where]
        raise UserError(f"The collection's {what} cannot be used: {messages[0]}") from error
    if slug in RESERVED_SLUGS:
        raise UserError(f"A collection cannot have the short name “{slug}”; choose another.")
    return collection


def import_records(
    *,
    collection: str,
    files: Sequence[Path],
    format: str,
    name: str = "",
    language: str = "",
    images_root: Path | None = None,
    only_ids: str = "",
    skip_ids: str = "",
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Import `files` into the collection with the slug `collection`, which is made where there is none.

    Good rows are stored, in batches, each in a transaction; the others are the result's `problems`. Raises
    UserError, with nothing written, where a file as a whole cannot be used.
    """
    importer = get_importer(format)
    for path in files:
        if not path.is_file():
            raise UserError(f"There is no file {path}; check the path.")
    if images_root is not None and not images_root.is_dir():
        raise UserError(f"There is no folder {images_root}; --images-root names the one that image paths begin from.")
    return import_rows(
        collection=collection,
        read_rows=lambda: chain.from_iterable(map(importer, files)),
        name=name,
        language=language,
        images_root=images_root,
        record_filter=RecordFilter.from_expressions(only_ids, skip_ids),
        dry_run=dry_run,
        progress=progress,
    )


def import_rows(
    *,
    collection: str,
    read_rows: ReadRows,
    name: str = "",
    simulated: bool = False,
    language: str = "",
    images_root: Path | None = None,
    record_filter: RecordFilter | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Import what `read_rows` yields (it is called twice), as `import_records` does with files."""
    unsaved = _unsaved_collection(slug=collection, name=name, simulated=simulated, language=language)
    progress = progress or NoProgress()
    survey = survey_rows(read_rows)
    result = ImportResult(collection=collection, dry_run=dry_run, rows=survey.rows)
    progress.start(f"Importing into {collection}", survey.rows)
    rows = merge_rows(read_rows, survey)
    with (
        ImagePool(ImageStore.from_settings(), dry_run=dry_run) as pool,
        transaction.atomic() if dry_run else nullcontext(),
    ):
        taken = _taken(rows, record_filter or RecordFilter(), result, progress)
        for batch in _batches(taken, BATCH_IMAGES if images_root else BATCH_RECORDS):
            incoming = _with_images(batch, images_root, pool, result)
            if incoming:
                counts = store_batch(collection=_saved(unsaved, rename=bool(name.strip())), records=incoming)
                result.created += counts.created
                result.updated += counts.updated
                result.unchanged += counts.unchanged
            progress.advance(sum(record.rows for record in batch))
        result.images_to_fetch = Image.objects.filter(record__collection__slug=collection, content_hash="").count()
        if dry_run:
            transaction.set_rollback(True)
        else:
            gather_statistics(Record, Image, TextSegment, rows=result.created + result.updated)
    result.problems.sort(key=lambda problem: (problem.file, problem.line))
    return result


def _taken(
    rows: Iterable[SourceRecord | RowProblem], record_filter: RecordFilter, result: ImportResult, progress: Progress
) -> Iterator[SourceRecord]:
    """The records to be stored; counts what is left out and keeps what is rejected."""
    for item in rows:
        count = item.rows if isinstance(item, SourceRecord) else 1
        if item.record_id and not record_filter.takes(item.record_id):
            result.left_out += count
        elif isinstance(item, SourceRecord):
            yield item
            continue
        else:
            _reject(result, item)
        progress.advance(count)


def _reject(result: ImportResult, problem: RowProblem) -> None:
    result.rejected += 1
    result.problems.append(problem)


def _batches(records: Iterator[SourceRecord], size: int) -> Iterator[list[SourceRecord]]:
    while batch := list(islice(records, size)):
        yield batch


def _saved(collection: Collection, *, rename: bool) -> Collection:
    """The stored collection of this slug, made at the first record so that a failed import leaves no empty one.

    A language that is given becomes that of a stored one too, and so does the name where `rename`.
    """
    if collection.pk is not None:
        return collection
    stored, created = Collection.objects.get_or_create(
        slug=collection.slug,
        defaults={"name": collection.name, "simulated": collection.simulated, "language": collection.language},
    )
    if not created and (rename or collection.language):
        stored.name = collection.name if rename else stored.name
        stored.language = collection.language or stored.language
        stored.save(update_fields=["name", "language"])
    collection.pk = stored.pk
    return stored


def _with_images(
    batch: Sequence[SourceRecord], images_root: Path | None, pool: ImagePool, result: ImportResult
) -> list[IncomingRecord]:
    """The batch with its local pictures stored.

    A row whose picture cannot be used is rejected. The record goes in with its other rows, and keeps what
    an earlier import stored for the rejected ones; a record without any good row stays as it was.
    """
    stored, errors = _stored_pictures(batch, images_root, pool)
    incoming = []
    for record in batch:
        bad_rows: dict[tuple[str, int], RowProblem] = {}
        for image in record.images:
            if error := errors.get(image):
                problem = RowProblem(image.file, image.line, image.field, str(error), record.record_id)
                bad_rows.setdefault((image.file, image.line), problem)
        for problem in bad_rows.values():
            _reject(result, problem)
        if bad_rows and len(bad_rows) == record.rows:
            continue
        good = [image for image in record.images if (image.file, image.line) not in bad_rows]
        incoming.append(
            IncomingRecord(
                record_id=record.record_id,
                name=record.name,
                description=record.description,
                taxonomy=record.taxonomy,
                images=tuple(IncomingImage(image.source, stored.get(image)) for image in good),
                kept_sources=frozenset(image.source for image in record.images) - {image.source for image in good},
            )
        )
    return incoming


def _stored_pictures(
    batch: Sequence[SourceRecord], images_root: Path | None, pool: ImagePool
) -> tuple[dict[ImageSource, StoredImage], dict[ImageSource, ImageError]]:
    """The batch's local pictures in the store, and why others are not. Pictures to be fetched are in neither."""
    paths: dict[ImageSource, Path] = {}
    stored: dict[ImageSource, StoredImage] = {}
    errors: dict[ImageSource, ImageError] = {}
    for image in (image for record in batch for image in record.images):
        try:
            if (path := _located(image, images_root)) is not None:
                paths[image] = path
        except ImageError as error:
            errors[image] = error
    for image, outcome in zip(paths, pool.add_files(list(paths.values())), strict=True):
        if isinstance(outcome, ImageError):
            errors[image] = outcome
        else:
            stored[image] = outcome
    return stored, errors


def _located(image: ImageSource, images_root: Path | None) -> Path | None:
    """Where the picture lies, or None where its address is to be fetched. Raises ImageError.

    A local file goes before an address, an address before a path that leads nowhere.
    """
    if images_root is not None and image.path:
        try:
            return path_below(images_root, image.path)
        except ImageError:
            if not image.url:
                raise
    if not image.url:
        raise ImageError("names a file, but no folder to find it in; give --images-root, or an address in img_url")
    return None


def store_fetched_image(*, image_ids: Sequence[int], stored: StoredImage) -> None:
    """The picture of these images, which share an address, has arrived. One that is here already stays."""
    Image.objects.filter(pk__in=image_ids, content_hash="").update(
        content_hash=stored.content_hash, width=stored.width, height=stored.height, problem=""
    )


def mark_image_unavailable(*, image_ids: Sequence[int], problem: str) -> None:
    """The picture of these images cannot be had; `problem` says why, in a sentence for people."""
    Image.objects.filter(pk__in=image_ids, content_hash="").update(problem=problem)
