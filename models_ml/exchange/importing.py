"""Reading vectors from Parquet: for records that are here, and for records that exist as vectors and titles alone.

The file is read twice: first all of it is checked, then all of it is stored, in one transaction.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import transaction

from heritage.catalogue.actions import unsaved_collection
from heritage.catalogue.storing import IncomingImage, IncomingRecord, store_batch
from heritage.catalogue.words.spelling import keep_words
from heritage.errors import UserError
from heritage.importers.source_records import SourceRights
from heritage.models import Collection, Image, Record, TextSegment
from heritage.progress import Progress
from models_ml.exchange.exporting import BATCH_ROWS, FINGERPRINT_KEY
from models_ml.exchange.layouts import LayoutName, PublishedRows, read_rows, recognised
from models_ml.models import EmbeddingModel
from models_ml.registry import get_model
from models_ml.vectors.means import keep_means
from models_ml.vectors.store import STORAGE, Modality, build_indexes, write_vectors

RECORDS_AT_ONCE = 500
LONGEST_ADDRESS = 2_000
# What pyarrow raises at a file that is none, or whose names or words are not UTF-8.
DAMAGED = (pa.ArrowException, OSError, UnicodeDecodeError)
# What a hostile file may say of itself before anything of it is read.
MOST_OF_METADATA = {"thrift_string_size_limit": 64 * 2**20, "thrift_container_size_limit": 1_000_000}
UNMATCHED_SHOWN = 5


@dataclass
class VectorsImported:
    """`unmatched`: rows whose record, picture or text is not here; the first of them in `examples`."""

    model: str
    layout: LayoutName
    rows: int = 0
    stored: int = 0
    already_there: int = 0
    unmatched: int = 0
    records_made: int = 0
    collections: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class _NewRecord:
    """A record as a file's rows tell of it: `sources` of its pictures, in the file's order."""

    title: str = ""
    page: str = ""
    credit: str = ""
    collection_name: str = ""
    sources: dict[str, None] = field(default_factory=dict)


def import_vectors(
    path: Path, *, model: str = "", collection: str = "", create: bool = False, progress: Progress
) -> VectorsImported:
    """Store the vectors of a file in either layout.

    model: slug of the registered model that they are of, where the file calls it otherwise. collection: slug of the
    collection of all rows, where the file names none or calls it otherwise. create: make records, from titles alone, of
    rows whose record is not here. A vector that is there already stays.

    Raises UserError, with nothing stored, where the file cannot be read or is of another model.
    """
    file = _open(path)
    layout = recognised(file.schema_arrow)
    if layout == "plain" and not collection:
        raise UserError("This layout does not say whose objects these are: name the collection (--collection).")
    progress.start(f"Checking {path.name}", file.metadata.num_rows)
    registered, new = _check(file, layout, model=model, collection=collection, create=create, progress=progress)
    result = VectorsImported(registered.slug, layout, rows=file.metadata.num_rows)
    progress.start(f"Storing vectors of {registered.slug}", file.metadata.num_rows)
    with transaction.atomic():
        for slug, records in new.items():
            result.records_made += _make_records(slug, records)
        for rows in _batches(file, layout):
            _store(registered, rows, collection, result)
            progress.advance(len(rows))
    progress.start(f"{registered.slug}: index")
    build_indexes(registered)
    keep_means(model=registered, progress=progress)
    return result


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path, page_checksum_verification=True, **MOST_OF_METADATA)
        file.schema_arrow  # noqa: B018 - read here, where what is wrong with it is said
    except FileNotFoundError as error:
        raise UserError(f"There is no file {path}.") from error
    except DAMAGED as error:
        raise UserError(f"{path.name} is not a Parquet file that can be read ({_first_line(error)}).") from error
    return file


def _batches(file: pq.ParquetFile, layout: LayoutName) -> Iterator[PublishedRows]:
    first = 1
    try:
        for batch in file.iter_batches(batch_size=BATCH_ROWS):
            yield read_rows(batch, layout, first_row=first)
            first += len(batch)
    except DAMAGED as error:
        raise UserError(f"The file is damaged after row {first - 1:,} ({_first_line(error)}); get it again.") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _check(
    file: pq.ParquetFile, layout: LayoutName, *, model: str, collection: str, create: bool, progress: Progress
) -> tuple[EmbeddingModel, dict[str, dict[str, _NewRecord]]]:
    """The model that all rows are of, and by collection the records to be made."""
    registered: EmbeddingModel | None = get_model(model) if model else None
    named = ""
    new: dict[str, dict[str, _NewRecord]] = defaultdict(dict)
    for rows in _batches(file, layout):
        for name in dict.fromkeys(rows.models):
            if named and name != named:
                raise UserError(f"The file has vectors of {named} and of {name}: split it by model.")
            named = name
        if registered is None:
            registered = EmbeddingModel.objects.filter(slug=named).first()
        if registered is None:
            known = ", ".join(EmbeddingModel.objects.values_list("slug", flat=True)) or "none"
            raise UserError(
                f"The vectors are of the model {named}, and none is registered by that name ({known}): register it, or "
                "say which it is with --model."
            )
        if rows.vectors.shape[1] != registered.dimension:
            raise UserError(
                f"The vectors have {rows.vectors.shape[1]} dimensions, those of {registered.slug} "
                f"{registered.dimension}: they are of another model."
            )
        if create:
            _collect(rows, collection, new)
        progress.advance(len(rows))
    if registered is None:
        raise UserError("The file has no rows.")
    made_by = (file.schema_arrow.metadata or {}).get(FINGERPRINT_KEY, b"").decode(errors="replace")
    if made_by and registered.fingerprint and made_by != registered.fingerprint:
        raise UserError(
            f"The vectors were made with other weights than {registered.slug} has here: register those under a name of "
            "their own."
        )
    return registered, new


def _slug(rows: PublishedRows, place: int, collection: str) -> str:
    return collection or rows.providers[place]


def _collect(rows: PublishedRows, collection: str, new: dict[str, dict[str, _NewRecord]]) -> None:
    """Add the batch's records that are not here to `new`."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for place, subject in enumerate(rows.subjects):
        wanted[_slug(rows, place, collection)].add(subject)
    here = {
        (slug, record_id)
        for slug, subjects in wanted.items()
        for record_id in Record.objects.filter(collection__slug=slug, record_id__in=subjects).values_list(
            "record_id", flat=True
        )
    }
    for place, subject in enumerate(rows.subjects):
        slug = _slug(rows, place, collection)
        if (slug, subject) in here:
            continue
        said = rows.attributes[place]
        record = new[slug].setdefault(subject, _NewRecord())
        record.title = record.title or said.get("subject_title", "")
        record.page = record.page or said.get("subject_url", "")[:LONGEST_ADDRESS]
        record.credit = record.credit or said.get("subject_creditline", "")
        record.collection_name = record.collection_name or said.get("provider_name", "")
        if _modality(said) == "image":
            record.sources[_source(rows, place)] = None


