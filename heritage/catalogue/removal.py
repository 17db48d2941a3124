"""Removing records and collections, and what stands in the way.

What refers to a record is asked of the tables themselves, so that an app below this one need not be known here: rows
that protect a record (pairs that experts label, say) depend on it, and it stays; rows that cascade (pictures, pieces of
text, vectors) go with it. Thousands of rows are removed by a few statements for each table, never one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, models, transaction
from django.db.models import CASCADE, PROTECT, RESTRICT, SET_NULL, Exists, OuterRef, Q

from heritage.catalogue.picture_files import discard_pictures_after_commit
from heritage.errors import UserError
from heritage.models import Collection, Image, Import, JobRun, Record, User
from heritage.progress import NoProgress, Progress

BATCH_RECORDS = 5_000
# Beyond this many records, pages start a job: a browser waits for no longer.
MOST_AT_ONCE = 5_000
SHOWN_PLACES = 5
SHOWN_IDENTIFIERS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """A page where something that depends on a record can be seen."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Dependent:
    """What depends on records, such as "12 candidate pairs", and the first pages where it can be seen."""

    what: str
    where: tuple[Place, ...]

    def __str__(self) -> str:
        places = ", ".join(place.title for place in self.where)
        return f"{self.what} ({places})" if places else self.what


@dataclass(frozen=True, slots=True)
class Removal:
    """What was removed, or with `dry_run` would be: numbers of rows by what they are called, and the same in words."""

    collection: str
    dry_run: bool
    records: int
    rows: dict[str, int]
    words: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Reference:
    """Rows of `model` refer to what is removed by `lookup`, their `field` to what goes or stays with them."""

    model: type[models.Model]
    field: str
    lookup: str
    on_delete: Any

    @property
    def protects(self) -> bool:
        return self.on_delete in (PROTECT, RESTRICT)

    def rows(self, referred: Any) -> models.QuerySet[models.Model]:
        return self.model._base_manager.filter(**{f"{self.lookup}__in": referred})


def _references(model: type[models.Model], path: str = "") -> Iterator[_Reference]:
    """All that refers to `model`, and to what goes with it; what goes comes before what refers to it."""
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel):
            continue
        name = relation.field.name
        lookup = f"{name}__{path}" if path else name
        yield _Reference(relation.related_model, name, lookup, relation.on_delete)
        if relation.on_delete is CASCADE:
            yield from _references(relation.related_model, lookup)


def _named(model: type[models.Model], count: int) -> str:
    names = model._meta
    return f"{count:,} {names.verbose_name if count == 1 else names.verbose_name_plural}"


# --- what stands in the way --------------------------------------------------------------------


def has_dependents() -> Q:
    """A condition on records: something depends on them."""
    condition = Q(pk__in=[])
    for reference in _references(Record):
        if reference.protects:
            condition |= Q(Exists(reference.model._base_manager.filter(**{reference.lookup: OuterRef("pk")})))
    return condition


def dependents(records: models.QuerySet[Record]) -> list[Dependent]:
    """What depends on any of `records`, so that they cannot be removed."""
    return _dependents(Record, records.order_by().values("pk"), but=())


def collection_dependents(collection: Collection) -> list[Dependent]:
    """What depends on a collection or on any of its records."""
    return dependents(Record.objects.filter(collection=collection)) + _dependents(
        Collection, [collection.pk], but=(Record,)
    )


def slug_dependents(slug: str) -> list[Dependent]:
    """What has a collection's short name in its recipe, such as a sampling: recipes stay as they were written."""
    found = []
    for model in apps.get_models():
        if any(field.name == "recipe" and isinstance(field, models.JSONField) for field in model._meta.concrete_fields):
            rows = model._base_manager.filter(recipe__collections__contains=[slug])
            if count := rows.count():
                found.append(Dependent(_named(model, count), _places(model, [rows])))
    return found


