#!/usr/bin/env python3
"""Measure labelling in Label Studio, with the records, pictures and pairs of `benchmarks/annotation.py`.

    python3.11 -m venv FOLDER && FOLDER/bin/pip install label-studio==1.23.2 gunicorn
    python benchmarks/label_studio.py --label-studio FOLDER/bin/python [--database postgresql|sqlite]
        [--pairs 1000] [--annotators 50] [--seconds 120] [--keys 60] [--json]

Starts Label Studio on 127.0.0.1 under gunicorn (2 processes of 8 threads), with a database of its own in a temporary
folder: PostgreSQL, whose programs must be on PATH, or the SQLite that is its default. This process serves the pictures,
on 127.0.0.1 too. Two projects hold the pairs as tasks, two pictures with texts beside each other and four `Choices`
with the hotkeys 1 to 4; every other setting is Label Studio's default, and people label as with "Label All Tasks". It
measures

* the cold load of the first pair in Chromium: requests and bytes, those of the records' pictures apart, and the
  seconds until both pictures are there;
* the time from a label's key to the next pair painted with its pictures, in Chromium, --keys times. A label is chosen
  by its key and submitted by Ctrl+Enter, which is pressed at once behind it;
* --annotators people who answer at once and without pauses for --seconds, or until there are no tasks, by the
  requests that the page makes: submit the annotation, ask for the next task, then `label_links`. The wait is that for
  the first two.

Afterwards it exports the crowd's project and counts acknowledged answers that are missing, and answers to pairs that
somebody else had answered already; Label Studio is told, as by default, that one answer per task is enough. The labels
are drawn with --seed and mean nothing. Nobody outside this machine is asked: usage reports and error reports are off.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # before this folder, whose files are named like the apps

from benchmarks.annotation import (  # noqa: E402
    BROWSER_ARGUMENTS,
    Network,
    figures,
    lines,
    processor_seconds,
    simulated_collections,
    simulated_pairs,
)

CHOICES = ("Same object", "Similar object", "Same category", "Unrelated")
NO_TASK = 0
PASSWORD = "simulated-annotator"  # noqa: S105 - of a server that lives for minutes
INTERFACE = """<View>
  <View style="display: grid; grid-template-columns: 1fr 1fr; column-gap: 16px">
    <View>
      <Image name="a_picture" value="$a_image"/><Header value="$a_name"/><Text name="a_text" value="$a_text"/>
    </View>
    <View>
      <Image name="b_picture" value="$b_image"/><Header value="$b_name"/><Text name="b_text" value="$b_text"/>
    </View>
  </View>
  <Choices name="label" toName="a_text" choice="single" showInline="true">{}</Choices>
</View>""".format("".join(f'<Choice value="{name}" hotkey="{key}"/>' for key, name in enumerate(CHOICES, start=1)))


# --- The server -------------------------------------------------------------------------------


def find_package(interpreter: str) -> Path:
    """Where `interpreter` has Label Studio, which is not imported. Raises SystemExit where it or gunicorn is absent."""
    look = "import importlib.util as u; u.find_spec('gunicorn').origin; print(u.find_spec('label_studio').origin)"
    try:
        found = subprocess.run([interpreter, "-c", look], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        raise SystemExit(
            f"{interpreter} has no Label Studio with gunicorn: `pip install label-studio==1.23.2 gunicorn` into a "
            "virtual environment of its own, and name its interpreter with --label-studio PATH."
        ) from None
    return Path(found.stdout.strip()).parent


@contextmanager
def postgresql(folder: Path) -> Iterator[dict[str, str]]:
    """A PostgreSQL in `folder`, set like the embedded one, and the environment by which Label Studio finds it.

    It is this machine's own: the embedded one lacks pg_trgm, which Label Studio's tables need. Raises SystemExit where
    there is none.
    """
    import psycopg

    from heritage.database.cluster import SETTINGS
    from heritage.database.unprivileged import find_launcher

    initdb, postgres = shutil.which("initdb"), shutil.which("postgres")
    if not initdb or not postgres:
        raise SystemExit(
            "Put PostgreSQL's initdb and postgres, with its contrib modules, on PATH, or say --database sqlite."
        )
    launcher = find_launcher()
    cluster = folder / "postgres"
    cluster.mkdir(mode=0o700)
    os.chown(cluster, launcher.uid, launcher.gid)
    made = [
        initdb,
        "-D",
        str(cluster),
        "--username=label_studio",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync",
    ]
    subprocess.run([*launcher.prefix, *made], cwd="/", check=True, capture_output=True)
    settings = SETTINGS | {"unix_socket_directories": str(cluster)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "postgres.log").open("w") as said:
        server = subprocess.Popen(
            [*launcher.prefix, postgres, "-D", str(cluster), *options], cwd="/", stdout=said, stderr=said
        )
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                psycopg.connect(host=str(cluster), user="label_studio", dbname="postgres").close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline or server.poll() is not None:
                    raise SystemExit(f"PostgreSQL: {(folder / 'postgres.log').read_text()[-1000:]}") from None
                time.sleep(0.2)
        yield {
            "DJANGO_DB": "postgresql",
            "POSTGRE_HOST": str(cluster),
            "POSTGRE_USER": "label_studio",
            "POSTGRE_PASSWORD": "",
            "POSTGRE_NAME": "postgres",
        }
    finally:
        server.terminate()
        server.wait(timeout=60)


@contextmanager
def sqlite(_: Path) -> Iterator[dict[str, str]]:
    yield {"DJANGO_DB": "sqlite"}


DATABASES = {"postgresql": postgresql, "sqlite": sqlite}


def surroundings(package: Path, folder: Path) -> dict[str, str]:
    """The environment of a Label Studio that keeps all it has in `folder`."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "DATABASE_"))},
        "DATA_DIR": str(folder),  # by which its processes are found
        "LABEL_STUDIO_BASE_DATA_DIR": str(folder / "label-studio"),
        "DJANGO_SETTINGS_MODULE": "core.settings.label_studio",
        "PYTHONPATH": str(package),
        "DEBUG": "false",
        "SECRET_KEY": uuid.uuid4().hex,
        **dict.fromkeys(("COLLECT_ANALYTICS", "LATEST_VERSION_CHECK"), "false"),
        **dict.fromkeys(("SENTRY_DSN", "FRONTEND_SENTRY_DSN"), ""),
    }


