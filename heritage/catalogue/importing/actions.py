"""Importing records: whatever gives them, they are stored in batches, and what became of every row is told.

One function, `import_source`, is behind the command, the page, the job and the demonstration. Callers have parsed and
authorised. Bad input raises `heritage.errors.UserError` before anything is written.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from heritage.catalogue.actions import unsaved_collection
from heritage.catalogue.importing.picture_folder import PictureFolder, unpack_pictures
from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.catalogue.words.spelling import keep_words
from heritage.catalogue.words.stemming import stem_by_language
from heritage.database.statistics import gather_statistics
from heritage.errors import UserError
from heritage.importers.mapping import Mapping
from heritage.importers.merging import merge_rows, survey
from heritage.importers.record_files import NO_HINTS, Hints, NamedFile
from heritage.importers.source_records import (
    ImageSource,
    LeftOut,
    Notice,
    RowProblem,
    Source,
    SourceItem,
    SourceRecord,
)
from heritage.models import Collection, Image, Import, Record, TextSegment, User
from heritage.pictures.pool import ImagePool
from heritage.pictures.store import ImageError, ImageStore, StoredImage
from heritage.progress import NoProgress, Progress
from heritage.texts import printable

from .drafts import uploads_folder
from .sources import file_source, named_files

Row = TypeVar("Row")

BATCH_RECORDS = 1000
# Where records come with pictures of their own, a batch takes seconds; smaller ones show progress.
BATCH_IMAGES = 400
# A table with the wrong mapping has a problem a row: so many are listed, all are counted.
MOST_PROBLEMS = 10_000
MOST_CAUSES = 3  # are said of rows that did not go in
EXAMPLES = 5


@dataclass(slots=True)
class Warnings:
    """What people should know though no row was refused: counts and first examples by kind."""

    counts: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, notice: Notice) -> None:
        self.counts[notice.kind] = self.counts.get(notice.kind, 0) + notice.count
        examples = self.examples.setdefault(notice.kind, [])
        if len(examples) < EXAMPLES:
            examples.append(printable(notice.example))

    def as_list(self) -> list[dict[str, Any]]:
        """The commonest first: kind, count, examples."""
        kinds = sorted(self.counts, key=lambda kind: -self.counts[kind])
        return [{"kind": kind, "count": self.counts[kind], "examples": self.examples[kind]} for kind in kinds]


@dataclass(slots=True)
class ImportResult:
    """What became of every row of an import.

    `rows` = rows of records that were created, updated or unchanged + `left_out` + `rejected`. Of the problems the
    first `MOST_PROBLEMS` are listed; `import_id` is the kept import's, None where nothing was stored.
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
    import_id: int | None = None
    problems: list[RowProblem] = field(default_factory=list)
    warnings: Warnings = field(default_factory=Warnings)

    def as_dict(self) -> dict[str, Any]:
        fields = {name: getattr(self, name) for name in self.__slots__ if name not in ("problems", "warnings")}
        return fields | {
            "problems": [asdict(problem) for problem in self.problems],
            "warnings": self.warnings.as_list(),
        }

    def in_words(self) -> str:
        """What became of the records, and why rows did not go in."""
        parts = [(self.created, "created"), (self.updated, "updated"), (self.unchanged, "as they were")]
        said = ", ".join(f"{count:,} {what}" for count, what in parts if count) or "none"
        sentences = [f"Records: {said}."]
        if self.rejected:
            sentences.append(f"{self.rejected:,} of {self.rows:,} rows did not go in: {self.causes()}")
        if self.images_to_fetch:
            sentences.append(f"Pictures still to be fetched: {self.images_to_fetch:,}.")
        return " ".join(sentences)

    def causes(self) -> str:
        """Why rows did not go in, each cause once with its count and where it was met first, the commonest first."""
        first: dict[str, RowProblem] = {}
        counts: Counter[str] = Counter()
        for problem in self.problems:
            cause = f"{problem.field} {problem.reason}".strip()
            first.setdefault(cause, problem)
            counts[cause] += 1
        said = [
            f"{cause.rstrip('.')} ({count:,} row{'s' * (count != 1)}, first in line {first[cause].line:,})."
            for cause, count in counts.most_common(MOST_CAUSES)
        ]
        more = len(counts) - len(said)
        return " ".join([*said, *([f"And {more:,} other cause{'s' * (more != 1)}."] if more else [])])

    def reject(self, problem: RowProblem) -> None:
        self.rejected += 1
        if len(self.problems) < MOST_PROBLEMS:
            file, field, reason = map(printable, (problem.file, problem.field, problem.reason))
            self.problems.append(replace(problem, file=file, field=field, reason=reason))


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


