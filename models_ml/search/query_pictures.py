"""Pictures that people search with: kept for some days, so that an address with one in it can be opened again."""

import shutil
import time

from heritage.errors import UserError
from heritage.pictures.decoding import ImageError
from heritage.pictures.downloading import ImageSession, download
from heritage.pictures.limits import DownloadError, DownloadLimits
from models_ml.encoding.place import picture_store

DAYS_KEPT = 7
MOST_BYTES = 32 * 2**20


def keep_picture(data: bytes) -> str:
    """Store what somebody brought; its content hash. Raises ImageError where it cannot be used."""
    if len(data) > MOST_BYTES:
        raise ImageError(f"has more than {MOST_BYTES // 2**20} MB; make it smaller")
    store = picture_store("queries")
    _forget_old_ones()
    content_hash = store.add(data).content_hash
    store.folder(content_hash).touch()  # brought again, it stays longer
    return content_hash


def fetch_picture(address: str) -> str:
    """Store what an address gives; its content hash. Raises ImageError, or UserError where it gives nothing."""
    limits = DownloadLimits.from_settings()
    session = ImageSession(limits)
    try:
        return keep_picture(download(session, address, limits).data)
    except DownloadError as error:
        raise UserError(str(error)) from error
    finally:
        session.close()


def is_kept(content_hash: str) -> bool:
    return picture_store("queries").folder(content_hash).is_dir()


def _forget_old_ones() -> None:
    oldest = time.time() - DAYS_KEPT * 24 * 3600
    for folder in picture_store("queries").root.glob("??/*"):
        try:
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)
        except FileNotFoundError:  # another process was quicker
            continue