def _dependents(model: type[models.Model], referred: Any, but: Sequence[type[models.Model]]) -> list[Dependent]:
    by_model: dict[type[models.Model], list[_Reference]] = defaultdict(list)
    for reference in _references(model):
        if reference.protects and reference.model not in but:
            by_model[reference.model].append(reference)
    found = []
    for dependent, references in by_model.items():
        # A query for each way to refer: one with OR would look through all rows for each record.
        rows = [reference.rows(referred).order_by().values_list("pk") for reference in references]
        count = rows[0].union(*rows[1:]).count()
        if count:
            places = _places(dependent, [reference.rows(referred) for reference in references])
            found.append(Dependent(_named(dependent, count), places))
    return found


def _places(model: type[models.Model], rows: Iterable[models.QuerySet[models.Model]]) -> tuple[Place, ...]:
    """The first pages on which `rows` of `model` can be seen: their own, or those of what they belong to."""
    path = _path_to_page(model)
    if path is None:
        return ()
    owner = model
    for name in path:
        owner = owner._meta.get_field(name).related_model  # type: ignore[assignment]
    keys: set[Any] = set()
    for some in rows:
        keys.update(some.order_by().values_list("__".join((*path, "pk")), flat=True).distinct()[:SHOWN_PLACES])
    owners = owner._base_manager.filter(pk__in=keys).order_by("pk")[:SHOWN_PLACES]
    return tuple(Place(str(each), each.get_absolute_url()) for each in owners)  # type: ignore[attr-defined]


def _path_to_page(model: type[models.Model]) -> tuple[str, ...] | None:
    """Names of the fields that lead from `model` to the nearest that has a page and is neither record nor person."""
    waiting: list[tuple[type[models.Model], tuple[str, ...]]] = [(model, ())]
    for candidate, path in waiting:  # grows meanwhile
        if hasattr(candidate, "get_absolute_url"):
            return path
        for field in candidate._meta.concrete_fields:
            owner = field.related_model if field.many_to_one else None
            if isinstance(owner, type) and owner not in (Record, Collection, User, candidate) and len(path) < 3:
                waiting.append((owner, (*path, field.name)))
    return None


def _refuse(what: str, found: Sequence[Dependent]) -> None:
    if found:
        raise UserError(
            f"{what} cannot be removed, since these depend on it: {'; '.join(map(str, found))}. Remove those first."
        )


# --- removing ----------------------------------------------------------------------------------


def what_goes(records: models.QuerySet[Record]) -> dict[type[models.Model], int]:
    """How many records, and rows of other tables that go with them. Tables without any are left out."""
    counts: dict[type[models.Model], int] = {Record: records.count()}
    for reference in _references(Record):
        if reference.on_delete is CASCADE:
            rows = reference.rows(records.order_by().values("pk"))
            counts[reference.model] = counts.get(reference.model, 0) + rows.count()
    return {model: count for model, count in counts.items() if count}


def in_words(counts: dict[type[models.Model], int]) -> str:
    """Such as "1 record, 2 images"; empty where there is nothing."""
    return ", ".join(_named(model, count) for model, count in counts.items())


def _removal(collection: Collection, records: models.QuerySet[Record], *, dry_run: bool) -> Removal:
    counts = what_goes(records)
    rows = {str(model._meta.verbose_name_plural): count for model, count in counts.items()}
    return Removal(collection.slug, dry_run, counts.get(Record, 0), rows, in_words(counts))


