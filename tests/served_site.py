"""A whole `manage.py serve` on a database of its own, with people who label, for tests that break parts of it.

People keep an answer until it is acknowledged and send it again after any failure, as the page's script does.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import psycopg.conninfo
from prometheus_client.parser import text_string_to_metric_families

from heritage.database import embedded
from heritage.database.folder import DATABASE, PORT, ServerFolder
from heritage.files.private import socket_folder
from models_ml.encoding.place import SOCKET_NAME

CHECKOUT = Path(__file__).resolve().parent.parent
METRICS_TOKEN = "a token of the tests alone"
# `make faults` asks for more of them.
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
# Beside other tests a machine is slow to start anything; alone it has to keep what docs/reliability.md says.
MOST_SECONDS = 10.0 if ROUNDS > 1 else 60.0
PEOPLE, PAIRS_EACH = 4, 6
SECONDS_TO_LOOK, SECONDS_BEFORE_A_RESEND = 0.05, 0.05
PICTURES = 60
LABELS = ("same_object", "similar_object", "same_category", "unrelated")
CSRF = "t" * 32
# In a process of its own: this one's Django belongs to the tests' database.
SET_UP = f"""
import django, json, sys
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
call_command("migrate", interactive=False, verbosity=0)
from heritage.accounts.tokens import issue_token
from heritage.models import Role
from tests.factories import CollectionFactory, ImageFactory, RecordFactory, UserFactory, campaign_for
people = UserFactory.create_batch({PEOPLE})
lead = UserFactory(role=Role.LEAD)
admin = UserFactory(role=Role.ADMIN, is_staff=True, is_superuser=True)
campaign = campaign_for(*people, pairs_each={PAIRS_EACH}, name="faults")
collection = CollectionFactory(slug="remote")
for number in range({PICTURES}):
    record = RecordFactory(collection=collection)
    ImageFactory(record=record, position=0, source=f"{{sys.argv[1]}}/{{number}}.png", content_hash="")
sessions = []
for person in [lead, *people]:
    client = Client()
    client.force_login(person)
    sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
