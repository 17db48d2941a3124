"""How charts look: one theme of the site's own colours, for both modes at once.

A specification names colours as the style sheet does, `var(--ink)`. In a page they follow the reader's mode without
being drawn anew; files that stand alone get the colours of one mode written in. TOKENS repeats
`static/css/site/tokens.css`, and a test holds the two together.
"""

import json
import re
from typing import Any, Literal

Mode = Literal["light", "dark"]
Specification = dict[str, Any]

TOKENS: dict[str, tuple[str, str]] = {
    "paper": ("#fbfaf8", "#26282c"),
    "ink": ("#1d1e20", "#ecebe7"),
    "soft": ("#5b5c60", "#a6a7ab"),
    "line": ("#d4d1ca", "#36383d"),
    "accent": ("#8a4b1f", "#e0a070"),
    "same-object": ("#1f5c4a", "#7fdcc0"),
    "similar-object": ("#35805b", "#54a07d"),
    "same-category": ("#8a7a2e", "#d9c87a"),
    "unrelated": ("#918a83", "#a8a29c"),
}
FONT = "Inter, 'Liberation Sans', Arial, Helvetica, sans-serif"
FONT_SIZE = 13

# Whether an estimate lies above its reference, below it, or cannot be told from it. Colour is never the only sign:
# the last is drawn as a ring, and on which side of the line the others lie can be seen.
SIGN_COLOURS = {
    "more": "same-object",
    "fewer": "accent",
    "untold": "unrelated",
    "beside": "unrelated",
    "plain": "accent",
}
LABEL_COLOURS = {
    "same_object": "same-object",
    "similar_object": "similar-object",
    "same_category": "same-category",
    "unrelated": "unrelated",
}
NO_LABEL_COLOUR = "ink"  # an answer without a label is no point on the scale of four

_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")


def colour(token: str) -> str:
    """The colour as a specification names it; KeyError for one that no file could be drawn with."""
    TOKENS[token]
    return f"var(--{token})"


def label_colour(label: str) -> str:
    return colour(LABEL_COLOURS.get(label, NO_LABEL_COLOUR))


def config() -> Specification:
    """Vega-Lite's `config` of every chart. Marks say nothing to screen readers: the page has the words around them."""
    return {
        "aria": False,
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": {
            "domainColor": colour("line"),
            "gridColor": colour("line"),
            "tickColor": colour("line"),
            "labelColor": colour("soft"),
            "labelFontSize": FONT_SIZE,
            "titleColor": colour("soft"),
            "titleFontSize": FONT_SIZE,
            "titleFontWeight": "normal",
        },
        "legend": {
            "labelColor": colour("soft"),
            "labelFontSize": FONT_SIZE,
            "labelLimit": 0,
            "symbolType": "square",
            "symbolSize": 120,
            "symbolStrokeWidth": 0,
            "title": None,
        },
        "text": {"color": colour("ink"), "fontSize": FONT_SIZE, "limit": 0},
    }


def in_mode(specification: Specification, mode: Mode) -> Specification:
    """The specification with the colours of one mode, on a ground of its own: white for paper in the light one."""

    def written(found: re.Match[str]) -> str:
        if found[1] == "paper" and mode == "light":
            return "#ffffff"
        return TOKENS[found[1]][mode == "dark"]

    text = json.dumps(specification | {"background": colour("paper")}, ensure_ascii=False)
    found: Specification = json.loads(_VARIABLE.sub(written, text))
    return found
