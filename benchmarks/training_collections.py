"""Drawings of things for a small model to learn from beside the Open Clip Art Library's, as uniform tables.

    python -m benchmarks.training_collections FOLDER

Writes FOLDER/emoji.csv, furniture.csv and game-icons.csv, and their pictures below FOLDER/images. Needs npm, apt-get
and dpkg with network access to their archives; nothing is installed, and nothing of what is fetched is part of this
project.

emoji: things as five houses draw them, with Unicode's names and keywords. furniture: rendered models of Sweet Home 3D
with name, room and tags. game-icons: black shapes with a name. Licences stand beside each source; works whose licence
asks for derived works to be shared alike are left out.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from heritage.errors import UserError
from heritage.progress import Progress, TerminalProgress

from .collection_pairs.npm import NpmPackage, fetch_files
from .collection_pairs.pair import CatalogueRow, images_of, write_table

NAMES = NpmPackage(
    "emojibase-data",
    "17.0.0",
    "sha512-Yvgb5AWoHViHV/gq1qr5ZAarcBip+B27/ZLRsUJkbgAEaLlZ/fof9g882LTpmEpyhBNEC0m2SEmItljHsTygjA==",
    "MIT",
)
FLUENT_3D = NpmPackage(
    "@lobehub/fluent-emoji-3d",
    "1.1.0",
    "sha512-Wlq2lVStTnr8BDpIJ0pEnTKO4LuDxxqTEhTvRtD1DLRF0me7ogeRQjKoehDHXuVJ2Qaecgl5wRBv60lUAG3h7g==",
    "MIT",
)
ICONIFY = {
    "fluent": NpmPackage(
        "@iconify-json/fluent-emoji-flat",
        "1.2.6",
        "sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUlPlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==",
        "MIT",
    ),
    "firefox": NpmPackage(
        "@iconify-json/fxemoji",
        "1.2.2",
        "sha512-UAasRaxzFUKfIGSmLwnoarsssA4LX0VLLuEmplIqM6ZNQqIQRtav8tZ4H1neTlBreXuMQyAifr5jP4kn78DpiQ==",
        "Apache-2.0",
    ),
    "emojitwo": NpmPackage(
        "@iconify-json/emojione",
        "1.2.3",
        "sha512-T9+T3HIbJNLKKsmxYKlaYhvnHYkz/HNYTV7SHCXVZPfeUi4FqskY70YeN8yYAZT8cCv7w5vJxS4Q1m8zb9CMMg==",
        "CC-BY-4.0",
    ),
    "streamline": NpmPackage(
        "@iconify-json/streamline-emojis",
        "1.2.4",
        "sha512-iNr9T9XuZVTyQPJO8ZlLxBzPkpi7qMl+z1l0C31vpEMqhPMelth3n7CeWQYtixdetDPdI81yeG4ROqjWpYJE6A==",
        "CC-BY-4.0",
    ),
}
GAME_ICONS = NpmPackage(
    "@iconify-json/game-icons",
    "1.2.4",
    "sha512-/HDDZxowXgDJcOEwPspUCq5RuDdl25OyZKdtxqqiPJQNTrWIym7r4StLzIVs77DyNzOWWhH5wDqwYR3WHeDfkg==",
    "CC-BY-3.0",
)
FURNITURE = "sweethome3d-furniture"  # Debian; CC0-1.0 and CC-BY-3.0

SIDE = 192
# Animals and nature, food, travel and places, activities, objects: no faces, people, signs and flags.
GROUPS = (3, 4, 5, 6, 7)
# The icons pair takes things in the order of the hash of their code point: those below are what both its houses draw,
# by which models are judged.
JUDGED_BELOW = "5c"
MAKERS = ("Blend Swap", "SCPTS")
_PROPERTY = re.compile(r"^(name|tags|category|icon)#(\d+)=(.*)$")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_NUMBERED = re.compile(r"(abstract|rank|perspective-dice).*|.*-\d+$")


@dataclass(frozen=True)
class Emoji:
    """A thing as Unicode has it. code: upper-case, parts joined by "-"."""

    code: str
    label: str
    tags: tuple[str, ...]
    subgroup: str

    @property
    def slug(self) -> str:
        return slug_of(self.label)


def slug_of(label: str) -> str:
    """As icon sets name the thing."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower().replace("’", "").replace("'", "")).strip("-")


def read_emoji(data: Iterable[Mapping[str, Any]], subgroups: Mapping[str, str]) -> list[Emoji]:
    """The things of emojibase's list that models are not judged by."""
    return [
        Emoji(row["hexcode"], row["label"], tuple(row.get("tags", ())), subgroups[str(row["subgroup"])])
        for row in data
        if row.get("group") in GROUPS and not is_judged(row["hexcode"])
    ]


def is_judged(code: str) -> bool:
    """Whether both houses of the icons pair may draw the thing, with or without the selector of the coloured form."""
    forms = {code, code.removesuffix("-FE0F")}
    return any(hashlib.sha256(form.encode()).hexdigest() < JUDGED_BELOW for form in forms)


def icon_of(icons: Mapping[str, Any], slug: str) -> bytes | None:
    """The thing's drawing in an Iconify set as SVG, under its name, that without hyphens or the first of several."""
    for name in (slug, slug.replace("-", ""), f"{slug}-1"):
        name = icons.get("aliases", {}).get(name, {}).get("parent", name)
        if icon := icons["icons"].get(name):
            return as_svg(icons, icon)
    return None