def import_records(
    *,
    collection: str,
    files: Sequence[Path | NamedFile],
    mapping: Mapping | None,
    hints: Hints = NO_HINTS,
    **options: Any,
) -> ImportResult:
    """Import `files` by `mapping` into the collection with the slug `collection`, which is made where there is none.

    Without a mapping the files are IIIF manifests and collections. Other options are those of `import_source`.
    """
    named = named_files(files)
    kept = {"files": [Path(file.name).name for file in named], "mapping": mapping.as_document() if mapping else {}}
    return import_source(collection=collection, source=file_source(named, mapping, hints), kept=kept, **options)


def import_source(
    *,
    collection: str,
    source: Source,
    images_root: Path | None = None,
    only_ids: str = "",
    skip_ids: str = "",
    **options: Any,
) -> ImportResult:
    """Import what `source` gives; `images_root` is the folder, or the zip, of its pictures.

    Other options are those of `store_source`. Raises UserError, with nothing written, where the source as a whole
    cannot be used.
    """
    if images_root is not None and not images_root.exists():
        raise UserError(f"There is no folder {images_root}; --images-root names the one that image paths begin from.")
    options["record_filter"] = RecordFilter.from_expressions(only_ids, skip_ids)
    if images_root is None or images_root.is_dir():
        return store_source(collection=collection, source=source, images_root=images_root, **options)
    # Beside the uploads, since /tmp may be small.
    with TemporaryDirectory(dir=uploads_folder(), prefix="pictures-") as scratch:
        notices = unpack_pictures(images_root, Path(scratch), max_bytes=settings.IMAGE_MAX_BYTES)
        return store_source(collection=collection, source=source, images_root=Path(scratch), notices=notices, **options)


