"""A map as one SVG: points, names of its clusters and a legend. Pure.

Points of a colour are one path of lines without length whose ends are round, 14 bytes each, so that a map of 100,000
records is a megabyte and a half. Attributes alone say how it looks: it holds under any Content-Security-Policy.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape as escape_marks

import numpy as np

WIDTH, HEIGHT, MARGIN = 1000, 1000, 30
LEGEND_ROW, LEGEND_TOP = 22, 46
FONT = "Inter, Arial, 'Liberation Sans', sans-serif"
MOST_LABELS = 40
_NOT_XML = re.compile(r"[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def map_svg(
    *,
    title: str,
    note: str,
    places: np.ndarray,
    side: int,
    colours: np.ndarray,
    legend: Sequence[Mapping[str, Any]],
    other: str,
    labels: Sequence[Mapping[str, Any]],
) -> str:
    """places: (n, 2) from 0 to `side`; colours: (n,), places in `legend`, beyond it for `other`; labels: name, x, y."""
    scale = (WIDTH - 2 * MARGIN) / side
    at = np.rint((places * scale + MARGIN) * 10).astype(int)
    top = LEGEND_TOP + LEGEND_ROW * -(-(len(legend) + 1) // 2) + 10
    stroke = 30 if len(places) > 20_000 else 50 if len(places) > 2_000 else 90
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + top}" width="{WIDTH}"'
        f' height="{HEIGHT + top}" role="img" aria-label="{xml_text(title)}" font-family="{FONT}">',
        f'<rect width="{WIDTH}" height="{HEIGHT + top}" fill="#f6f5f2"/>',
        f'<text x="{MARGIN}" y="28" font-size="18" font-weight="600" fill="#1d1e20">{xml_text(title)}</text>',
        *_legend(legend, other, bool((colours >= len(legend)).any())),
        f'<g transform="translate(0 {top}) scale(0.1)" fill="none" stroke-width="{stroke}" stroke-linecap="round">',
        _path(at[colours >= len(legend)], other),
        *(_path(at[colours == number], entry["light"]) for number, entry in enumerate(legend)),
        "</g>",
        f'<g transform="translate(0 {top})" font-size="13" font-weight="600" text-anchor="middle">',
        *_labels(labels, scale),
        "</g>",
        f'<text x="{MARGIN}" y="{HEIGHT + top - 10}" font-size="12" fill="#5b5c60">{xml_text(note)}</text>',
        "</svg>",
    ]
    return "".join(parts)


def xml_text(text: str) -> str:
    """Without what no XML may hold, however written."""
    return escape_marks(_NOT_XML.sub("", text), {'"': "&quot;"})


def _path(at: np.ndarray, colour: str) -> str:
    if not len(at):
        return ""
    return f'<path stroke="{colour}" stroke-opacity="0.75" d="{"".join(f"M{x} {y}h0" for x, y in at.tolist())}"/>'


def _legend(legend: Sequence[Mapping[str, Any]], other: str, has_other: bool) -> list[str]:
    entries = [(entry["light"], entry["name"]) for entry in legend] + ([(other, "Other")] if has_other else [])
    drawn = []
    for number, (colour, name) in enumerate(entries):
        x, y = MARGIN + (number % 2) * (WIDTH // 2 - MARGIN), LEGEND_TOP + LEGEND_ROW * (number // 2)
        said = name if len(name) <= 60 else name[:59] + "…"
        drawn.append(
            f'<circle cx="{x + 6}" cy="{y + 4}" r="6" fill="{colour}"/>'
            f'<text x="{x + 20}" y="{y + 9}" font-size="13" fill="#1d1e20">{xml_text(said)}</text>'
        )
    return drawn


def _labels(labels: Sequence[Mapping[str, Any]], scale: float) -> list[str]:
    """The names of the largest clusters, none over another."""
    taken: list[tuple[float, float, float]] = []
    drawn = []
    for label in labels:
        x, y, half = label["x"] * scale + MARGIN, label["y"] * scale + MARGIN, 4.0 * len(label["name"])
        x = min(max(x, half), WIDTH - half)
        if any(abs(x - other) < half + width and abs(y - level) < 17 for other, level, width in taken):
            continue
        taken.append((x, y, half))
        drawn.append(
            f'<text x="{x:.0f}" y="{y:.0f}" stroke="#f6f5f2" stroke-width="4" stroke-linejoin="round">'
            f"{xml_text(label['name'])}</text>"
            f'<text x="{x:.0f}" y="{y:.0f}" fill="#1d1e20">{xml_text(label["name"])}</text>'
        )
        if len(drawn) == MOST_LABELS:
            break
    return drawn
