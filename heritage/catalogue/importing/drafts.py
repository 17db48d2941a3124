"""Imports that are being prepared in the browser: the uploaded files, what is said of them, and the mapping so far.

A draft is a folder of DATA_DIR/uploads with a name that nobody guesses; its files have names of our own, and the
names that people know are kept as words. Drafts that nobody came back to are removed.
"""

import json
import os
import re
import shutil
import time
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from heritage.errors import UserError
from heritage.importers.containers import DAMAGED
from heritage.importers.mapping import Mapping
from heritage.importers.record_files import NO_HINTS, Hints, NamedFile

KEPT_DAYS = 14
_NAME = re.compile(r"[0-9a-f]{32}")
_DOCUMENT = "draft.json"


@dataclass(frozen=True, slots=True)
class Draft:
    """An import before it is started. `mapping` is the document so far, empty where nobody has changed the guess.

    `pictures` is "" without pictures, otherwise the name of their zip, or `FOLDER`. Where `address` is given, records
    come from there and not from files: a IIIF manifest or collection, or a repository that answers OAI-PMH.
    """

    key: str
    collection: str
    name: str = ""
    language: str = ""
    files: tuple[str, ...] = ()
    address: str = ""
    pictures: str = ""
    hints: Hints = NO_HINTS
    mapping: dict[str, Any] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        return uploads_folder() / self.key

    @property
    def named_files(self) -> list[NamedFile]:
        """The uploaded files of records, by the names that people know."""
        return [NamedFile(self.folder / f"records-{number}", name) for number, name in enumerate(self.files)]

    @property
    def images_root(self) -> Path | None:
        """The zip of pictures, or the folder in which those that came one by one lie."""
        if not self.pictures:
            return None
        return self.folder / "pictures" if self.pictures == FOLDER else self.folder / "pictures.zip"

    @property
    def title(self) -> str:
        """What people know it by."""
        return self.address or ", ".join(self.files)

    @property
    def picture_names(self) -> list[str]:
        """The files of the zip or folder of pictures, [] where the zip cannot be read: the import says why."""
        root = self.images_root
        if root is None:
            return []
        if root.is_dir():
            return sorted(path.name for path in root.iterdir())
        try:
            with zipfile.ZipFile(root) as archive:
                return [info.filename for info in archive.infolist() if not info.is_dir()]
        except DAMAGED:
            return []

    def read_mapping(self) -> Mapping | None:
        """The mapping so far. Raises UserError where it is no longer one."""
        return Mapping.from_document(self.mapping) if self.mapping else None


FOLDER = "(pictures)"


def uploads_folder() -> Path:
    """Where uploads wait, made where it is not there yet."""
    folder: Path = settings.DATA_DIR / "uploads"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def start_draft(
    *,
    collection: str,
    name: str = "",
    language: str = "",
    files: Sequence[UploadedFile] = (),
    pictures: Sequence[UploadedFile] = (),
    address: str = "",
) -> Draft:
    """Keep the uploads, or the address in place of them.

    One picture file that is a zip is unpacked by the import; others are taken as they are.
    """
    folder = uploads_folder()
    _remove_forgotten(folder)
    draft = Draft(uuid.uuid4().hex, collection, name, language, tuple(_shown(file) for file in files), address)
    draft.folder.mkdir(mode=0o700)
    for number, file in enumerate(files):
        _keep(file, draft.folder / f"records-{number}")
    if len(pictures) == 1 and _shown(pictures[0]).lower().endswith(".zip"):
        _keep(pictures[0], draft.folder / "pictures.zip")
        draft = replace(draft, pictures=_shown(pictures[0]))
    elif pictures:
        (draft.folder / "pictures").mkdir()
        for file in pictures:
            _keep(file, draft.folder / "pictures" / _shown(file))
        draft = replace(draft, pictures=FOLDER)
    keep_draft(draft)
    return draft


def _shown(file: UploadedFile) -> str:
    """The file's name without folders; Django has taken them off already."""
    return Path(file.name or "file").name[:200]


def _keep(file: UploadedFile, target: Path) -> None:
    """Move a large upload, which lies on the disk already; write a small one."""
    temporary = getattr(file, "temporary_file_path", None)
    if temporary is not None:
        shutil.move(temporary(), target)
        # Django removes what it thinks is still there.
        Path(temporary()).touch()
        return
    with target.open("wb") as opened:
        for chunk in file.chunks():
            opened.write(chunk)


def keep_draft(draft: Draft) -> None:
    """Write what is known of the draft beside its files, whole or not at all."""
    document = asdict(draft)
    incoming = draft.folder / f".{_DOCUMENT}-{uuid.uuid4().hex}"
    incoming.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    os.replace(incoming, draft.folder / _DOCUMENT)


def get_draft(key: str) -> Draft:
    """Raises UserError where it is gone."""
    path = uploads_folder() / key / _DOCUMENT
    if not _NAME.fullmatch(key) or not path.is_file():
        raise UserError("The uploaded file is no longer here; upload it again.")
    document = json.loads(path.read_text(encoding="utf-8"))
    return Draft(**document | {"files": tuple(document["files"]), "hints": Hints(**document["hints"])})


def remove_draft(key: str) -> None:
    shutil.rmtree(get_draft(key).folder, ignore_errors=True)


def _remove_forgotten(folder: Path) -> None:
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in folder.iterdir():
        if path.stat().st_mtime >= oldest:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
