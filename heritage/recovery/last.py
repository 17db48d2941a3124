"""When a backup was last tried, and what came of it: a small file below DATA_DIR, which no backup holds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from heritage.errors import UserError
from heritage.files.whole_file import write_whole

NAME = "last-backup.json"


@dataclass(frozen=True)
class LastBackup:
    """`tried` and `whole`: when the last one began, and the last that came to its end; `bytes`: how large that is."""

    tried: datetime | None = None
    succeeded: bool = False
    whole: datetime | None = None
    bytes: int = 0


def last_backup() -> LastBackup:
    """Of nothing where none was tried, or the file cannot be read as one."""
    try:
        said: dict[str, Any] = json.loads(_place().read_text())
        moments = {name: datetime.fromisoformat(said[name]) for name in ("tried", "whole") if said[name]}
        return LastBackup(**(said | moments))
    except (FileNotFoundError, ValueError, TypeError, KeyError):
        return LastBackup()


@contextmanager
def noted_backup() -> Iterator[dict[str, Any]]:
    """Writes down that one begins, and, where the block comes to its end, that it did: one that is killed is one that
    failed. The block says its size as `bytes` of what it is given."""
    began, made = timezone.now(), {"bytes": 0}
    trying = replace(last_backup(), tried=began, succeeded=False)
    _write(trying)
    yield made
    _write(LastBackup(tried=began, succeeded=True, whole=began, bytes=made["bytes"]))


def _place() -> Path:
    return Path(settings.DATA_DIR) / NAME


def _write(last: LastBackup) -> None:
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(last).items()}
    with suppress(UserError):  # a full disk there is no reason to be without a backup elsewhere
        write_whole(_place(), json.dumps(said), private=True)
