"""The picture files, for everybody who is logged in, and for visitors where PUBLIC_CATALOGUE admits them; the
originals for leads."""

import logging
import threading
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import condition, require_safe

from heritage.access import is_admitted_visitor, lead_required, picture_viewer_required
from heritage.catalogue.pictures import is_shown_in_catalogue, is_withheld, name_to_save_under
from heritage.errors import UserError
from heritage.pictures.decoding import media_type
from heritage.pictures.store import ImageStore, Size
from heritage.pictures.tiles import DESCRIPTION, tile_path

# The address is the hash of the content, so what it shows never changes. Private: a shared cache asks nobody's name.
CACHE_CONTROL = "private, max-age=31536000, immutable"

logger = logging.getLogger(__name__)
# Cutting takes seconds and some hundred MB: one picture at a time in each process.
_cutting = threading.Lock()


def _may_be_shown(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answers 404 for a picture that its museums withhold, and to visitors for one that no record shows.

    Goes before what answers a browser that has it.
    """

    @wraps(view)
    def guarded(request: HttpRequest, content_hash: str, **kwargs: Any) -> HttpResponseBase:
        visitor = is_admitted_visitor(request.user)
        if not is_shown_in_catalogue(content_hash) if visitor else is_withheld(content_hash):
            raise Http404("This picture may not be shown.")
        return view(request, content_hash=content_hash, **kwargs)

    return guarded


def _etag(request: HttpRequest, content_hash: str, **parts: object) -> str:
    return f'"{"-".join([content_hash[:32], *map(str, parts.values())])}"'


def _file(path: Path, content_type: str, *, save_as: str = "") -> FileResponse:
    try:
        file = path.open("rb")
    except OSError as error:
        raise Http404("There is no such picture.") from error
    headers = {"Cache-Control": CACHE_CONTROL, "X-Content-Type-Options": "nosniff"}
    return FileResponse(file, content_type=content_type, headers=headers, as_attachment=bool(save_as), filename=save_as)


@require_safe
@picture_viewer_required
@_may_be_shown
@condition(etag_func=_etag)
def image(request: HttpRequest, content_hash: str, size: Size) -> HttpResponseBase:
    """One size of one picture. The address's pattern lets nothing through but a hash and a known size."""
    return _file(ImageStore.from_settings().path(content_hash, size), "image/webp")


@require_safe
@picture_viewer_required
@_may_be_shown
def tiles(request: HttpRequest, content_hash: str) -> HttpResponseBase:
    """The description of a large picture's tiles. Those of a picture that came before there were any are made now."""
    store = ImageStore.from_settings()
    if not store.tiles_folder(content_hash).is_dir():
        try:
            with _cutting:
                store.make_tiles(content_hash)
        except UserError as error:
            logger.warning("No tiles of %s: %s", content_hash, error)
            raise Http404("This picture has no tiles.") from error
    return _file(store.tiles_folder(content_hash) / DESCRIPTION, "application/xml")


@require_safe
@picture_viewer_required
@_may_be_shown
@condition(etag_func=_etag)
def tile(request: HttpRequest, content_hash: str, level: str, x: str, y: str) -> HttpResponseBase:
    """One tile. The address's pattern lets nothing through but a hash and three numbers."""
    folder = ImageStore.from_settings().tiles_folder(content_hash)
    return _file(tile_path(folder, int(level), int(x), int(y)), "image/jpeg")


@require_safe
@lead_required  # type: ignore[arg-type]
@_may_be_shown
def original(request: HttpRequest, content_hash: str) -> HttpResponseBase:
    """The file as the museum sent it, to be saved and not to be opened by the browser on this site's behalf."""
    path = ImageStore.from_settings().original_path(content_hash)
    content_type, ending = media_type(path)
    return _file(path, content_type, save_as=f"{name_to_save_under(content_hash)}{ending}")
