"""Rows per second and memory of `import_records` on a large table of simulated records, and how soon it is shown.

    python -m benchmarks.imports [--rows 1000000]

The table has a name, two sentences, two terms and the address of a picture a row. It is looked at as the page of an
import does, then imported into a database of its own, then imported again: nothing has changed. Each runs in a process
of its own, whose peak memory is reported; the database's is not in it.
"""

import argparse
import csv
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

WORDS = (
    *("lamp", "telephone", "copper", "brass", "wooden", "black", "painted", "maker", "London", "1910", "with"),
    *("handle", "and", "glass", "used", "for", "railway", "signal", "station", "wheel", "cotton", "spindle", "model"),
)
LOOK = """
import sys
from pathlib import Path
from heritage.importers.guessing import first_records, guess_mapping
from heritage.importers.record_files import NamedFile, take_sample
sample = take_sample([NamedFile.at(Path(sys.argv[1]))])
first_records(sample, guess_mapping(sample).mapping)
"""
# Runs a command as a child of its own, so that the peak of its memory alone is told.
MEASURE = """
import json, resource, subprocess, sys, time
began = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
print(json.dumps([time.perf_counter() - began, peak]))
"""


def write_table(path: Path, rows: int) -> None:
    """A uniform table of so many simulated records."""
    draw = random.Random(0)  # noqa: S311 - no secret
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["record_id", "name", "description", "taxonomy", "img_url"])
        for number in range(rows):
            sentences = (" ".join(draw.choices(WORDS, k=10)).capitalize() + "." for _ in range(2))
            terms = f"{draw.choice(WORDS)}; object"
            address = f"https://museum.example/{number}.jpg"
            writer.writerow([f"T.{number}", " ".join(draw.sample(WORDS, 3)), " ".join(sentences), terms, address])


def measured(*command: str) -> tuple[float, int]:
    """Seconds that the command takes, and the peak of its memory in MB."""
    done = subprocess.run([sys.executable, "-c", MEASURE, *command], check=True, capture_output=True, text=True)
    seconds, peak = json.loads(done.stdout)
    return seconds, peak


def keep_database_running() -> None:
    """Hold a connection, so that no command has to wait for the server's start."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "heritage.settings"
    import django

    django.setup()
    from django.db import connection

    connection.ensure_connection()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ["DATA_DIR"] = folder
        table = Path(folder) / "simulated.csv"
        write_table(table, rows)
        print(f"{rows:,} rows, {table.stat().st_size / 2**20:,.0f} MB")
        manage = (sys.executable, "manage.py")
        keep_database_running()
        subprocess.run([*manage, "migrate", "--verbosity", "0"], check=True)
        for what, command in (
            ("looked at", (sys.executable, "-c", LOOK, str(table))),
            ("imported", (*manage, "import_records", "simulated", str(table), "--format", "uniform")),
            ("again", (*manage, "import_records", "simulated", str(table), "--format", "uniform")),
        ):
            seconds, peak = measured(*command)
            print(f"{what}: {seconds:,.1f} s, {rows / seconds:,.0f} rows/s, peak {peak:,} MB")


if __name__ == "__main__":
    main()
