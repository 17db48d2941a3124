#!/usr/bin/env python3
"""Measure whole requests of the search page at the paper's size, by one person and by many at once.

    DATA_DIR=FOLDER python -m benchmarks.search_requests fill
    DATA_DIR=FOLDER python -m benchmarks.search_requests ask [--queries 200] [--people 20] [--seconds 30]

FOLDER is that of benchmarks/vector_search.py, after it has run. `fill` gives its 107,222 records names of three
invented words each, drawn with a seed by Zipf's law, and each name a vector, which mean nothing either. `ask` starts
`manage.py serve` on 127.0.0.1 with an encoder that has kept the vectors of all queries, so that none is encoded, and
asks for the first page of results: one query after the other, each new, without a filter, in one collection of 5 % of
the records and by a term that 0.5 % have; then --people at once and without pauses for --seconds. Each query is
searched by words, by meaning and in pictures, and fused. Client and server share the machine.
"""

import argparse
import http.client
import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import numpy as np

from benchmarks.sampling import start_django
from benchmarks.vector_search import RECORDS, TERM, drawn, write_drawn
from models_ml.search.request import WAYS

ROOT = Path(__file__).resolve().parent.parent
MODEL = "model0"
OF_TEXTS = 100  # numbers another set of vectors, as models' numbers do those of pictures
WORDS, WORDS_OF_NAME = 20_000, 3
QUERIES = 5_000
SYLLABLES = [first + vowel for first in "bdfgklmnprst" for vowel in "aeiou"]
FILTERS = {"none": {}, "collection": {"collection": "part3"}, "term": {"term": TERM}}


def vocabulary() -> list[str]:
    """WORDS different invented words."""
    draw = random.Random(7)  # noqa: S311 - no secret
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(draw.choices(SYLLABLES, k=draw.randint(3, 5)))] = None
    return list(words)


def names() -> list[str]:
    """Of all records, in the order of their keys."""
    random = np.random.default_rng(7)
    weights = 1 / np.arange(1, WORDS + 1)
    places = random.choice(WORDS, (RECORDS, WORDS_OF_NAME), p=weights / weights.sum())
    words = vocabulary()
    return [" ".join(words[place] for place in row) for row in places]


def queries() -> tuple[list[str], np.ndarray]:
    """The first two words of some records' names, each once; and (n, d) float32 vectors near to those of the names."""
    random = np.random.default_rng(8)
    rows = random.choice(RECORDS, QUERIES, replace=False)
    all_names = names()
    texts = {" ".join(all_names[row].split()[:2]): row for row in rows}
    vectors = drawn(OF_TEXTS)[0][list(texts.values())]
    vectors += (0.3 * random.standard_normal(vectors.shape) / np.sqrt(vectors.shape[1])).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return list(texts), vectors


