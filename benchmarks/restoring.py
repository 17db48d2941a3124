#!/usr/bin/env python3
"""Measure how long a site takes to be backed up, and to be restored into a place with nothing.

    python benchmarks/restoring.py [--records 100000] [--pictures 30000] [--answers 200000] [--json]

Makes a site with simulated records of two collections, pictures of 64 px of which no two are alike, and a campaign of
--people whose answers are drawn with --seed. Then `backup`, `restore` into an empty folder with a database of its own,
and both sites' exports: answers as CSV and as JSON lines with their history, and links. Fails where one differs by a
byte, where a table does but the audit log, or a picture. Each command is a process of its own, timed as a whole.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # before this folder, whose files are named like the apps

LABELS = ("same_object", "similar_object", "same_category", "unrelated")
CAMPAIGN, MODELS, SIDE, ROWS = "Restored", ("base", "tuned"), 64, 5_000
AUDIT = "heritage_auditentry"  # which takes down that the one was backed up, and the other restored
EXPORTS = (
    ("export_annotations", CAMPAIGN, "--format", "csv"),
    ("export_annotations", CAMPAIGN, "--format", "jsonl", "--history"),
    ("export_links", CAMPAIGN, "--format", "csv"),
)
TABLES = """
from django.db import connection
from heritage.recovery.tables import tables
import hashlib, json
found = {}
with connection.cursor() as cursor:
    for table in tables():
        digest = hashlib.sha256()
        columns = ", ".join(f'"{column}"' for column in table.columns)
        with cursor.copy(f'COPY (SELECT {columns} FROM "{table.name}" ORDER BY 1) TO STDOUT') as copy:
            for part in copy:
                digest.update(part)
        found[table.name] = digest.hexdigest()
