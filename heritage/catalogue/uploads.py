"""Files of records that were uploaded in the browser and wait for their import: DATA_DIR/uploads."""

import re
import time
import uuid
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from heritage.errors import UserError

KEPT_DAYS = 14
_NAME = re.compile(r"[0-9a-f]{32}")


def save_upload(file: UploadedFile) -> str:
    """Store `file` under a name of our own and return it. Uploads that nobody came back to are removed."""
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _remove_forgotten(folder)
    name = uuid.uuid4().hex
    with (folder / name).open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return name


def upload_path(name: str) -> Path:
    """Where the upload lies. Raises UserError where it is gone."""
    path = _folder() / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise UserError("The uploaded file is no longer here; upload it again.")
    return path


def remove_upload(name: str) -> None:
    upload_path(name).unlink(missing_ok=True)


def _folder() -> Path:
    return settings.DATA_DIR / "uploads"


def _remove_forgotten(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in folder.iterdir():
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)