def fill() -> None:
    from django.db import connection
    from django.utils import timezone

    from heritage.catalogue.words.spelling import keep_words
    from heritage.models import Collection, Record, TextSegment
    from models_ml.models import EmbeddingModel
    from models_ml.vectors.store import build_indexes

    began = timezone.now()
    records = list(Record.objects.order_by("pk"))
    if len(records) != RECORDS:
        raise SystemExit("Run benchmarks.vector_search in this DATA_DIR first.")
    if not TextSegment.objects.exists():
        for record, name in zip(records, names(), strict=True):
            record.name, record.updated = name, began
        Record.objects.bulk_update(records, ["name", "updated"], batch_size=2_000)
        for collection in Collection.objects.all():
            keep_words(collection, since=began)
        segments = (TextSegment(record=record, kind="name", position=0, text=record.name) for record in records)
        TextSegment.objects.bulk_create(segments, batch_size=5_000)
    model = EmbeddingModel.objects.get(slug=MODEL)
    keys = list(TextSegment.objects.order_by("record").values_list("pk", flat=True))
    write_drawn(model, "text", keys, drawn(OF_TEXTS)[0])
    began_building = time.perf_counter()
    build_indexes(model)
    print(f"index of {RECORDS:,} texts: {time.perf_counter() - began_building:.0f} s", flush=True)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def encoder() -> Any:
    """A WSGI application: the encoder, which knows all queries already."""
    start_django()
    from models_ml.encoding.server import application, models
    from models_ml.models import EmbeddingModel

    model = EmbeddingModel.objects.get(slug=MODEL)
    for text, vector in zip(*queries(), strict=True):
        models.keep(((model.source, model.fingerprint), "text", text), vector)
    return application


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Host and port of `manage.py serve`, with the encoder beside it."""
    from heritage.files.private import make_private_folder
    from models_ml.encoding.client import questions_in_hand
    from models_ml.encoding.place import encoder_socket

    socket = encoder_socket()
    make_private_folder(socket.parent)
    of_encoder = [sys.executable, "-m", "gunicorn", "benchmarks.search_requests:encoder()", "--bind", f"unix:{socket}"]
    programs = [
        subprocess.Popen([*of_encoder, "--workers", "1", "--worker-class", "gthread", "--threads", "8"], cwd=ROOT),
        subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--no-worker", "--no-encoder", "--bind", "127.0.0.1:0"],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        ),
    ]
    try:
        errors = programs[1].stderr
        assert errors is not None
        line = errors.readline()
        if "http://" not in line:
            raise SystemExit(f"The server did not start: {line}{errors.read()}")
        threading.Thread(target=errors.read, daemon=True).start()
        while questions_in_hand() is None:
            time.sleep(0.2)
        host, _, port = line.split("http://")[1].split()[0].rpartition(":")
        yield host, int(port)
    finally:
        for program in programs:
            program.terminate()
        for program in programs:
            program.wait()


def lead_cookie() -> str:
    from django.test import Client

    from heritage.models import Role, User

    lead, _ = User.objects.get_or_create(username="measuring", defaults={"role": Role.LEAD})
    client = Client()
    client.force_login(lead)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())


class Person:
    """Somebody who asks over one connection."""

    def __init__(self, address: tuple[str, int], cookie: str) -> None:
        self.connection = http.client.HTTPConnection(*address, timeout=60)
        self.cookie = cookie

    def ask(self, text: str, **filters: str) -> float:
        """Milliseconds until the whole page is there. Raises RuntimeError where nothing was found by meaning."""
        began = time.perf_counter()
        self.connection.request(
            "GET", f"/search/?{urlencode({'q': text, 'model': MODEL, **filters})}", headers={"Cookie": self.cookie}
        )
        answer = self.connection.getresponse()
        page = answer.read().decode()
        taken = 1000 * (time.perf_counter() - began)
        if answer.status != http.client.OK or WAYS["text-text"] not in page:
            raise RuntimeError(f"{answer.status} for {text}")
        return taken


def said(taken: list[float]) -> str:
    return "  ".join(f"p{share} {np.percentile(taken, share):6.1f} ms" for share in (50, 95, 99))


def ask(options: argparse.Namespace) -> None:
    texts, _ = queries()
    cookie = lead_cookie()
    with served() as address:
        person = Person(address, cookie)
        fresh = iter(texts)
        first = person.ask(next(fresh))
        print(f"the first request after the start: {first:.0f} ms", flush=True)
        for name, choice in FILTERS.items():
            taken = [person.ask(next(fresh), **choice) for _ in range(options.queries)]
            print(f"one person, filter {name:<10} {said(taken)}", flush=True)
        lock, waited = threading.Lock(), []
        until = time.perf_counter() + options.seconds

        def go_on(person: Person) -> None:
            while time.perf_counter() < until:
                with lock:
                    text = next(fresh)
                taken = person.ask(text)
                with lock:
                    waited.append(taken)

        began = time.perf_counter()
        people = [threading.Thread(target=go_on, args=(Person(address, cookie),)) for _ in range(options.people)]
        for each in people:
            each.start()
        for each in people:
            each.join()
        rate = len(waited) / (time.perf_counter() - began)
        print(f"{options.people} people without pauses: {rate:.1f} requests a second, {said(waited)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("fill", "ask"))
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    options = parser.parse_args()
    if "DATA_DIR" not in os.environ:
        parser.error("name the DATA_DIR of benchmarks/vector_search.py")
    start_django()
    fill() if options.step == "fill" else ask(options)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