print(json.dumps(found))
"""


def make_site(*, records: int, pictures: int, answers: int, people: int, seed: int) -> None:
    """In this process, into DATA_DIR."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    import numpy as np
    from django.utils import timezone

    from annotation.models import Annotation, Assignment, Campaign
    from heritage.models import Collection, Image, Record, TextSegment, User
    from linking.models import CandidatePair, Sampling, Stratum

    random = np.random.default_rng(seed)
    sides = []
    for slug in ("a", "b"):
        collection = Collection.objects.create(slug=slug, name=f"{slug} (simulated)", simulated=True)
        made = Record.objects.bulk_create(
            (
                Record(
                    collection=collection,
                    record_id=f"{slug}-{number}",
                    name=f"Telephone {number}",
                    description=f"A telephone of black bakelite, number {number} of those that are simulated.",
                    taxonomy=["telephone", "communication"],
                )
                for number in range(records // 2)
            ),
            batch_size=ROWS,
        )
        TextSegment.objects.bulk_create(
            (TextSegment(record=record, kind="name", position=0, text=record.name) for record in made), batch_size=ROWS
        )
        sides.append(made)
    both = [record for pair in zip(*sides, strict=True) for record in pair]
    Image.objects.bulk_create(
        (
            Image(record=both[number % len(both)], position=number // len(both), source=f"{number}.png", **stored)
            for number, stored in enumerate(stored_pictures(pictures, random))
        ),
        batch_size=ROWS,
    )
    sampling = Sampling.objects.create(name=CAMPAIGN, recipe={"models": list(MODELS), "collections": ["a", "b"]})
    stratum = Stratum.objects.create(
        sampling=sampling, comparison="image-image", pattern=dict.fromkeys(MODELS, True), available=10**6
    )
    pairs = CandidatePair.objects.bulk_create(
        (
            CandidatePair(
                sampling=sampling,
                stratum=stratum,
                a=sides[0][number % len(sides[0])],
                b=sides[1][number % len(sides[1])],
                similarity={"image-image": dict(zip(MODELS, random.random(2).round(6).tolist(), strict=True))},
                similar={"image-image": stratum.pattern},
            )
            for number in range(answers // people)
        ),
        batch_size=ROWS,
    )
    campaign = Campaign.objects.create(
        name=CAMPAIGN, sampling=sampling, pairs_each=len(pairs), overlap=1.0, seed=seed, simulated=True
    )
    for number in range(people):
        person = User.objects.create_user(f"simulated-{number}")
        dealt = Assignment.objects.bulk_create(
            (
                Assignment(campaign=campaign, annotator=person, pair=pair, position=place, shared=True)
                for place, pair in enumerate(pairs, start=1)
            ),
            batch_size=ROWS,
        )
        labels = random.integers(0, len(LABELS), len(dealt))
        now = timezone.now()
        Annotation.objects.bulk_create(
            (
                Annotation(assignment=each, label=LABELS[label], comment=f"Said {place}.", seconds=4.5, created=now)
                for place, (each, label) in enumerate(zip(dealt, labels, strict=True))
            ),
            batch_size=ROWS,
        )
    campaign.closed = timezone.now()
    campaign.save()


def stored_pictures(count: int, random: Any) -> Iterator[dict[str, Any]]:
    """Fields of Image, of so many pictures that are put into the store."""
    import io

    import PIL.Image

    from heritage.pictures.store import ImageStore

    store = ImageStore.from_settings()
    for _ in range(count):
        file = io.BytesIO()
        PIL.Image.fromarray(random.integers(0, 256, (SIDE, SIDE, 3), dtype="uint8")).save(file, "JPEG")
        stored = store.add(file.getvalue())
        yield {"content_hash": stored.content_hash, "width": stored.width, "height": stored.height}


def manage(data_dir: Path, *arguments: str) -> tuple[bytes, float]:
    """What a command writes, and its seconds."""
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=os.environ | own, stdout=subprocess.PIPE, check=True
    )
    return done.stdout, time.monotonic() - began


def files_below(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def measure(place: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    site, restored, backup = place / "site", place / "restored", place / "site.backup"
    environment = os.environ | {
        "DATA_DIR": str(site),
        "DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "heritage.settings",
    }
    sizes = {name: getattr(arguments, name) for name in ("records", "pictures", "answers", "people", "seed")}
    began = time.monotonic()
    code = f"from benchmarks.restoring import make_site; make_site(**{sizes!r})"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    seconds = {"make": time.monotonic() - began}
    _, seconds["backup"] = manage(site, "backup", str(backup))
    _, seconds["restore"] = manage(restored, "restore", str(backup))
    tables = [json.loads(manage(each, "shell", "--no-imports", "-c", TABLES)[0]) for each in (site, restored)]
    differ = [name for name in tables[0] if tables[0][name] != tables[1].get(name) and name != AUDIT]
    for export in EXPORTS:
        before, seconds[" ".join(export)] = manage(site, *export)
        after, _ = manage(restored, *export)
        if before != after or not before:
            differ.append(" ".join(export))
    if files_below(site / "images") != files_below(restored / "images"):
        differ.append("pictures")
    return {
        **sizes,
        "megabytes": round(backup.stat().st_size / 1e6, 1),
        "seconds": {name: round(each, 1) for name, each in seconds.items()},
        "tables": len(tables[0]),
        "differ": differ,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--pictures", type=int, default=30_000)
    parser.add_argument("--answers", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    place = Path(tempfile.mkdtemp(prefix="heritage-restoring-"))
    try:
        found = measure(place, arguments)
    finally:
        from heritage.database import embedded

        for name in ("site", "restored"):
            if (place / name).is_dir():
                embedded.leave(place / name, wait=10)
        shutil.rmtree(place, ignore_errors=True)
    if arguments.json:
        print(json.dumps(found))
    else:
        print(f"{found['megabytes']} MB; {found['tables']} tables, pictures and exports compared")
        for name, each in found["seconds"].items():
            print(f"{each:8.1f} s  {name}")
    if found["differ"]:
        sys.exit(f"Not the same as before: {', '.join(found['differ'])}.")


if __name__ == "__main__":
    main()