def as_svg(icons: Mapping[str, Any], icon: Mapping[str, Any]) -> bytes:
    """Iconify keeps the inside of each drawing; a size of its own goes before the set's."""
    width, height = (icon.get(side, icons.get(side, 16)) for side in ("width", "height"))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}">{icon["body"]}</svg>'
    ).encode()


def read_furniture(properties: str) -> list[dict[str, str]]:
    """The pieces of a catalogue of Sweet Home 3D: name, tags, category, and icon as a path in its archive.

    Tags that name who made the piece are left out.
    """
    pieces: dict[str, dict[str, str]] = {}
    for line in properties.splitlines():
        if found := _PROPERTY.match(line):
            text = _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), found[3])
            terms = [term for term in re.split(r",\s*", text.strip()) if term not in MAKERS]
            pieces.setdefault(found[2], {})[found[1]] = ", ".join(terms)
    return [piece for piece in pieces.values() if piece.get("name") and piece.get("icon")]


def game_icon_name(slug: str) -> str:
    """What the shape is called, or nothing where it is one of a numbered series."""
    return "" if _NUMBERED.fullmatch(slug) else slug.replace("-", " ")


def write_emoji(folder: Path, progress: Progress) -> None:
    """A record a thing, with a picture of each house that draws it."""
    progress.start("Fetching six packages", 2 + len(ICONIFY))
    data, groups = _documents(NAMES, "en/data.json", "meta/groups.json")
    progress.advance()
    rendered = fetch_files(FLUENT_3D, lambda path: path.startswith("assets/"))
    progress.advance()
    sets = {}
    for house, package in ICONIFY.items():
        (sets[house],) = _documents(package, "icons.json")
        progress.advance()
    things = read_emoji(data, groups["subgroups"])
    rows = []
    progress.start("Drawing emoji", len(things))
    for thing in things:
        drawings = {"fluent-3d": _rendered(rendered, thing.code)}
        drawings |= {house: icon_of(icons, thing.slug) for house, icons in sets.items()}
        for house, drawing in drawings.items():
            if drawing:
                picture = f"emoji/{thing.code}-{house}.png"
                _draw(drawing, images_of(folder) / picture)
                terms = thing.subgroup.replace("-", " ")
                rows.append(CatalogueRow(thing.code, thing.label, ", ".join(thing.tags), terms, picture))
        progress.advance()
    write_table(folder, "emoji", rows)


def _documents(package: NpmPackage, *paths: str) -> list[Any]:
    files = fetch_files(package, lambda path: path in paths)
    return [json.loads(files[path]) for path in paths]


def _rendered(files: Mapping[str, bytes], code: str) -> bytes | None:
    forms = (code.lower(), code.lower().replace("-fe0f", ""))
    return next((files[path] for form in forms if (path := f"assets/{form}.webp") in files), None)


def write_game_icons(folder: Path, progress: Progress) -> None:
    """A record a shape."""
    (icons,) = _documents(GAME_ICONS, "icons.json")
    rows = []
    progress.start("Drawing shapes", len(icons["icons"]))
    for slug, icon in icons["icons"].items():
        if name := game_icon_name(slug):
            picture = f"game-icons/{slug}.png"
            _draw(as_svg(icons, icon), images_of(folder) / picture)
            rows.append(CatalogueRow(slug, name, "", "", picture))
        progress.advance()
    write_table(folder, "game-icons", rows)


def write_furniture(folder: Path, progress: Progress) -> None:
    """A record a model, but for the catalogue of people."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        archives = [archive for archive in _debian(FURNITURE, Path(place)) if archive.stem != "Reallusion"]
        progress.start("Reading furniture", len(archives))
        for path in archives:
            with zipfile.ZipFile(path) as archive:
                pieces = read_furniture(archive.read("PluginFurnitureCatalog.properties").decode("latin-1"))
                for number, piece in enumerate(pieces):
                    record = f"{path.stem}-{number:03d}"
                    _draw(archive.read(piece["icon"].lstrip("/")), images_of(folder) / f"furniture/{record}.png")
                    rows.append(
                        CatalogueRow(
                            record,
                            piece["name"],
                            piece.get("tags", ""),
                            piece.get("category", ""),
                            f"furniture/{record}.png",
                        )
                    )
            progress.advance()
    write_table(folder, "furniture", rows)


def _debian(package: str, place: Path) -> list[Path]:
    """Unpack a package below `place`; its archives of furniture."""
    if shutil.which("apt-get") is None or shutil.which("dpkg") is None:
        raise UserError(f"{package} is fetched by apt-get: run this on Debian, after apt-get update.")
    done = subprocess.run(
        ["apt-get", "download", "-q", package], cwd=place, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UserError(f"apt-get could not fetch {package}; run apt-get update first: {done.stderr.strip()[-200:]}")
    for archive in place.glob("*.deb"):
        subprocess.run(["dpkg", "-x", archive, place], check=True)
    return sorted(place.rglob("*.sh3f"))


def _draw(drawing: bytes, path: Path) -> None:
    """Write SVG, PNG or WebP on white, SIDE pixels at most."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = pyvips.Image.thumbnail_buffer(drawing, SIDE, height=SIDE).colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    image.write_to_file(str(path))


WRITERS: tuple[Callable[[Path, Progress], None], ...] = (write_emoji, write_furniture, write_game_icons)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for write in WRITERS:
        write(folder, TerminalProgress())


if __name__ == "__main__":
    main()
