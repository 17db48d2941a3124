#!/usr/bin/env python3
"""Measure labelling on a server of its own, with simulated records, pictures and annotators.

    python benchmarks/annotation.py [--pairs 1000] [--annotators 50] [--keys 60] [--json]

Draws two simulated collections (pictures of 1,200 px), deals --pairs pairs of them, starts `manage.py serve` on
127.0.0.1 (without job worker and encoder, which labelling has no use for and whose start takes a core for a while) with
an embedded PostgreSQL in a temporary folder, and measures

* the cold load of the first pair in Chromium: requests and bytes, those of the records' pictures apart;
* the time from a key to the next pair painted with its pictures, in Chromium, --keys times;
* --annotators people who answer at once and without pauses until all pairs have an answer: answers a second, and
  how long each waits for its acknowledgement, which brings the next pair; --pictures fetches these as well.

Afterwards it looks in the database whether every acknowledged answer is stored exactly once and no pair went to
more people than planned, and fails if not. The labels are drawn with --seed and mean nothing.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # before this folder, whose files are named like the apps

T = TypeVar("T")

RECORDS_A, RECORDS_B = 120, 80
PICTURE_SIDE = 1200
STRATA = 15
LEAST_FETCHED = 3  # as in static/js/labelling/page.js
LABELS = ("same_object", "similar_object", "same_category", "unrelated")
BROWSER_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


# --- What is labelled -------------------------------------------------------------------------


def simulated_collections(seed: int) -> Iterator[list[tuple[Any, bytes | None]]]:
    """Two collections, as `manage.py demo` draws them: each record with one picture enlarged to a photograph's size,
    as JPEG, or None where it has none."""
    import io

    from PIL import Image as Picture

    from heritage.demonstration.generation import draw, generate_collections

    for collection in generate_collections(records_a=RECORDS_A, records_b=RECORDS_B, seed=seed):
        records: list[tuple[Any, bytes | None]] = []
        for drawn in collection:
            data = io.BytesIO()
            if drawn.views:
                large = draw(drawn).resize((PICTURE_SIDE, PICTURE_SIDE), Picture.Resampling.BICUBIC)
                large.save(data, "JPEG", quality=90)
            records.append((drawn, data.getvalue() or None))
        yield records


def simulated_pairs(left: list[T], right: list[T], *, pairs: int, seed: int) -> list[tuple[T, T]]:
    drawn = random.Random(seed).sample(range(len(left) * len(right)), pairs)  # noqa: S311
    return [(left[number % len(left)], right[number // len(left)]) for number in drawn]


def store_simulated_records(seed: int) -> tuple[list[Any], list[Any]]:
    from heritage.models import Collection, Image, Record
    from heritage.pictures.store import ImageStore

    store = ImageStore.from_settings()
    collections = []
    for drawn_records in simulated_collections(seed):
        slug = drawn_records[0][0].collection
        collection = Collection.objects.create(slug=slug, name=f"{slug} (simulated)", simulated=True)
        records = []
        for drawn, picture in drawn_records:
            record = Record.objects.create(
                collection=collection, record_id=drawn.record_id, name=drawn.name, description=drawn.description
            )
            if picture:
                content_hash = store.add(picture).content_hash
                Image.objects.create(record=record, position=0, source="simulated", content_hash=content_hash)
            records.append(record)
        collections.append(records)
    return collections[0], collections[1]


def make_campaigns(pairs: int, annotators: int, keys: int, seed: int) -> dict[str, Any]:
    """A campaign for the crowd, who share `pairs` pairs evenly, and one for the person at the browser."""
    from annotation.campaigns.actions import create_campaign
    from heritage.models import Role, User
    from linking.models import CandidatePair, Sampling, Stratum

    left, right = store_simulated_records(seed)
    sampling = Sampling.objects.create(name="Simulated", recipe={"models": ["one"], "collections": ["a", "b"]})
    strata = [
        Stratum.objects.create(sampling=sampling, comparison="image-image", pattern={"one": number})
        for number in range(STRATA)
    ]
    CandidatePair.objects.bulk_create(
        CandidatePair(sampling=sampling, stratum=strata[place % STRATA], a=a, b=b)
        for place, (a, b) in enumerate(simulated_pairs(left, right, pairs=pairs, seed=seed))
    )
    crowd = [f"simulated-{number}" for number in range(annotators)]
    for username in [*crowd, "browser"]:
        User.objects.create_user(username, role=Role.ANNOTATOR)
    shared = {"sampling": sampling, "seed": seed, "simulated": True}
    return {
        "crowd": create_campaign(name="Crowd", annotators=crowd, pairs_each=pairs // annotators, **shared),
        "browser": create_campaign(name="Browser", annotators=["browser"], pairs_each=keys + 5, **shared),
        "sessions": {username: session_of(username) for username in [*crowd, "browser"]},
    }


def session_of(username: str) -> str:
    """The cookie of somebody who has logged in."""
    from django.conf import settings
    from django.test import Client

    from heritage.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """Host and port of `manage.py serve`, in a process of its own."""
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-worker", "--no-encoder", "--bind", "127.0.0.1:0"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr is not None
        line = server.stderr.readline()
        ready = re.search(r"http://(127\.0\.0\.1):(\d+)", line)
        if not ready:
            raise SystemExit(f"The server did not start: {line}{server.stderr.read()}")
        threading.Thread(target=server.stderr.read, daemon=True).start()
        yield ready[1], int(ready[2])
    finally:
        server.terminate()
        server.wait(timeout=30)


# --- A crowd without pauses -------------------------------------------------------------------


@dataclass
class Person:
    """A simulated annotator: what the page's script sends, and what came of it."""

    address: tuple[str, int]
    cookie: str
    campaign: str
    pictures: bool
    rng: random.Random
    acknowledged: dict[str, str] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    connection: http.client.HTTPConnection = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(*self.address, timeout=60)

    def ask(self, method: str, url: str, body: str | None = None, **headers: str) -> http.client.HTTPResponse:
        """Again on a new connection where the server has closed the old one for being idle, as a browser does."""
        headers["Cookie"] = f"sessionid={self.cookie}" + (f"; csrftoken={self.token}" if self.token else "")
        try:
            self.connection.request(method, url, body=body, headers=headers)
            return self.connection.getresponse()
        except ConnectionError:
            self.connection.close()
            self.connection.request(method, url, body=body, headers=headers)
            return self.connection.getresponse()

    def open_first(self) -> list[str]:
        """Markup of the pairs that the first page holds."""
        redirect = self.ask("GET", f"/label/{self.campaign}/")
        redirect.read()
        page = self.ask("GET", redirect.headers["Location"])
        text = page.read().decode()
        self.token = re.search(r"csrftoken=([^;]+)", page.headers["Set-Cookie"])[1]  # type: ignore[index]
        return [each for each in re.split(r'(?=<div id="labelling")', text) if each.startswith('<div id="labelling"')]

    def label_all(self, held: list[str]) -> None:
        room_for, holds_all = len(held), False
        while held:
            pair = held.pop(0)
            last = (held or [pair])[-1]
            room = room_for - len(held)
            wanted = room if (not held if holds_all else room >= LEAST_FETCHED) else 0
            found = self.answer(attribute(pair, "url"), attribute(last, "position"), wanted)
            if wanted:
                holds_all = len(found) < wanted
            held += found

    def answer(self, url: str, last_held: str, wanted: int) -> list[str]:
        label, submission = self.rng.choice(LABELS), str(uuid.uuid4())
        fields = {"label": label, "submission": submission, "seconds": "1", "held": last_held, "wanted": str(wanted)}
        started = time.perf_counter()
        response = self.ask(
            "POST",
            url,
            urlencode(fields),
            **{
                "Accept": "application/json",
                "X-CSRFToken": self.token,
                "Content-Type": "application/x-www-form-urlencoded",
            },
        )
        reply = json.loads(response.read())
        if response.status != 200:
            raise SystemExit(f"{url} answered {response.status}: {reply}")
        if self.pictures:
            for markup in reply["pairs"]:
                for picture in re.findall(r'class="shown" src="([^"]+)"', markup):
                    self.ask("GET", picture).read()
        self.waits.append(time.perf_counter() - started)
        self.acknowledged[submission] = label
        return list(reply["pairs"])


