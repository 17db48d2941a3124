"""The picture files, for everybody who is logged in."""

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.views.decorators.http import condition, require_safe

from heritage.pictures.store import ImageStore, Size

# The address is the hash of the content, so what it shows never changes. Private: a shared cache asks nobody's name.
CACHE_CONTROL = "private, max-age=31536000, immutable"


def _etag(request: HttpRequest, content_hash: str, size: Size) -> str:
    return f'"{content_hash[:32]}-{size}"'


@require_safe
@login_required
@condition(etag_func=_etag)
def image(request: HttpRequest, content_hash: str, size: Size) -> HttpResponseBase:
    """One size of one picture. The address's pattern lets nothing through but a hash and a known size."""
    try:
        file = ImageStore.from_settings().path(content_hash, size).open("rb")
    except OSError as error:
        raise Http404("There is no such picture.") from error
    return FileResponse(file, content_type="image/webp", headers={"Cache-Control": CACHE_CONTROL})