roles = {{"annotator": people[0], "lead": lead, "administrator": admin}}
tokens = {{role: issue_token(person).token for role, person in roles.items()}}
hands = [[a.get_absolute_url() for a in campaign.assignments.filter(annotator=each)] for each in people]
print(json.dumps({{"lead": sessions[0], "sessions": sessions[1:], "hands": hands, "tokens": tokens}}))
"""


@dataclass
class ServedSite:
    """`lead`, `sessions`: their cookies; `hands`: of each who labels, the addresses of their pairs; `tokens`
    of an annotator, a lead and an administrator."""

    data_dir: Path
    port: int
    server: subprocess.Popen[str]
    lead: str
    sessions: list[str]
    hands: list[list[str]]
    tokens: dict[str, str]
    log: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, *, cookie: str = "", body: str = "", **headers: str) -> tuple[int, str, str]:
        """Status, body and where it sends to; 0 where nobody answers."""
        asked = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={cookie}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
            **headers,
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, body, asked)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(errors="replace"), answer.headers.get("Location", "")
        except (OSError, http.client.HTTPException):
            return 0, "", ""
        finally:
            connection.close()

    def is_ready(self) -> bool:
        return self.ask("GET", "/readyz")[0] == 200

    def figure(self, name: str) -> float | None:
        """What /metrics says, without labels; None where it does not."""
        status, text, _ = self.ask("GET", "/metrics", Authorization=f"Bearer {METRICS_TOKEN}")
        samples = (
            (sample.name, sample.value)
            for family in text_string_to_metric_families(text if status == 200 else "")
            for sample in family.samples
        )
        return dict(samples).get(name)

    def counted(self, view: str) -> float:
        """Requests of a view that were answered well, by all web processes that there were."""
        _, text, _ = self.ask("GET", "/metrics", Authorization=f"Bearer {METRICS_TOKEN}")
        wanted = ("heritage_request_seconds_count", {"view": view, "status": "2xx"})
        samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
        return sum(sample.value for sample in samples if (sample.name, sample.labels) == wanted)

    def is_up(self, program: str) -> bool:
        return self.figure(f"heritage_{program}_up") == 1

    def means_something(self) -> bool:
        """Whether the encoder answers with the vector of a text that nobody asked for before."""
        place = socket_folder(self.data_dir / "encoder", SOCKET_NAME) / SOCKET_NAME
        question = {"source": "bundled:heritage-mini", "fingerprint": "", "texts": [str(uuid.uuid4())]}
        connection = http.client.HTTPConnection("encoder", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        try:
            connection.sock.connect(str(place))
            connection.request("POST", "/", json.dumps(question))
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def stored(self) -> list[tuple[str, str]]:
        """Of each answer its submission and label."""
        with self.database() as connection:
            return [
                (str(submission), label)
                for submission, label in connection.execute("SELECT submission, label FROM annotation_annotation")
            ]

    def job(self, number: int) -> tuple[str, str]:
        """The state that the queue gives it, and why it failed."""
        with self.database() as connection:
            row = connection.execute(
                "SELECT job.status::text, run.reason FROM heritage_jobrun run "
                "JOIN procrastinate_jobs job ON job.id = run.queue_job_id WHERE run.id = %s",
                [number],
            ).fetchone()
        assert row is not None
        return row

    @contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        def join() -> dict[str, str]:
            return embedded.join(self.data_dir, check=True)

        connect = lambda: psycopg.connect(dbname="heritage", autocommit=True, **join())  # noqa: E731
        with embedded.connect_patiently(connect, rejoin=join) as connection:
            yield connection
        embedded.leave(self.data_dir)

    def start_fetching(self) -> int:
        """The job that fetches the pictures; its number."""
        status, _, place = self.ask("POST", "/collections/remote/fetch-pictures/", cookie=self.lead)
        found = re.fullmatch(r"/jobs/(\d+)/", place)
        assert found, (status, place)
        return int(found[1])

    def process(self, program: str) -> int:
        """The child of `serve` whose command line has that word."""
        [found] = children(self.server.pid, program)
        return found

    def database_socket(self) -> Path:
        return ServerFolder(self.data_dir / "postgres").socket_folder / f".s.PGSQL.{PORT}"

    def postmaster(self) -> int:
        """The database server's process; 0 where none has written down that it is there."""
        try:
            return int(ServerFolder(self.data_dir / "postgres").postmaster_pid.read_text().splitlines()[0])
        except (FileNotFoundError, IndexError):
            return 0


@contextmanager
def served_site(data_dir: Path, pictures: str) -> Iterator[ServedSite]:
    """With web processes, worker and encoder. `pictures`: address of the museum whose pictures are to be fetched."""
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    own |= {"METRICS_TOKEN": METRICS_TOKEN, "FETCH_ALLOW_LOOPBACK": "true", "FETCH_PAUSE_SECONDS": "0"}
    place = {"cwd": CHECKOUT, "env": os.environ | own, "text": True}
    done = subprocess.run([sys.executable, "-c", SET_UP, pictures], capture_output=True, check=False, **place)
    assert done.returncode == 0, done.stderr
    try:
        with listening_server(own) as (server, port, log):
            yield ServedSite(data_dir, port, server, **json.loads(done.stdout), log=log)
    finally:
        embedded.leave(data_dir, wait=10)


@contextmanager
def listening_server(
    environment: dict[str, str], *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """`manage.py serve`: its process, port, and what it says from then on."""
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--bind", "127.0.0.1:0", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=CHECKOUT,
        env=os.environ | environment,
        text=True,
    )
    assert server.stderr is not None
    before = []
    while not (ready := re.search(r"http://127\.0\.0\.1:(\d+)", said := server.stderr.readline())):
        before.append(said)
        assert said, "".join(before)
    log: list[str] = []
    threading.Thread(target=lambda: log.extend(server.stderr), daemon=True).start()  # type: ignore[arg-type]
    try:
        yield server, int(ready[1]), log
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=30)
        server.kill()


