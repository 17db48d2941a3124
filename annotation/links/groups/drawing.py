"""The network as an SVG: each group a ring of dots, joined where records are linked. Pure."""

import math
from collections.abc import Mapping, Sequence

from models_ml.maps.drawing import xml_text
from models_ml.maps.palette import COLOURS, OTHER

from .components import RecordGroup

WIDTH = 1000
DOT, GAP, EDGE = 6.0, 22.0, 20.0
ROW = 22
MOST_GROUPS = 400
LARGEST = (WIDTH - 2 * EDGE - GAP) / 2 - DOT  # radius of a ring that fills the width; dots of more records overlap


def network_svg(
    *,
    title: str,
    groups: Sequence[RecordGroup],
    collections: Mapping[int, int],
    names: Mapping[int, str],
    labels: Sequence[str],
) -> str:
    """collections: of each record; names: of each collection; labels: of the links that ties point to. The first
    MOST_GROUPS are drawn, and the drawing says how many are not."""
    present = sorted(set(collections.values()), key=lambda key: names[key])
    colour = {key: COLOURS[place][0] if place < len(COLOURS) else OTHER[0] for place, key in enumerate(present)}
    top = 50 + ROW * len(present)
    x, y, tallest, drawn = EDGE, top + EDGE, 0.0, []
    for group in groups[:MOST_GROUPS]:
        radius = min(max(16.0, GAP * len(group.records) / (2 * math.pi)), LARGEST)
        size = 2 * (radius + DOT) + GAP
        if x + size > WIDTH - EDGE and x > EDGE:
            x, y, tallest = EDGE, y + tallest, 0.0
        drawn.append(_ring(group, x + size / 2, y + size / 2, radius, colour, collections, labels))
        x, tallest = x + size, max(tallest, size)
    height = round(y + tallest + 40)
    left_out = len(groups) - MOST_GROUPS
    return "".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
            f' role="img" aria-label="{xml_text(title)}" font-family="Inter, Arial, sans-serif">',
            f'<rect width="{WIDTH}" height="{height}" fill="#f6f5f2"/>',
            f'<text x="{EDGE}" y="30" font-size="18" font-weight="600" fill="#1d1e20">{xml_text(title)}</text>',
            *(
                f'<circle cx="{EDGE + 6}" cy="{50 + ROW * place}" r="6" fill="{colour[key]}"/>'
                f'<text x="{EDGE + 20}" y="{55 + ROW * place}" font-size="13" fill="#1d1e20">'
                f"{xml_text(names[key])}</text>"
                for place, key in enumerate(present)
            ),
            *drawn,
            f'<text x="{EDGE}" y="{height - 12}" font-size="12" fill="#5b5c60">'
            f"Thick: same object; thin: similar; dashed: same category."
            f"{f' {left_out:,} smaller groups are not drawn.' if left_out > 0 else ''}</text>",
            "</svg>",
        ]
    )


_STROKES = {
    "same_object": 'stroke-width="3"',
    "similar_object": 'stroke-width="1.3"',
    "same_category": 'stroke-width="1.3" stroke-dasharray="3 3"',
}


def _ring(
    group: RecordGroup,
    x: float,
    y: float,
    radius: float,
    colour: Mapping[int, str],
    collections: Mapping[int, int],
    labels: Sequence[str],
) -> str:
    ordered = sorted(group.records, key=lambda record: (collections[record], record))
    at = {
        record: (
            round(x + radius * math.sin(2 * math.pi * place / len(ordered)), 1),
            round(y - radius * math.cos(2 * math.pi * place / len(ordered)), 1),
        )
        for place, record in enumerate(ordered)
    }
    lines = [
        f'<path d="M{at[tie.a][0]} {at[tie.a][1]}L{at[tie.b][0]} {at[tie.b][1]}" stroke="#5b5c60"'
        f" {_STROKES[labels[tie.link]]}/>"
        for tie in group.ties
    ]
    dots = [f'<circle cx="{at[key][0]}" cy="{at[key][1]}" r="{DOT}" fill="{colour[collections[key]]}"/>' for key in at]
    return "".join(lines + dots)
