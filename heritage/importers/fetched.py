"""Documents that a source refers to by address, each fetched once and kept for the second reading.

Who fetches, and which addresses are refused, is the caller's: a `Fetch` raises UserError where it gets nothing.
"""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from weakref import finalize

from heritage.errors import UserError

Fetch = Callable[[str], bytes]


class FetchedDocuments:
    """Bytes by address. In a `folder` that is given they stay, so that work that broke off goes on where it was;
    otherwise they are gone with this object.
    """

    def __init__(self, fetch: Fetch, folder: Path | None = None) -> None:
        self._fetch = fetch
        self._folder = folder or Path(mkdtemp(prefix="heritage-fetched-"))
        if folder is None:
            finalize(self, rmtree, self._folder, ignore_errors=True)
        self._failed: dict[str, str] = {}

    def get(self, url: str) -> bytes:
        """The bytes behind `url`. Raises UserError, for an address that failed the same one again, unasked."""
        if url in self._failed:
            raise UserError(self._failed[url])
        path = self._path(url)
        if path.exists():
            return path.read_bytes()
        try:
            data = self._fetch(url)
        except UserError as error:
            self._failed[url] = str(error)
            raise
        self._folder.mkdir(parents=True, exist_ok=True)
        # Renamed when complete: what breaks off leaves no half a document.
        unfinished = path.with_suffix(".part")
        unfinished.write_bytes(data)
        unfinished.replace(path)
        return data

    def forget(self, url: str) -> None:
        """Ask again for `url` the next time: what came was no answer to keep."""
        self._path(url).unlink(missing_ok=True)

    def _path(self, url: str) -> Path:
        return self._folder / sha256(url.encode()).hexdigest()