def store_source(
    *,
    collection: str,
    source: Source,
    name: str = "",
    simulated: bool = False,
    language: str = "",
    images_root: Path | None = None,
    record_filter: RecordFilter | None = None,
    kept: dict[str, Any] | None = None,
    notices: Sequence[Notice] = (),
    user: User | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> ImportResult:
    """Store what `source` gives. Good rows are stored, in batches, each in a transaction; the others are the
    result's `problems`. Importing again is safe, after a stop as well: what is in and unchanged stays untouched.

    `kept`: the names of the files and the mapping, for the `Import` that remembers this. Raises UserError, with
    nothing written, where the source as a whole cannot be used.
    """
    unsaved = unsaved_collection(slug=collection, name=name, simulated=simulated, language=language)
    progress = progress or NoProgress()
    source = _Followed(source, progress)
    began = timezone.now()
    progress.start(f"Reading the rows of {collection}")
    surveyed = survey(source)
    result = ImportResult(collection=collection, dry_run=dry_run, rows=surveyed.rows)
    for notice in notices:
        result.warnings.add(notice)
    progress.start(f"Importing into {collection}", surveyed.rows)
    folder = PictureFolder(images_root) if images_root else None
    imported: Import | None = None
    with (
        ImagePool(ImageStore.from_settings(), dry_run=dry_run) as pool,
        transaction.atomic() if dry_run else nullcontext(),
    ):
        taken = _taken(merge_rows(source, surveyed), record_filter or RecordFilter(), result, progress)
        for batch in _batches(taken, BATCH_IMAGES if images_root else BATCH_RECORDS):
            incoming = _with_images(batch, folder, pool, result)
            if incoming:
                stored = _saved(unsaved, rename=bool(name.strip()))
                if imported is None:
                    imported = Import.objects.create(collection=stored, started_by=user, **(kept or {}))
                counts = store_batch(collection=stored, records=incoming, imported_by=imported)
                result.created += counts.created
                result.updated += counts.updated
                result.unchanged += counts.unchanged
            progress.advance(sum(record.rows for record in batch))
        result.images_to_fetch = Image.objects.filter(record__collection__slug=collection, content_hash="").count()
        for notice in folder.unused() if folder else ():
            result.warnings.add(notice)
        result.problems.sort(key=lambda problem: (problem.file, problem.line))
        if dry_run:
            transaction.set_rollback(True)
        else:
            if imported is not None:
                progress.start(f"Keeping the words of {collection}")
                keep_words(imported.collection, since=began)
                _finish(imported, result)
            gather_statistics(Record, Image, TextSegment, rows=result.created + result.updated)
    return result


@dataclass(frozen=True)
class _Followed:
    """A source whose every row tells `progress` that it is being read, so that a cancelled import ends at once: while
    it is surveyed, and while rows of one record come in, nothing else does."""

    source: Source
    progress: Progress

    def identifiers(self) -> Iterator[str]:
        return self._told(self.source.identifiers())

    def items(self) -> Iterator[SourceItem]:
        return self._told(self.source.items())

    def _told(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.progress.advance(0)
            yield row


def _finish(imported: Import, result: ImportResult) -> None:
    result.import_id = imported.pk
    imported.finished = timezone.now()
    imported.result = result.as_dict()
    imported.save(update_fields=["finished", "result"])


def _taken(
    items: Iterable[SourceItem], record_filter: RecordFilter, result: ImportResult, progress: Progress
) -> Iterator[SourceRecord]:
    """The records to be stored; counts what is left out and keeps what is rejected."""
    for item in items:
        if isinstance(item, Notice):
            result.warnings.add(item)
            continue
        count = item.rows if isinstance(item, SourceRecord) else 1
        if isinstance(item, LeftOut) or (item.record_id and not record_filter.takes(item.record_id)):
            result.left_out += count
        elif isinstance(item, SourceRecord):
            _warn_of_gaps(item, result.warnings)
            yield item
            continue
        else:
            result.reject(item)
        progress.advance(count)


def _warn_of_gaps(record: SourceRecord, warnings: Warnings) -> None:
    for kind, has in (
        ("records without a name", record.name),
        ("records without a description", record.description),
        ("records without terms", record.taxonomy),
        ("records without a picture", record.images),
    ):
        if not has:
            warnings.add(Notice(kind, record.record_id))


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
        stem_by_language(stored)
    collection.pk, collection.language = stored.pk, stored.language
    return stored


def _with_images(
    batch: Sequence[SourceRecord], folder: PictureFolder | None, pool: ImagePool, result: ImportResult
) -> list[IncomingRecord]:
    """The batch with its local pictures stored.

    A row whose picture cannot be used is rejected. The record goes in with its other rows, and keeps what
    an earlier import stored for the rejected ones; a record without any good row stays as it was.
    """
    stored, errors = _stored_pictures(batch, folder, pool)
    incoming = []
    for record in batch:
        bad_rows: dict[tuple[str, int], RowProblem] = {}
        for image in record.images:
            if error := errors.get(image):
                problem = RowProblem(image.file, image.line, image.field, str(error), record.record_id)
                bad_rows.setdefault((image.file, image.line), problem)
        for problem in bad_rows.values():
            result.reject(problem)
        if bad_rows and len(bad_rows) == record.rows:
            continue
        good = [image for image in record.images if (image.file, image.line) not in bad_rows]
        incoming.append(
            IncomingRecord(
                record_id=record.record_id,
                name=record.name,
                description=record.description,
                taxonomy=record.taxonomy,
                images=tuple(
                    IncomingImage(image.source, stored.get(image), image.view, image.service, image.rights)
                    for image in good
                ),
                kept_sources=frozenset(image.source for image in record.images) - {image.source for image in good},
                accession=record.accession,
                page=record.page,
                kind=record.kind,
                languages=record.languages,
                rights=record.rights,
            )
        )
    return incoming


def _stored_pictures(
    batch: Sequence[SourceRecord], folder: PictureFolder | None, pool: ImagePool
) -> tuple[dict[ImageSource, StoredImage], dict[ImageSource, ImageError]]:
    """The batch's local pictures in the store, and why others are not. Pictures to be fetched are in neither."""
    paths: dict[ImageSource, Path] = {}
    stored: dict[ImageSource, StoredImage] = {}
    errors: dict[ImageSource, ImageError] = {}
    for image in (image for record in batch for image in record.images):
        try:
            if (path := _located(image, folder)) is not None:
                paths[image] = path
        except ImageError as error:
            errors[image] = error
    for image, outcome in zip(paths, pool.add_files(list(paths.values())), strict=True):
        if isinstance(outcome, ImageError):
            errors[image] = outcome
        else:
            stored[image] = outcome
    return stored, errors


def _located(image: ImageSource, folder: PictureFolder | None) -> Path | None:
    """Where the picture lies, or None where its address is to be fetched. Raises ImageError.

    A local file goes before an address, an address before a path that leads nowhere.
    """
    if folder is not None and image.path:
        try:
            return folder.find(image.path)
        except ImageError:
            if not image.url:
                raise
    if not image.url:
        raise ImageError(
            "names a file, but no folder to find it in; give the folder or zip of the pictures (--images-root), "
            "or an address in img_url"
        )
    return None
