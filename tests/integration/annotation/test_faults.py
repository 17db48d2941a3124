"""Twenty simulated people label on a server of its own while processes are killed and replies get lost.

Each keeps an answer until it is acknowledged and sends it again after any failure, as the page's script does.
Whatever was acknowledged must be stored, all of it in the end, and every answer exactly once.
"""

import http.client
import http.server
import itertools
import json
import os
import re
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest

from heritage.database import embedded
from heritage.database.folder import ServerFolder

CHECKOUT = Path(__file__).resolve().parents[3]
PEOPLE, PAIRS_EACH = 20, 8
LABELS = ("same_object", "similar_object", "same_category", "unrelated")
# In a process of its own: this one's Django belongs to the tests' database.
SET_UP = f"""
import django, json
django.setup()
from django.conf import settings
from django.core.management import call_command
from django.test import Client
call_command("migrate", interactive=False, verbosity=0)
from tests.factories import UserFactory, campaign_for
people = UserFactory.create_batch({PEOPLE})
campaigns = {{}}
for name in ("dropping", "killing"):
    campaign = campaign_for(*people, pairs_each={PAIRS_EACH}, name=name)
    campaigns[name] = {{
        each.username: [a.get_absolute_url() for a in campaign.assignments.filter(annotator=each)] for each in people
    }}
sessions = {{}}
for person in people:
    client = Client()
    client.force_login(person)
    sessions[person.username] = client.cookies[settings.SESSION_COOKIE_NAME].value
print(json.dumps({{"campaigns": campaigns, "sessions": sessions}}))
"""
READ_BACK = """
import django, json, sys
django.setup()
from annotation.models import Annotation
stored = Annotation.objects.filter(assignment__campaign__name=sys.argv[1])
print(json.dumps([[str(a.submission), a.label] for a in stored]))
"""


@dataclass
class Served:
    data_dir: Path
    port: int
    server: subprocess.Popen[str]
    campaigns: dict[str, dict[str, list[str]]]
    sessions: dict[str, str]

    def stored(self, campaign: str) -> list[list[str]]:
        return json.loads(in_django(self.data_dir, READ_BACK, campaign))


def environment(data_dir: Path) -> dict[str, str]:
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "heritage.settings"}
    return os.environ | own


def in_django(data_dir: Path, script: str, *arguments: str) -> str:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=CHECKOUT, env=environment(data_dir), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    data_dir = Path(tempfile.mkdtemp(prefix="heritage-faults-"))
    prepared = json.loads(in_django(data_dir, SET_UP))
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve", "--no-worker", "--bind", "127.0.0.1:0"],
        cwd=CHECKOUT,
        env=environment(data_dir),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stderr is not None
    ready = re.search(r"http://127\.0\.0\.1:(\d+)", server.stderr.readline())
    assert ready
    threading.Thread(target=server.stderr.read, daemon=True).start()  # what it says of the faults
    yield Served(data_dir, int(ready[1]), server, **prepared)
    server.terminate()
    server.wait(timeout=30)
    embedded.leave(data_dir, wait=10)
    shutil.rmtree(data_dir)


@dataclass
class Crowd:
    """What all have had acknowledged, and how often they had to send again."""

    port: int
    acknowledged: dict[str, str] = field(default_factory=dict)
    resent: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def label(self, cookie: str, urls: list[str]) -> None:
        for place, url in enumerate(urls):
            submission, label = str(uuid.uuid4()), LABELS[place % len(LABELS)]
            deadline = time.monotonic() + 90
            while not self.send(cookie, url, submission, label):
                assert time.monotonic() < deadline, f"{url} was never acknowledged"
                with self.lock:
                    self.resent += 1
                time.sleep(0.2)
            with self.lock:
                self.acknowledged[submission] = label

    def send(self, cookie: str, url: str, submission: str, label: str) -> bool:
        """Whether the answer is acknowledged. A server that is ill may say so; it may not say that we are wrong."""
        token = "t" * 32
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(
                "POST",
                url,
                urlencode({"label": label, "submission": submission, "wanted": 1}),
                {
                    "Accept": "application/json",
                    "Content-Type": "application/x-www-form-urlencoded",
                    "Cookie": f"sessionid={cookie}; csrftoken={token}",
                    "X-CSRFToken": token,
                },
            )
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
        assert response.status == 200 or response.status >= 500, response.status
        return response.status == 200

    def run(self, served: Served, campaign: str, meanwhile: Callable[[], None] = lambda: None) -> None:
        hands = served.campaigns[campaign]
        with ThreadPoolExecutor(PEOPLE) as pool:
            work = [pool.submit(self.label, served.sessions[name], urls) for name, urls in hands.items()]
            meanwhile()
            for each in work:
                each.result()

    def wait_for(self, count: int) -> None:
        deadline = time.monotonic() + 90
        while len(self.acknowledged) < count:
            assert time.monotonic() < deadline, f"only {len(self.acknowledged)} acknowledged"
            time.sleep(0.02)


@pytest.fixture
def dropping_proxy(served: Served) -> Iterator[int]:
    """Port of a proxy that passes every request on and loses every tenth reply."""
    count = itertools.count(1)

    class Proxy(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=30)
            connection.request("POST", self.path, body, dict(self.headers))
            response = connection.getresponse()
            reply = response.read()
            connection.close()
            if next(count) % 10 == 0:
                return  # the connection closes without a word
            self.send_response(response.status)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_: object) -> None:
            pass

    class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
        daemon_threads = True
        request_queue_size = 2 * PEOPLE

    with Server(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield proxy.server_address[1]
        proxy.shutdown()


def test_a_proxy_that_loses_every_tenth_reply_makes_no_answer_double(served: Served, dropping_proxy: int) -> None:
    crowd = Crowd(dropping_proxy)
    crowd.run(served, "dropping")
    assert crowd.resent >= PEOPLE * PAIRS_EACH // 10
    assert sorted(served.stored("dropping")) == sorted(map(list, crowd.acknowledged.items()))
    assert len(crowd.acknowledged) == PEOPLE * PAIRS_EACH


def test_killed_processes_lose_no_acknowledged_answer(served: Served) -> None:
    crowd = Crowd(served.port)
    at_the_kill: dict[str, str] = {}

    def kill() -> None:
        crowd.wait_for(20)
        os.kill(web_process(served.server.pid), signal.SIGKILL)
        crowd.wait_for(60)
        with crowd.lock:
            at_the_kill.update(crowd.acknowledged)
        lines = ServerFolder(served.data_dir / "postgres").postmaster_pid.read_text().splitlines()
        os.kill(int(lines[0]), signal.SIGKILL)

    crowd.run(served, "killing", meanwhile=kill)
    stored = served.stored("killing")
    assert set(at_the_kill.items()) <= {(submission, label) for submission, label in stored}
    assert sorted(stored) == sorted(map(list, crowd.acknowledged.items()))
    assert len(crowd.acknowledged) == PEOPLE * PAIRS_EACH
    assert crowd.resent > 0


def web_process(serve: int) -> int:
    """One of the processes that answer: a child of the web server, which is a child of `serve`."""
    parents: dict[int, list[int]] = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:  # it has ended
            continue
        parents.setdefault(parent, []).append(int(process.name))
    return next(worker for server in parents[serve] for worker in parents.get(server, []))
