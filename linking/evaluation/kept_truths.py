"""Truth that was uploaded in the browser: kept by its content, so that an evaluation can be repeated.

In DATA_DIR/evaluations, and found there again where DATA_DIR was moved or restored; nothing that annotators or models
see comes from there.
"""

import hashlib
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from heritage.errors import UserError
from heritage.files.whole_file import whole_file

from .truth_files import LARGEST_FILE, read_truth_file

FOLDER = "evaluations"


def keep_truth(file: UploadedFile) -> Path:
    """Where the file lies from now on. Raises UserError, and keeps nothing, where it is no truth."""
    if (file.size or 0) > LARGEST_FILE:
        raise UserError(f"The file is larger than {LARGEST_FILE // 2**20} MB: leave out what is no truth.")
    content = file.read()
    path = _folder() / f"{hashlib.sha256(content).hexdigest()}.csv"
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with whole_file(path, private=True) as beside:
        beside.write_bytes(content)
        try:
            read_truth_file(beside)
        except UserError as error:
            raise UserError(str(error).replace(str(beside), file.name or "The file")) from error
    return path


def found_truth(told: str) -> Path:
    """Where a file of truth lies: as it was told, or where it is kept now if it was kept elsewhere before."""
    path = Path(told)
    kept = _folder() / path.name
    return kept if path.parent.name == FOLDER and not path.exists() and kept.exists() else path


def _folder() -> Path:
    return Path(settings.DATA_DIR, FOLDER)