def attribute(markup: str, name: str) -> str:
    return re.search(rf'data-{name}="([^"]+)"', markup)[1]  # type: ignore[index]


def crowd(address: tuple[str, int], setting: dict[str, Any], *, pictures: bool, seed: int) -> dict[str, Any]:
    campaign = setting["crowd"]
    people = [
        Person(address, cookie, str(campaign.pk), pictures, random.Random(f"{seed} {username}"))  # noqa: S311
        for username, cookie in setting["sessions"].items()
        if username != "browser"
    ]
    with ThreadPoolExecutor(len(people)) as pool:
        hands = list(pool.map(Person.open_first, people))
        started = time.perf_counter()
        worked = processor_seconds()
        list(pool.map(Person.label_all, people, hands))
        worked = processor_seconds() - worked
        elapsed = time.perf_counter() - started
    waits = [wait for person in people for wait in person.waits]
    return {
        "people": len(people),
        "answers": len(waits),
        "answers per second": len(waits) / elapsed,
        "processor ms per answer, web and database": 1000 * worked / len(waits),
        "ms to the next pair": figures([1000 * wait for wait in waits]),
        "with pictures": pictures,
        **check_stored(campaign, {key: label for person in people for key, label in person.acknowledged.items()}),
    }


def processor_seconds() -> float:
    """What the web server's and the database's processes have used, those that live: all that know this run's folder
    by their environment or command line, and their children, as PostgreSQL's are."""
    folder = os.environ["DATA_DIR"]
    seconds, chosen = 0.0, {os.getpid()}
    for process in psutil.process_iter(["pid", "ppid", "cmdline", "cpu_times"]):  # parents come before children
        with suppress(psutil.Error):
            known = process.pid != os.getpid() and (
                any(folder in part for part in process.info["cmdline"] or ())
                or process.environ().get("DATA_DIR") == folder
            )
            if known or process.info["ppid"] in chosen - {os.getpid()}:
                chosen.add(process.pid)
                seconds += process.info["cpu_times"].user + process.info["cpu_times"].system
    return seconds