@contextmanager
def beside(site: ServedSite, data_dir: Path, *arguments: str, **environment: str) -> Iterator[ServedSite]:
    """Web processes of their own, on another machine as it were, for the same people and the same database, which they
    find at DATABASE_URL in `environment`. `arguments`: of `serve`."""
    secret = (site.data_dir / "secret_key").read_text()
    own = {"DATA_DIR": str(data_dir), "SECRET_KEY": secret, "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    with listening_server(own | environment, "--no-encoder", *arguments) as (server, port, log):
        yield replace(site, port=port, server=server, log=log)


def database_address(site: ServedSite, host: str = "", port: int = 0) -> str:
    """Of the site's embedded server: its own, or that of somebody who hands on what is said to it."""
    found = embedded.join(site.data_dir, check=True) | {"dbname": DATABASE}
    if host:
        found |= {"host": host, "port": str(port), "sslmode": "disable"}
    return psycopg.conninfo.make_conninfo(**found)


@dataclass
class Measured:
    """`back`: seconds until it worked again; `wait`: in which no answer was acknowledged, at most."""

    back: float
    wait: float
    answers: int


@dataclass
class Labelling:
    """What all have had acknowledged, when, and how often they had to send again."""

    site: ServedSite
    acknowledged: dict[str, str] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)
    resent: int = 0
    ended: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def label(self, cookie: str, urls: list[str]) -> None:
        """Answer the pairs again and again, each time otherwise: every answer is one more to be stored."""
        turn = 0
        while not self.ended.is_set():
            for url in urls:
                self._answer(cookie, url, LABELS[turn % len(LABELS)])
            turn += 1

    def _answer(self, cookie: str, url: str, label: str) -> None:
        submission = str(uuid.uuid4())
        # With a comment of its own it is an answer of its own, whatever was answered before.
        body = urlencode({"label": label, "comment": submission, "submission": submission, "wanted": 1})
        while not self.ended.is_set():
            status, said, _ = self.site.ask("POST", url, cookie=cookie, body=body, Accept="application/json")
            # A server that is ill may say so; it may not say that we are wrong.
            assert status in (0, 200) or status >= 500, (status, said)
            with self._lock:
                if status == 200:
                    self.acknowledged[submission] = label
                    self.times.append(time.monotonic())
                    break
                self.resent += 1
            time.sleep(SECONDS_BEFORE_A_RESEND)
        time.sleep(SECONDS_TO_LOOK)

    def wait_for_more(self, count: int) -> None:
        """Until so many more answers are acknowledged."""
        wanted = len(self.times) + count
        seconds_until(lambda: len(self.times) >= wanted, at_most=60)

    def longest_wait(self, begin: float) -> float:
        """Seconds in which nobody's answer was acknowledged, at most, since `begin`."""
        with self._lock:
            times = [begin, *(moment for moment in self.times if moment >= begin)]
        return max((after - before for before, after in pairwise(times)), default=0.0)


@contextmanager
def labelling(site: ServedSite) -> Iterator[Labelling]:
    """People label while the block runs. After it, all that was acknowledged has to be stored, and once."""
    crowd = Labelling(site)
    failures: list[BaseException] = []

    def work(cookie: str, urls: list[str]) -> None:
        try:
            crowd.label(cookie, urls)
        except BaseException as error:
            failures.append(error)

    threads = [
        threading.Thread(target=work, args=each, daemon=True) for each in zip(site.sessions, site.hands, strict=True)
    ]
    before = set(site.stored())
    for thread in threads:
        thread.start()
    try:
        yield crowd
    finally:
        crowd.ended.set()
        for thread in threads:
            thread.join(timeout=30)
    assert not failures, failures
    stored = [each for each in site.stored() if each not in before]
    assert len({submission for submission, _ in stored}) == len(stored)
    lost = set(crowd.acknowledged.items()) - set(stored)
    assert not lost, f"{len(lost)} of {len(crowd.acknowledged)} acknowledged answers are lost"


def seconds_until(is_so: Callable[[], bool], *, at_most: float) -> float:
    """How long it takes; AssertionError where it takes longer."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < at_most, f"not so within {at_most} s"
        time.sleep(0.05)
    return time.monotonic() - began


def children(parent: int, program: str) -> list[int]:
    """Process numbers of the children of `parent` whose command line contains `program`."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            status = (process / "stat").read_text()
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended
            continue
        if int(status.rpartition(")")[2].split()[1]) == parent and program in command:
            found.append(int(process.name))
    return found


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)
