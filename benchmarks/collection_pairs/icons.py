"""Two houses' drawings of the same things: Google's Noto Emoji, painted, and OpenMoji's, outlined.

Fetched from npm each time, since neither is ours to hand on; what is written keeps their licences.
"""

import json
from pathlib import Path
from typing import Any

import pyvips

from heritage.errors import UserError
from heritage.progress import Progress

from .emoji import Thing, deal, noto_row, openmoji_row, read_things, relate
from .npm import NpmPackage, fetch_files
from .pair import PAIRS, images_of, write_pairs, write_table

OPENMOJI = NpmPackage(
    "openmoji",
    "17.0.0",
    "sha512-EBnYrNGdcdw+OSXmENeNE1yBNRu6tOraTmoOyUbJkTmvT/+XETp8RZLSJFzD3lrPc5N9CzsyPnRTk0Vp4UaI9w==",
    "CC-BY-SA-4.0",
)
NOTO = NpmPackage(
    "@iconify-json/noto",
    "1.2.9",
    "sha512-DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==",
    "Apache-2.0",
)
EMOJILIB = NpmPackage(
    "emojilib",
    "4.0.3",
    "sha512-KbWiYre9aRSaPbHrHZIz9zmoM+21LAsK1VFJtnTh1VCtWE/rNMDviGhQTmselFl95dhqtGlY22iH0leG5BuW0g==",
    "MIT",
)
OPENMOJI_TABLE = "data/openmoji.csv"
EMOJILIB_TABLE = "dist/emoji-en-US.json"
SIDE = 256
BOTH, ONLY_NOTO, ONLY_OPENMOJI = 200, 200, 100


def write_icons(folder: Path, progress: Progress) -> None:
    """400 and 300 records, 200 things drawn by both. Raises UserError where a package cannot be had."""
    pair = PAIRS["icons"]
    progress.start("Fetching three packages")
    openmoji = fetch_files(OPENMOJI, lambda path: path == OPENMOJI_TABLE or path.startswith("color/svg/"))
    noto = fetch_files(NOTO, ("icons.json", "chars.json").__contains__)
    keywords = fetch_files(EMOJILIB, EMOJILIB_TABLE.__eq__)[EMOJILIB_TABLE]
    icons, names = json.loads(noto["icons.json"]), json.loads(noto["chars.json"])
    things = read_things(openmoji[OPENMOJI_TABLE].decode(), json.loads(keywords))
    things = [thing for thing in things if thing.noto_code in names and _openmoji_svg(thing) in openmoji]
    if len(things) < BOTH + ONLY_NOTO + ONLY_OPENMOJI:
        raise UserError(f"The packages have only {len(things)} things in common: ask for fewer.")
    a, b = deal(things, both=BOTH, only_a=ONLY_NOTO, only_b=ONLY_OPENMOJI)
    images = images_of(folder)
    progress.start("Drawing them", len(a) + len(b))
    rows_a, rows_b = [], []
    for thing in a:
        svg = _noto_svg(icons, names[thing.noto_code])
        rows_a.append(noto_row(thing, _draw(svg, images, pair.a, thing)))
        progress.advance()
    for thing in b:
        rows_b.append(openmoji_row(thing, _draw(openmoji[_openmoji_svg(thing)], images, pair.b, thing)))
        progress.advance()
    write_table(folder, pair.a, rows_a)
    write_table(folder, pair.b, rows_b)
    write_pairs(
        folder,
        pair,
        ((noto_row(one, "").record_id, openmoji_row(other, "").record_id, label) for one, other, label in relate(a, b)),
    )


def _openmoji_svg(thing: Thing) -> str:
    return f"color/svg/{thing.code}.svg"


def _noto_svg(icons: dict[str, Any], name: str) -> bytes:
    """Iconify keeps the inside of each drawing; all are of one size."""
    width, height = icons["width"], icons["height"]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">{icons["icons"][name]["body"]}</svg>'
    ).encode()


def _draw(svg: bytes, images: Path, collection: str, thing: Thing) -> str:
    """Write it on white and return its path below `images`."""
    name = f"{collection}/{thing.code}.png"
    path = images / name
    path.parent.mkdir(parents=True, exist_ok=True)
    drawing = pyvips.Image.thumbnail_buffer(svg, SIDE, height=SIDE)
    drawing.flatten(background=[255, 255, 255]).write_to_file(str(path))
    return name