def _source(rows: PublishedRows, place: int) -> str:
    """What a picture that is not here is called: its address where there is one."""
    address = rows.attributes[place].get("depiction_url", "")
    if address.startswith(("http://", "https://")) and len(address) <= LONGEST_ADDRESS:
        return address
    return rows.depictions[place] or rows.subjects[place]


def _modality(said: Any) -> Modality:
    return "text" if said.get("type", "").lower() == "text" else "image"


def _make_records(slug: str, records: dict[str, _NewRecord]) -> int:
    name = next((record.collection_name for record in records.values() if record.collection_name), "")
    made = unsaved_collection(slug=slug, name=name[:200], simulated=False)
    stored, _ = Collection.objects.get_or_create(slug=slug, defaults={"name": made.name})
    began = stored.created
    items = list(records.items())
    for start in range(0, len(items), RECORDS_AT_ONCE):
        incoming = [
            IncomingRecord(
                record_id=record_id,
                name=record.title,
                description="",
                taxonomy=(),
                images=tuple(IncomingImage(source, None) for source in record.sources),
                page=record.page,
                rights=SourceRights(credit=record.credit),
            )
            for record_id, record in items[start : start + RECORDS_AT_ONCE]
        ]
        store_batch(collection=stored, records=incoming)
    keep_words(stored, since=began)
    return len(items)


def _store(model: EmbeddingModel, rows: PublishedRows, collection: str, result: VectorsImported) -> None:
    """The batch's vectors whose picture or text is here and has none yet."""
    by_collection: dict[str, list[int]] = defaultdict(list)
    for place in range(len(rows)):
        by_collection[_slug(rows, place, collection)].append(place)
    found: dict[Modality, dict[int, int]] = {"image": {}, "text": {}}
    for slug, places in by_collection.items():
        matched = _match(rows, places, slug)
        if matched and slug not in result.collections:
            result.collections.append(slug)
        for place in places:
            if place in matched:
                found[_modality(rows.attributes[place])].setdefault(matched[place], place)
            else:
                result.unmatched += 1
                if len(result.examples) < UNMATCHED_SHOWN:
                    result.examples.append(f"{slug}: {rows.subjects[place]}")
    for modality, keys in found.items():
        storage = STORAGE[modality]
        there = set(
            storage.vectors.objects.filter(model=model, **{f"{storage.key}__in": list(keys)}).values_list(
                storage.key, flat=True
            )
        )
        new = [key for key in keys if key not in there]
        result.already_there += len(there)
        result.stored += len(new)
        if new:
            write_vectors(model=model, modality=modality, keys=new, vectors=rows.vectors[[keys[key] for key in new]])


def _match(rows: PublishedRows, places: list[int], slug: str) -> dict[int, int]:
    """By place, the keys of the pictures and texts of a collection that rows are of."""
    subjects = {rows.subjects[place] for place in places}
    of = {"record__collection__slug": slug, "record__record_id__in": subjects}
    images: dict[tuple[str, str], int] = {}
    for pk, record_id, source, content_hash, position in Image.objects.filter(**of).values_list(
        "pk", "record__record_id", "source", "content_hash", "position"
    ):
        images[record_id, source] = pk
        if content_hash:
            images[record_id, content_hash] = pk
        if position == 0:
            images[record_id, ""] = pk
    texts = {
        (record_id, text): pk
        for pk, record_id, text in TextSegment.objects.filter(**of).values_list("pk", "record__record_id", "text")
    }
    matched: dict[int, int] = {}
    for place in places:
        subject, said = rows.subjects[place], rows.attributes[place]
        if _modality(said) == "text":
            key = texts.get((subject, said.get("text") or said.get("subject_title", "")))
        else:
            key = images.get((subject, rows.depictions[place])) or images.get((subject, _source(rows, place)))
        if key is not None:
            matched[place] = key
    return matched