def check_stored(campaign: Any, acknowledged: dict[str, str]) -> dict[str, Any]:
    """Raises where an acknowledged answer is not stored exactly once, or a pair went to too many people."""
    from annotation.models import Annotation, Assignment

    stored = Annotation.objects.filter(assignment__campaign=campaign)
    rows = Counter((str(submission), label) for submission, label in stored.values_list("submission", "label"))
    assert rows == Counter(acknowledged.items()), "what was acknowledged is not what is stored"
    people = Counter(Assignment.objects.filter(campaign=campaign).values_list("pair", flat=True))
    assert set(people.values()) == {1}, "a pair went to more people than planned"
    twice = Counter(stored.values_list("assignment__pair", "assignment__annotator"))
    assert set(twice.values()) == {1}, "somebody answered a pair twice"
    return {"stored exactly once": len(rows), "people per pair": 1}


# --- One person at a browser ------------------------------------------------------------------

# From the key's own time stamp to the end of the frame that shows another pair with all its pictures.
WATCH = """() => {
  window.taken = [];
  addEventListener("keydown", (event) => {
    const before = document.getElementById("labelling");
    const look = () => {
      const now = document.getElementById("labelling");
      const pictures = [...now.querySelectorAll(".shown")];
      if (now === before || !pictures.every((each) => each.complete && each.naturalWidth)) {
        requestAnimationFrame(look);
        return;
      }
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.taken.push(performance.now() - event.timeStamp);
      port2.postMessage(null);
    };
    requestAnimationFrame(look);
  }, true);
}"""


