"""Collecting static files for whitenoise, when they have changed since last time."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from whitenoise.storage import CompressedManifestStaticFilesStorage


class HashedFilesStorage(CompressedManifestStaticFilesStorage):
    """Names carry a hash of the content, also where one script imports another: each is loaded once and kept."""

    # Of scripts only our own: packages' imports are for bundlers, their source maps are not shipped.
    patterns = (
        *(entry for entry in CompressedManifestStaticFilesStorage.patterns if entry[0] != "*.js"),
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )


def collect_static_files() -> bool:
    """Copy, compress and name by content what the apps ship. Returns whether there was anything to do."""
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    state = source_state()
    if stamp.exists() and stamp.read_text() == state:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)
    stamp.write_text(state)
    return True


def source_state() -> str:
    """A digest of names, sizes and times of all static files, and of how they are stored."""
    digest = hashlib.sha256(str(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            found = Path(storage.path(name)).stat()
            digest.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\n".encode())
    return digest.hexdigest()
