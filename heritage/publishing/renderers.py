"""Linked data, under its media type for those who do not ask for plain JSON."""

from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response


class LinkedDataRenderer(JSONRenderer):
    """JSON-LD, which is JSON: only its name differs."""

    media_type = "application/ld+json"


def linked_data(request: Request, document: dict[str, Any], media_type: str) -> Response:
    """`document` as `media_type`, with its profile, or as application/json to those who ask for that."""
    as_linked = isinstance(request.accepted_renderer, LinkedDataRenderer)  # type: ignore[attr-defined]
    return Response(document, content_type=media_type if as_linked else None)