def remove_records(
    *,
    collection: str,
    record_ids: Sequence[str] = (),
    imported: Import | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Removal:
    """Remove the records of `collection` with these identifiers, or those that an import created.

    Raises UserError, with nothing removed, where one is not there or something depends on one.
    """
    with transaction.atomic():
        stored = get_locked_collection(collection)
        records = Record.objects.filter(collection=stored)
        if imported is not None:
            if imported.collection_id != stored.pk:
                raise UserError(f"Import {imported.pk} is not of {stored.slug}; name its own collection.")
            records = records.filter(imported_by=imported)
        if record_ids:
            records = records.filter(record_id__in=record_ids)
            _require_all(stored, record_ids, records)
        elif imported is None:
            raise UserError("Name the records to be removed, by their identifiers or by their import.")
        keys = lock_records(records)
        _refuse("This record" if len(keys) == 1 else "These records", dependents(records))
        removal = _removal(stored, records, dry_run=dry_run)
        if not dry_run:
            delete_records(keys, progress=progress)
    return removal


def _require_all(collection: Collection, record_ids: Sequence[str], records: models.QuerySet[Record]) -> None:
    absent = sorted(set(record_ids) - set(records.values_list("record_id", flat=True)))
    if absent:
        more = f" and {len(absent) - SHOWN_IDENTIFIERS:,} more" if len(absent) > SHOWN_IDENTIFIERS else ""
        shown = ", ".join(absent[:SHOWN_IDENTIFIERS])
        raise UserError(f"There is no record {shown}{more} to remove in {collection.slug}; correct the identifiers.")


def remove_collection(*, slug: str, dry_run: bool = False, progress: Progress | None = None) -> Removal:
    """Remove a collection with its records and imports.

    Raises UserError, with nothing removed, where something depends on any of its records, or a job is at work on it.
    """
    with transaction.atomic():
        collection = get_locked_collection(slug)
        require_no_jobs(slug, but="remove-collection")
        records = Record.objects.filter(collection=collection)
        keys = lock_records(records)
        _refuse(f"The collection {collection.slug}", collection_dependents(collection))
        removal = _removal(collection, records, dry_run=dry_run)
        if not dry_run:
            delete_records(keys, progress=progress)
            delete_rows(Collection, [collection.pk])
    return removal


def get_locked_collection(slug: str) -> Collection:
    """The collection, which nobody imports into until the transaction ends."""
    collection = Collection.objects.select_for_update().filter(slug=slug).first()
    if collection is None:
        known = ", ".join(Collection.objects.values_list("slug", flat=True)) or "none"
        raise UserError(f"No collection is called {slug!r}. There are: {known}.")
    return collection


def require_no_jobs(slug: str, *, but: str = "") -> None:
    """Raises UserError where a job of another kind than `but` waits or works on the collection."""
    run = JobRun.objects.filter(finished=None, arguments__collection=slug).exclude(kind=but).first()
    if run is not None:
        raise UserError(f"The job “{run.title}” has not ended; cancel it or wait for its end, then try again.")


def lock_records(records: models.QuerySet[Record]) -> list[int]:
    """Primary keys of `records`, which nobody else changes or removes until the transaction ends.

    What depends on them has to be asked after this: what was committed before is seen then, and what comes later waits
    at its own commit, and fails there where a record is gone.
    """
    return list(records.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))


def delete_records(keys: Sequence[int], *, progress: Progress | None = None) -> None:
    """Delete locked records on which nothing depends, what goes with them, and at last their pictures' files."""
    progress = progress or NoProgress()
    progress.start("Removing records", len(keys))
    content_hashes: set[str] = set()
    for start in range(0, len(keys), BATCH_RECORDS):
        batch = keys[start : start + BATCH_RECORDS]
        images = Image.objects.filter(record__in=batch).exclude(content_hash="")
        content_hashes.update(images.values_list("content_hash", flat=True))
        delete_rows(Record, batch)
        progress.advance(len(batch))
    discard_pictures_after_commit(content_hashes)


def delete_rows(model: type[models.Model], keys: Sequence[int]) -> None:
    """Delete rows and what goes with them, by one statement for each table. The database refuses where one is
    protected."""
    for reference in reversed(list(_references(model))):
        if reference.on_delete is CASCADE:
            reference.rows(keys)._raw_delete(using=DEFAULT_DB_ALIAS)
        elif reference.on_delete is SET_NULL:
            reference.rows(keys).update(**{reference.field: None})
    model._base_manager.filter(pk__in=keys)._raw_delete(using=DEFAULT_DB_ALIAS)
