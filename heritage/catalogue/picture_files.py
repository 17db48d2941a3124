"""Removing the files of pictures that nothing names any longer.

A picture is named by the rows of images and by what an import keeps of a record (`heritage.catalogue.snapshots`). Its
file comes before its row, so the two sides take turns: who writes rows holds the files, and looks whether they
are still there; who removes files waits for them, and looks whether there are rows.
"""

import shutil
import tempfile
from collections.abc import Collection as SetOf
from collections.abc import Iterable
from pathlib import Path

from django.db import connection, transaction

from heritage.models import Image
from heritage.pictures.store import ImageStore

# Each looks once through all that imports keep; imports wait for as long as one takes.
BATCH = 10_000
KEPT_BY_IMPORTS = """
SELECT image->>'content_hash' FROM heritage_importchange, jsonb_array_elements(before->'images') AS image
WHERE image->>'content_hash' = ANY(%s)
"""


def hold_picture_files() -> None:
    """Until the transaction ends, no file is removed."""
    _lock("pg_advisory_xact_lock_shared")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(hashtext('picture-files'))")


def missing_files(content_hashes: Iterable[str]) -> set[str]:
    """Those of `content_hashes` whose pictures have been removed since they came in."""
    store = ImageStore.from_settings()
    return {content_hash for content_hash in content_hashes if not store.folder(content_hash).is_dir()}


def discard_pictures_after_commit(content_hashes: SetOf[str]) -> None:
    """Once the transaction is through, remove the files of those pictures that nothing names."""
    if content_hashes:
        transaction.on_commit(lambda: discard_pictures(content_hashes))


def discard_pictures(content_hashes: Iterable[str]) -> int:
    """Remove the files of those pictures that nothing names; returns how many."""
    store = ImageStore.from_settings()
    doubtful = sorted(filter(None, content_hashes))
    removed = 0
    for start in range(0, len(doubtful), BATCH):
        batch = doubtful[start : start + BATCH]
        with transaction.atomic():
            _lock("pg_advisory_xact_lock")
            for content_hash in set(batch) - _named(batch):
                removed += _remove_folder(store.folder(content_hash))
    return removed


def _named(content_hashes: SetOf[str]) -> set[str]:
    wanted = list(content_hashes)
    named = set(Image.objects.filter(content_hash__in=wanted).values_list("content_hash", flat=True))
    with connection.cursor() as cursor:
        cursor.execute(KEPT_BY_IMPORTS, [wanted])
        return named | {content_hash for (content_hash,) in cursor.fetchall()}


def _remove_folder(folder: Path) -> bool:
    """Moved aside first: a folder of the store is complete or not there."""
    if not folder.is_dir():
        return False
    aside = Path(tempfile.mkdtemp(prefix=".removed-", dir=folder.parent))
    folder.rename(aside / folder.name)
    shutil.rmtree(aside, ignore_errors=True)
    return True
