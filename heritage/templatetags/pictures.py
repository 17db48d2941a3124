"""Where the tiles of a picture are, for pages on which it can be enlarged."""

from typing import Any

from django import template
from django.urls import reverse

from heritage.models import Image
from heritage.pictures.store import is_tiled

register = template.Library()


@register.filter
def tiles_url(picture: Any) -> str:
    """Of an Image, or of what stands for one; empty where the display shows all there is."""
    if not isinstance(picture, Image):
        return getattr(picture, "tiles_url", "")
    if not is_tiled(picture.width or 0, picture.height or 0):
        return ""
    return reverse("image-tiles", args=[picture.content_hash])