class Network:
    """Counts what a page of Chromium asks for from now on: requests, redirects too, and bytes as they travel."""

    def __init__(self, page: Any) -> None:
        self.requested: dict[str, str] = {}
        self.redirected = 0
        self.weights: Counter[str] = Counter()
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        network.on("Network.requestWillBeSent", self.on_request)
        network.on(
            "Network.loadingFinished",
            lambda event: self.weights.update({event["requestId"]: event["encodedDataLength"]}),
        )

    def on_request(self, event: dict[str, Any]) -> None:
        if "redirectResponse" in event:
            self.redirected += 1
            self.weights["redirects"] += event["redirectResponse"]["encodedDataLength"]
        self.requested[event["requestId"]] = event["request"]["url"]

    def counted(self, *, pictures: str) -> dict[str, float]:
        """Those whose address holds `pictures` apart; data and blob addresses ask nobody."""
        asked = {key: url for key, url in self.requested.items() if url.startswith("http")}
        shown = {key for key, url in asked.items() if pictures in url}
        others = [key for key in asked if key not in shown]
        return {
            "requests": len(others) + self.redirected,
            "kilobytes": (self.weights["redirects"] + sum(self.weights[key] for key in others)) / 1000,
            "pictures": len(shown),
            "kilobytes of pictures": sum(self.weights[key] for key in shown) / 1000,
        }


def browser(address: tuple[str, int], setting: dict[str, Any], *, keys: int, pause: float, seed: int) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    base = f"http://{address[0]}:{address[1]}"
    rng = random.Random(seed)  # noqa: S311
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        context = chromium.new_context(viewport={"width": 1366, "height": 850})
        context.add_cookies([{"name": "sessionid", "value": setting["sessions"]["browser"], "url": base}])
        page = context.new_page()
        network = Network(page)
        started = time.perf_counter()
        page.goto(f"{base}/label/{setting['browser'].pk}/", wait_until="load")
        loaded = time.perf_counter() - started
        page.wait_for_load_state("networkidle")
        cold = {"seconds to loaded": loaded, **network.counted(pictures="/images/")}
        page.evaluate(WATCH)
        for _ in range(keys):
            page.wait_for_timeout(1000 * pause)
            page.keyboard.press(rng.choice("1234"))
            page.wait_for_function("count => window.taken.length === count", arg=_ + 1)
        page.wait_for_function("() => !Object.keys(localStorage).some((key) => key.startsWith('answer:'))")
        taken = page.evaluate("window.taken")
        chromium.close()
    from annotation.models import Annotation

    assert Annotation.objects.filter(assignment__campaign=setting["browser"]).count() == keys
    return {"cold load": cold, "ms from key to next pair": figures(taken), "seconds looked at each": pause}


def figures(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {
        "n": len(ordered),
        "median": statistics.median(ordered),
        "p95": ordered[max(0, round(0.95 * len(ordered)) - 1)],
        "worst": ordered[-1],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between keys (default %(default)s)")
    parser.add_argument("--pictures", action="store_true", help="the crowd fetches each pair's pictures too")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="heritage-benchmark-"))
    os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from heritage.database import embedded

    try:
        call_command("migrate", interactive=False, verbosity=0)
        setting = make_campaigns(options.pairs, options.annotators, options.keys, options.seed)
        with served() as address:
            result = {
                "simulated": True,
                "crowd": crowd(address, setting, pictures=options.pictures, seed=options.seed),
            }
            if not options.no_browser:
                result |= browser(address, setting, keys=options.keys, pause=options.pause, seed=options.seed)
    finally:
        connections.close_all()
        embedded.leave(folder, wait=10)
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result) if options.json else "\n".join(lines(result)))
    return 0


def lines(result: dict[str, Any], indent: str = "") -> Iterator[str]:
    for name, value in result.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from lines(value, indent + "  ")
        else:
            yield f"{indent}{name}: {round(value, 1) if isinstance(value, float) else value}"


if __name__ == "__main__":
    raise SystemExit(main())
