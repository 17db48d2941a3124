"""The README's commands, as they stand there and in their order, on a site with nothing in it.

Without a network `heritage-mini` takes the place of `siglip`, as the README says. What is not run is named.
"""

import csv
import io
import re
import shlex
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import F, Value
from django.db.models.functions import Replace
from PIL import Image as Picture
from PIL import ImageDraw
from pytest_django import Settings

from annotation.answers.actions import record_annotation
from annotation.models import Assignment, Campaign
from heritage.models import Image
from tests.unit.heritage.importers.attacks import cell, xlsx

README = Path(__file__).resolve().parents[3] / "README.md"
# What needs a shell, a network or a terminal, or does not come to an end by itself.
NOT_RUN = ("make", ".", "export", "serve", "register_model")
# What the README says of a small model, and what `sample_pairs` says where a stratum has few pairs, as here.
ADDED = {"finetune": ("--lr", "1e-3"), "sample_pairs": ("--allow-fewer",)}
NOUNS = (
    *("Kettle", "Lamp", "Loom", "Clock", "Radio", "Telephone", "Camera", "Microscope"),
    *("Pistol", "Teapot", "Chair", "Bicycle", "Saw", "Plough", "Barometer", "Globe"),
)
KINDS = (
    *("Brass", "Iron", "Wooden", "Small", "Large", "Painted", "Portable"),
    *("Electric", "Early", "Broken", "Plain", "Miniature", "French", "Scottish"),
)
MUSEUM = "https://www.nms.ac.uk/api/axiell?command=getcontent&server=Detail&value="


def commands() -> list[list[str]]:
    """The block under "On your own collections", a list of words for each line, comments left out."""
    section = README.read_text().split("## On your own collections")[1]
    block = re.search(r"(?:\n {4}\S.*)+", section)
    assert block is not None
    lines = [shlex.split(line, comments=True) for line in block.group().strip().splitlines()]
    return [words[2:] if words[:2] == ["python", "manage.py"] else words for words in lines]


def without_network(words: list[str]) -> list[str]:
    here = ["heritage-mini" if word == "siglip" else word for word in words]
    return [*here, *ADDED.get(words[0], ())]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        pass


@dataclass(frozen=True)
class Object:
    """`number` tells what it is an example of, in both museums."""

    key: str
    number: int

    @property
    def noun(self) -> str:
        return NOUNS[self.number % len(NOUNS)]

    @property
    def name(self) -> str:
        return f"{KINDS[self.number // len(NOUNS)]} {self.noun.lower()}"

    @property
    def description(self) -> str:
        return f"{self.name} of about {1750 + self.number}."

    def picture(self) -> bytes:
        """Its noun decides the colour, its type where the square stands."""
        image = Picture.new("RGB", (96, 96), "white")
        at = 4 + 12 * (self.number // len(NOUNS))
        hue = 360 * (self.number % len(NOUNS)) // len(NOUNS)
        ImageDraw.Draw(image).rectangle((at, at, at + 40, at + 40), fill=f"hsl({hue}, 70%, 45%)")
        image.save(written := io.BytesIO(), "JPEG")
        return written.getvalue()


@pytest.fixture
def museum(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A folder with all files that the commands name, and the address of a server with the other museum's pictures."""
    monkeypatch.chdir(tmp_path)
    settings.FETCH_ALLOW_LOOPBACK, settings.FETCH_PAUSE_SECONDS = True, 0.0
    settings.MODELS_DIR = tmp_path / "models"
    ours = [Object(f"T{number}", number) for number in range(220)]
    theirs = [Object(f"K{number}", number) for number in range(120)]
    write_spreadsheet(ours)
    write_export(theirs, tmp_path / "media")
    write_pairs(ours, theirs)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "media")))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def write_spreadsheet(objects: list[Object]) -> None:
    """export.xlsx, and pictures.zip."""
    table = [("record_id", "name", "description", "taxonomy", "img_path")]
    table += [(each.key, each.name, each.description, each.noun, f"{each.key}.jpg") for each in objects]
    rows = ""
    for line, texts in enumerate(table, start=1):
        cells = (cell(f"{column}{line}", text) for column, text in zip("ABCDE", texts, strict=True))
        rows += f'<row r="{line}">{"".join(cells)}</row>'
    xlsx(Path("export.xlsx"), rows)
    with zipfile.ZipFile("pictures.zip", "w") as archive:
        for each in objects:
            archive.writestr(f"{each.key}.jpg", each.picture())


def write_export(objects: list[Object], media: Path) -> None:
    """export.csv, and the pictures that the other museum serves."""
    media.mkdir()
    columns = (
        "object_number",
        "object_name",
        "description",
        "object_category",
        "administration_name",
        "media.reference",
    )
    with Path("export.csv").open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(columns)
        for each in objects:
            table.writerow([each.key, each.name, each.description, each.noun, "", f"PF{each.key}"])
            (media / f"PF{each.key}").write_bytes(each.picture())


def write_pairs(ours: list[Object], theirs: list[Object]) -> None:
    """pairs.csv: what is the same or alike; guidance.csv: some of it to be shown."""
    alike = [
        (a.key, b.key, "same_object" if a.number == b.number else "similar_object")
        for a in ours
        for b in theirs
        if a.noun == b.noun
    ]
    with Path("pairs.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("a", "b", "label"), *alike])
    with Path("guidance.csv").open("w", newline="") as file:
        shown = [("example", *alike[0], "Both stand on three legs."), ("practice", *alike[-1], "Look at the lid.")]
        csv.writer(file).writerows([("kind", "a", "b", "label", "note"), *shown])


def made_ready(words: list[str], museum: str) -> None:
    """What people do between two commands."""
    if words[0] == "fetch_images":  # the museum's address leads here
        Image.objects.update(source=Replace(F("source"), Value(MUSEUM), Value(museum)))
    if words[0] == "analyse":
        for place, each in enumerate(Assignment.objects.select_related("annotator").order_by("pk")):
            label = ("same_object", "similar_object", "same_category", "unrelated")[place % 4]
            record_annotation(assignment=each, annotator=each.annotator, label=label)


@pytest.mark.django_db(transaction=True)
def test_every_command_does_what_the_readme_says(museum: str) -> None:
    ran = []
    for words in commands():
        if words[0] in NOT_RUN:
            continue
        made_ready(words, museum)
        output = io.StringIO()
        call_command(*without_network(words), stdout=output)
        ran.append(words[0])
    assert len(ran) > 25
    assert Campaign.objects.filter(name="Pilot").exists()
    assert Path("links.ttl").read_text().count("skos:") > 5
    assert any(Path("pilot-report").iterdir())
