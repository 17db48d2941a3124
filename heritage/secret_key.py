"""The key that signs sessions: from the environment, or made once and kept where only we can read it."""

import secrets
from functools import cache
from pathlib import Path

from heritage.files.private import write_private_file


@cache
def kept_secret_key(data_dir: Path) -> str:
    """The key in DATA_DIR/secret_key, made at the first call.

    Where DATA_DIR cannot be written, a key for this process alone: it serves commands that sign nothing.
    """
    path = data_dir / "secret_key"
    try:
        if not path.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            write_private_file(path, secrets.token_urlsafe(50))
        return path.read_text()
    except OSError:
        return secrets.token_urlsafe(50)
