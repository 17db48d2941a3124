"""Sizes that charts share. All of them are known before anything is drawn, so that a page keeps the room free."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from .figures import Chart
from .theme import FONT_SIZE, Specification, colour, config

ROWS = "rows"  # name of the data that a chart is about, beside which there may be words
WIDTH = 552  # of a whole chart, in CSS pixels where the page has the room
NARROW = 400  # of one that stands in the narrow column
NARROWEST = 340  # of three beside each other
AXIS_HEIGHT = 48  # ticks and the axis' title
PER_CENT = "format(100 * datum.value, '~f') + ' %'"  # a share on an axis
EDGE = 12  # room at the right for half a tick's figure and an arrow head

_CHARACTER = 7.4  # generous width of a character of a label
_LONGEST_LABEL = 32
_TITLE_LINE = 20
_SUBTITLE_LINE = FONT_SIZE + 4
_TITLE_GAP = 8
_TITLE_CHARACTER = 8.5
_SUBTITLE_CHARACTER = 6.2


def short(text: str, longest: int = _LONGEST_LABEL) -> str:
    """Cut where a drawing has no room; tooltip and table have the whole."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def label_room(labels: Sequence[str]) -> int:
    """Width for labels at the left, with the gap after them."""
    return math.ceil(16 + _CHARACTER * max([len(short(label)) for label in labels], default=0))


def with_finish(
    layers: Any,
    about: Chart,
    *,
    rows: Sequence[Mapping[str, Any]],
    width: int = WIDTH,
    left: int,
    right: int,
    top: int,
    bottom: int,
    height: int,
) -> Specification:
    """altair's `layers` as Vega-Lite, of exactly `width` by top + height + bottom; `rows` are the data named ROWS.

    Nothing is measured at drawing time ("autosize" is none), since fonts differ between a browser and the server.
    altair copies all that a chart has at each call, so this is written beside its layers and not into them.
    """
    found: Specification = layers.to_dict(validate=False)
    return found | {
        "datasets": found.get("datasets", {}) | {ROWS: list(rows)},
        "width": width - left - right,
        "height": height,
        "padding": {"left": left, "right": right, "top": top, "bottom": bottom},
        "autosize": {"type": "none"},
        "description": f"{about.title}. {about.words}",
        "config": config(),
    }


def where(selection: Any, value: float) -> dict[str, Any]:
    """A condition: `value` where `selection` (of altair) has chosen something. altair's own way to write it takes it
    from a dictionary with a search through all of the schema."""
    return {"param": selection.name, "empty": selection.empty is not False, "value": value}


def size(specification: Specification) -> tuple[int, int]:
    """Width and height of the whole drawing."""
    padding = specification["padding"]
    return (
        specification["width"] + padding["left"] + padding["right"],
        specification["height"] + padding["top"] + padding["bottom"],
    )


def entitled(specification: Specification, title: str, notes: Sequence[str]) -> Specification:
    """The same with its title and notes above it, for files that leave the page.

    They are marks and no title of Vega's, which would be placed by measuring what lies below it.
    """
    width, _ = size(specification)
    heading = textwrap.wrap(title, int(width / _TITLE_CHARACTER))
    # A figure stays on the line of its sign.
    lines = [
        line
        for note in notes
        for line in textwrap.wrap(note.replace(" %", "\u00a0%"), int(width / _SUBTITLE_CHARACTER))
    ]
    padding = specification["padding"]
    below = _SUBTITLE_LINE * len(lines)
    top = -(padding["top"] + 2 * _TITLE_GAP + below + 4 + _TITLE_LINE * len(heading))

    def words(text: list[str], y: int, **mark: Any) -> Specification:
        return {
            "data": {"values": [{}]},
            "mark": {"type": "text", "align": "left", "baseline": "top", "text": text, **mark},
            "encoding": {"x": {"value": -padding["left"]}, "y": {"value": y}},
        }

    return specification | {
        "padding": {
            "left": padding["left"] + EDGE,
            "right": padding["right"] + EDGE,
            "top": EDGE - top,
            "bottom": padding["bottom"] + EDGE,
        },
        "layer": [
            *specification["layer"],
            words(heading, top, fontSize=15, fontWeight=600, lineHeight=_TITLE_LINE),
            words(lines, -(padding["top"] + 2 * _TITLE_GAP + below), color=colour("soft"), lineHeight=_SUBTITLE_LINE),
        ],
    }


# --- A logarithmic axis of odds --------------------------------------------------------------

# The axis always shows a half and a double, so that small differences look small, and never more than a
# hundredfold either way: an interval that goes on gets an arrow head.
_NARROWEST = (0.5, 2.0)
_WIDEST = (0.01, 100.0)
_TICK_SPACING = 40.0
# Multiples of each power of ten that may be marked, from many to few.
_MARKS = ((1, 1.25, 1.5, 2, 2.5, 3, 4, 5, 6, 8), (1, 1.5, 2, 3, 4, 6), (1, 2, 5), (1, 3), (1,))


def odds_limits(lows: Sequence[float], highs: Sequence[float]) -> tuple[float, float]:
    """Where the axis begins and ends."""
    return (
        max(_WIDEST[0], min([_NARROWEST[0], *(0.9 * low for low in lows)])),
        min(_WIDEST[1], max([_NARROWEST[1], *(1.1 * high for high in highs)])),
    )


def odds_marks(low: float, high: float, width: float) -> list[float]:
    """As many round figures as fit on `width` without touching; 1 is always among them."""

    def across(value: float) -> float:
        return width * math.log(value / low) / math.log(high / low)

    values: list[float] = []
    for marks in _MARKS:
        values = sorted(
            mark * 10.0**power for power in range(-2, 3) for mark in marks if low <= mark * 10.0**power <= high
        )
        if _apart(values, across):
            break
    return values


def _apart(values: Sequence[float], across: Callable[[float], float]) -> bool:
    places = [across(value) for value in values]
    return all(later - earlier >= _TICK_SPACING for earlier, later in pairwise(places))