@contextmanager
def served(interpreter: str, package: Path, environment: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Host and port of Label Studio, its tables made."""
    log = Path(environment["DATA_DIR"]) / "label-studio.log"
    Path(environment["LABEL_STUDIO_BASE_DATA_DIR"]).mkdir()
    with log.open("w") as said:
        start = partial(subprocess.Popen, cwd=package, env=environment, stdout=said, stderr=subprocess.STDOUT)
        if start([interpreter, "manage.py", "migrate", "--no-color"]).wait(timeout=600):
            raise SystemExit(f"Label Studio did not make its tables: {log.read_text()[-2000:]}")
        server = start(
            [
                *(interpreter, "-m", "gunicorn", "core.wsgi:application", "--bind", "127.0.0.1:0"),
                *("--workers", "2", "--threads", "8", "--timeout", "300"),
            ]
        )
        try:
            yield wait_for_address(server, log)
        finally:
            server.terminate()
            server.wait(timeout=60)


def wait_for_address(server: subprocess.Popen[bytes], log: Path) -> tuple[str, int]:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and server.poll() is None:
        if ready := re.search(r"Listening at: http://(127\.0\.0\.1):(\d+)", log.read_text()):
            return ready[1], int(ready[2])
        time.sleep(0.2)
    raise SystemExit(f"Label Studio did not start: {log.read_text()[-2000:]}")


class PictureHandler(SimpleHTTPRequestHandler):
    """Label Studio's page fetches pictures by script, so that their server has to allow it; they do not change."""

    def end_headers(self) -> None:
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Cache-Control", "max-age=3600, immutable")
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def pictures_served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(PictureHandler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


# --- What is labelled -------------------------------------------------------------------------


def simulated_tasks(folder: Path, address: str, *, pairs: int, seed: int) -> list[dict[str, Any]]:
    """Tasks of the simulated pairs; their pictures are written to `folder`, which `address` serves."""
    from PIL import Image

    collections = []
    for number, records in enumerate(simulated_collections(seed)):
        shown = []
        for place, (drawn, picture) in enumerate(records):
            name = f"{number}-{place}.jpg"
            if picture:
                (folder / name).write_bytes(picture)
            else:  # a task without a picture would be one that Label Studio cannot show
                Image.new("L", (8, 8), "white").save(folder / name)
            shown.append({"image": f"{address}/{name}", "name": drawn.name, "text": drawn.description})
        collections.append(shown)
    return [
        {
            "data": {
                f"{side}_{key}": value for side, record in zip("ab", pair, strict=True) for key, value in record.items()
            }
        }
        for pair in simulated_pairs(*collections, pairs=pairs, seed=seed)
    ]


@dataclass
class Account:
    """Somebody who has signed up, and speaks to the server as the page of their browser does."""

    address: tuple[str, int]
    username: str
    cookies: dict[str, str] = field(default_factory=dict)
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection(*self.address, timeout=300)
        self.ask("GET", "/user/signup")
        fields = {"email": f"{self.username}@example.org", "password": PASSWORD, "allow_newsletters": "false"}
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"]
        status, said = self.ask("POST", "/user/signup", urlencode(fields), "application/x-www-form-urlencoded")
        if status != 302:
            raise SystemExit(f"Label Studio made no account for {self.username}: {status} {said[:300]!r}")

    def ask(self, method: str, url: str, body: str | None = None, kind: str = "application/json") -> tuple[int, bytes]:
        """Status and body. Again on a new connection where the server has closed the old one, as a browser does."""
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers |= {"Content-Type": kind, "X-CSRFToken": self.cookies["csrftoken"]}
        try:
            self.connection.request(method, url, body=body, headers=headers)
            response = self.connection.getresponse()
        except ConnectionError:
            self.connection.close()
            self.connection.request(method, url, body=body, headers=headers)
            response = self.connection.getresponse()
        for name, value in response.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.split(";")[0]
        return response.status, response.read()

    def must(self, method: str, url: str, body: Any = None) -> Any:
        status, said = self.ask(method, url, None if body is None else json.dumps(body))
        if status >= 300:
            raise SystemExit(f"Label Studio answered {method} {url} with {status}: {said[:500]!r}")
        return json.loads(said)


def make_project(lead: Account, title: str, tasks: list[dict[str, Any]]) -> tuple[int, int]:
    """Its number and that of its tab, which the page makes when it is first opened."""
    project = lead.must("POST", "/api/projects/", {"title": title, "label_config": INTERFACE})["id"]
    lead.must("POST", f"/api/projects/{project}/import", tasks)
    tab = lead.must("POST", f"/api/dm/views?project={project}", {"data": {"title": "Default"}, "project": project})
    return project, tab["id"]


# --- A crowd without pauses -------------------------------------------------------------------


@dataclass
class Person:
    """A simulated annotator: what the page's script sends, and what came of it."""

    account: Account
    project: int
    tab: int
    rng: random.Random
    acknowledged: set[str] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    refusals: Counter[int] = field(default_factory=Counter)

    def label_until(self, deadline: float) -> None:
        task = self.next_task()
        while time.perf_counter() < deadline and task != NO_TASK:
            task = self.answer(task) if task else self.next_task()

    def next_task(self) -> int | None:
        """NO_TASK where there is none left for this person, None where Label Studio failed to say."""
        status, said = self.account.ask(
            "POST",
            f"/api/dm/actions?id=next_task&tabID={self.tab}&project={self.project}",
            json.dumps({"project": str(self.project)}),
        )
        if status < 300:
            return int(json.loads(said)["id"])
        if status == 404:
            return NO_TASK
        self.refusals[status] += 1
        return None

    def answer(self, task: int) -> int | None:
        submission = str(uuid.uuid4())
        choice = {"from_name": "label", "to_name": "a_text", "type": "choices", "origin": "manual"}
        result = [choice | {"value": {"choices": [self.rng.choice(CHOICES)]}, "id": submission[:10]}]
        body = {"lead_time": 1, "result": result, "draft_id": 0, "unique_id": submission, "project": self.project}
        started = time.perf_counter()
        status, _ = self.account.ask("POST", f"/api/tasks/{task}/annotations?project={self.project}", json.dumps(body))
        following = self.next_task()
        if status < 300:
            self.waits.append(time.perf_counter() - started)
            self.acknowledged.add(submission)
        else:
            self.refusals[status] += 1
        self.account.ask("GET", f"/api/label_links?project={self.project}&expand=label")
        return following


def crowd(lead: Account, tasks: list[dict[str, Any]], *, annotators: int, seconds: float, seed: int) -> dict[str, Any]:
    project, tab = make_project(lead, "Crowd", tasks)
    people = [
        Person(Account(lead.address, f"simulated-{number}"), project, tab, random.Random(f"{seed} {number}"))  # noqa: S311
        for number in range(annotators)
    ]
    started, worked = time.perf_counter(), processor_seconds()
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(partial(Person.label_until, deadline=started + seconds), people))
    elapsed, worked = time.perf_counter() - started, processor_seconds() - worked
    waits = [wait for person in people for wait in person.waits]
    acknowledged = {submission for person in people for submission in person.acknowledged}
    if not waits:
        raise SystemExit(f"Nobody had an answer stored: {sum((person.refusals for person in people), Counter())}")
    exported = lead.must("GET", f"/api/projects/{project}/export?exportType=JSON")
    stored = Counter(answer["unique_id"] for task in exported for answer in task["annotations"])
    return {
        "people": len(people),
        "seconds": elapsed,
        "answers": len(waits),
        "answers per second": len(waits) / elapsed,
        "processor ms per answer, web and database": 1000 * worked / len(waits),
        "ms to the next pair": figures([1000 * wait for wait in waits]),
        "requests refused": sum(sum(person.refusals.values()) for person in people),
        "acknowledged but not stored": len(acknowledged - set(stored)),
        "stored": stored.total(),
        "pairs answered": len(exported),
        "answers to pairs that somebody else had": stored.total() - len(exported),
    }


# --- One person at a browser ------------------------------------------------------------------

# From the label key's own time stamp to the end of the frame that shows another pair with both its pictures.
WATCH = """() => {
  const pictures = () => [...document.querySelectorAll(".lsf-image img")];
  const addresses = () => pictures().map((each) => each.src).join(" ");
  const complete = () => pictures().length === 2 && pictures().every((each) => each.complete && each.naturalWidth);
  window.isThere = complete;
  window.taken = [];
  let pressed;
  addEventListener("keydown", (event) => {
    if ("1234".includes(event.key)) pressed = event.timeStamp;
    if (event.key !== "Enter") return;
    const before = addresses();
    const look = () => {
      if (!complete() || addresses() === before) {
        requestAnimationFrame(look);
        return;
      }
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => window.taken.push(performance.now() - pressed);
      port2.postMessage(null);
    };
    requestAnimationFrame(look);
  }, true);
}"""


def browser(
    lead: Account, tasks: list[dict[str, Any]], pictures: str, *, keys: int, pause: float, seed: int
) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    project, _ = make_project(lead, "Browser", tasks[: keys + 5])
    base = "http://{}:{}".format(*lead.address)
    rng = random.Random(seed)  # noqa: S311
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=BROWSER_ARGUMENTS)
        context = chromium.new_context(viewport={"width": 1366, "height": 850})
        context.add_cookies([{"name": name, "value": value, "url": base} for name, value in lead.cookies.items()])
        context.add_init_script(f"({WATCH})()")
        # As the button "Label All Tasks" leaves it: otherwise tasks are not reserved for who is looking at them.
        context.add_init_script('localStorage.setItem("dm:labelstream:mode", "all")')
        page = context.new_page()
        network = Network(page)
        started = time.perf_counter()
        page.goto(f"{base}/projects/{project}/data?labeling=1")
        page.wait_for_function("() => window.isThere()", timeout=120_000)
        loaded = time.perf_counter() - started
        page.wait_for_load_state("networkidle")
        cold = {"seconds to loaded": loaded, **network.counted(pictures=pictures)}
        for number in range(1, keys + 1):
            page.wait_for_timeout(1000 * pause)
            page.keyboard.press(rng.choice("1234"))
            page.keyboard.press("Control+Enter")
            page.wait_for_function("count => window.taken.length === count", arg=number, timeout=60_000)
        taken = page.evaluate("window.taken")
        chromium.close()
    exported = lead.must("GET", f"/api/projects/{project}/export?exportType=JSON")
    labelled = sum(bool(answer["result"]) for task in exported for answer in task["annotations"])
    assert labelled == keys, f"{labelled} labels are stored after {keys} keys"
    return {"cold load": cold, "ms from key to next pair": figures(taken), "seconds looked at each": pause}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--label-studio", metavar="PATH", default="python3.11", help="the interpreter that has it")
    parser.add_argument("--database", choices=list(DATABASES), default="postgresql")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--annotators", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120, help="the crowd's time (default %(default)s)")
    parser.add_argument("--keys", type=int, default=60)
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between pairs (default %(default)s)")
    parser.add_argument("--no-browser", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    package = find_package(options.label_studio)
    folder = Path(tempfile.mkdtemp(prefix="label-studio-benchmark-"))
    os.environ |= {"DATA_DIR": str(folder), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    import django

    django.setup()
    (folder / "pictures").mkdir()
    try:
        with (
            pictures_served(folder / "pictures") as pictures,
            DATABASES[options.database](folder) as database,
            served(options.label_studio, package, surroundings(package, folder) | database) as address,
        ):
            tasks = simulated_tasks(folder / "pictures", pictures, pairs=options.pairs, seed=options.seed)
            lead = Account(address, "lead")
            result: dict[str, Any] = {"simulated": True, "database": options.database}
            if not options.no_browser:
                result |= browser(lead, tasks, pictures, keys=options.keys, pause=options.pause, seed=options.seed)
            result["crowd"] = crowd(
                lead, tasks, annotators=options.annotators, seconds=options.seconds, seed=options.seed
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result) if options.json else "\n".join(lines(result)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
