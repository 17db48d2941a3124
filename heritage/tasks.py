"""Long work on the catalogue that is started in the browser."""

from typing import Any

from django.urls import reverse

from heritage.errors import UserError
from heritage.jobs import Outcome, job
from heritage.progress import Progress


def _draft_address(*, draft: str, **_: object) -> str:
    return reverse("import-draft", args=[draft])


@job("import-records", title="Import {files} into {collection}", mend=_draft_address)
def import_prepared_records(
    progress: Progress, *, draft: str, collection: str, files: str, by: int | None = None
) -> Outcome:
    """Import what was uploaded, by the mapping that was agreed on. Its page says what became of every row.

    The upload is removed once all its rows are in; until then another try may need it.
    """
    from heritage.catalogue.importing.actions import import_records, import_source
    from heritage.catalogue.importing.drafts import get_draft, remove_draft
    from heritage.catalogue.importing.mappings import guessed
    from heritage.catalogue.importing.sources import unmapped_source
    from heritage.importers.record_files import take_sample
    from heritage.models import Import, User

    prepared = get_draft(draft)
    options: dict[str, Any] = {
        "collection": prepared.collection,
        "name": prepared.name,
        "language": prepared.language,
        "images_root": prepared.images_root,
        "user": User.objects.filter(pk=by).first() if by else None,
        "progress": progress,
    }
    source = unmapped_source(prepared)
    if source is not None:
        result = import_source(source=source, kept={"files": [prepared.title], "mapping": {}}, **options)
    else:
        mapping = prepared.read_mapping() or guessed(take_sample(prepared.named_files, prepared.hints)).mapping
        result = import_records(files=prepared.named_files, mapping=mapping, hints=prepared.hints, **options)
    if result.import_id is None:
        raise UserError(
            f"None of the {result.rows:,} rows made a record, and nothing was stored. {result.causes()}".rstrip()
        )
    if not result.rejected:
        remove_draft(draft)
    return Outcome(Import.objects.get(pk=result.import_id).get_absolute_url(), result.in_words())


@job("fetch-images", title="Fetch images of {collection}")
def fetch_missing_images(progress: Progress, *, collection: str, retry_failed: bool = False) -> Outcome:
    """Download the pictures of a collection that are not here yet."""
    from heritage.catalogue.fetching import fetch_images

    result = fetch_images(collection=collection, retry_failed=retry_failed, progress=progress)
    result.require_something()
    return Outcome(reverse("collection", args=[collection]), result.in_words())


@job("undo-import", title="Undo import {number} into {collection}")
def undo_import_of_many(progress: Progress, *, number: int, collection: str, username: str = "") -> str:
    """Undo an import that concerns too many records to wait for."""
    from heritage.catalogue.history import get_import, undo_import
    from heritage.models import User

    imported = get_import(number)
    user = User.objects.filter(username=username).first()
    result = undo_import(imported=imported, user=user, progress=progress)
    return reverse("collections") if result.collection_removed else imported.get_absolute_url()


@job("remove-collection", title="Remove the collection {collection}")
def remove_large_collection(progress: Progress, *, collection: str) -> str:
    """Remove a collection of more records than one waits for."""
    from heritage.catalogue.removal import remove_collection

    remove_collection(slug=collection, progress=progress)
    return reverse("collections")
