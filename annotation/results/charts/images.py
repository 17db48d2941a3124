"""Vega-Lite as SVG and PNG, drawn on the server by vl-convert. Imports it: import this where charts are drawn."""

import json
from xml.sax.saxutils import escape

import vl_convert

from .theme import Specification

PNG_SCALE = 2.0


def as_svg(specification: Specification) -> str:
    """An `<svg>` element. Nothing is loaded from anywhere: the data are in the specification."""
    drawn: str = vl_convert.vegalite_to_svg(json.dumps(specification), allowed_base_urls=[])
    return drawn


def as_png(specification: Specification) -> bytes:
    """Twice as many pixels as the drawing has CSS pixels each way, for print and for dense screens."""
    drawn: bytes = vl_convert.vegalite_to_png(json.dumps(specification), scale=PNG_SCALE, allowed_base_urls=[])
    return drawn


def for_page(svg: str) -> str:
    """The SVG as part of a page, which has its words around it and says them once."""
    return svg.replace("<svg ", '<svg aria-hidden="true" ', 1)


def with_words(svg: str, *, title: str, words: str) -> str:
    """The SVG of a file with its text alternative in it, for whoever cannot see it."""
    head, separator, rest = svg.partition(">")
    role = "" if " role=" in head else ' role="img"'
    return f"{head}{role}{separator}<title>{escape(title)}</title><desc>{escape(words)}</desc>{rest}"
