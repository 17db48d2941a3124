"""A real browser on a real server: Chromium, people to log in as, and an ear for errors of the page."""

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from heritage.models import Role, User

# Playwright's synchronous interface keeps an event loop running in the tests' thread. Nothing of Django runs in it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A busy machine may take long over what must come; what must be fast is measured, not waited for.
expect.set_options(timeout=20_000)
# A browser without rights of its own to take away (containers), without a GPU, and that calls nobody.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "page_errors_expected: the page is meant to report errors, such as a missing address"
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], playwright: Any) -> dict[str, Any]:
    """The machine's own Chromium, or the one that Playwright downloaded; skips where there is neither."""
    installed = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if installed is None and not os.path.exists(playwright.chromium.executable_path):
        pytest.skip("no Chromium: install it, or set CHROMIUM to its path, or run `playwright install chromium`")
    chosen = {"executable_path": installed} if installed else {}
    return {**browser_type_launch_args, "args": ARGUMENTS, **chosen}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1366, "height": 850}, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    """`page.goto("/models/")` goes to the test's own server."""
    return live_server.url


class RequestsAtWork:
    """Counts the requests that the server, which runs in this process, has begun and not ended."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()
        request_started.connect(self.begin)
        request_finished.connect(self.end)

    def begin(self, **_: object) -> None:
        with self._lock:
            self.count += 1

    def end(self, **_: object) -> None:
        with self._lock:
            self.count -= 1


requests_at_work = RequestsAtWork()


@pytest.fixture
def idle_server(transactional_db: None) -> Iterator[None]:
    """Ends when the server's threads have: what a page asked for last is else still at work while the database is
    emptied, and the two wait for each other."""
    before = requests_at_work.count
    yield
    deadline, quiet = time.monotonic() + 10, 0
    while quiet < 3 and time.monotonic() < deadline:  # one that was sent last may not have begun at once
        quiet = quiet + 1 if requests_at_work.count <= before else 0
        time.sleep(0.02)


@pytest.fixture
def context(idle_server: None, context: BrowserContext) -> BrowserContext:
    """Closed before `idle_server` ends: nothing is asked any more."""
    return context


@pytest.fixture(autouse=True)
def no_page_errors(context: BrowserContext, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test if a page wrote an error to the console or left one uncaught."""
    errors: list[str] = []
    context.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    yield
    if not request.node.get_closest_marker("page_errors_expected"):
        assert not errors, "the page reported errors:\n" + "\n".join(errors)


@pytest.fixture
def lead(transactional_db: None) -> User:
    return User.objects.create_user("lead", password="a long password", role=Role.LEAD)


@pytest.fixture
def annotator(transactional_db: None) -> User:
    return User.objects.create_user("annotator", password="a long password", role=Role.ANNOTATOR)


@pytest.fixture
def log_in(context: BrowserContext, base_url: str) -> Callable[[User], None]:
    """`log_in(user)`: the browser holds a session of that account from now on."""

    def hand_over_session(user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base_url}])

    return hand_over_session


@pytest.fixture
def lead_page(page: Page, lead: User, log_in: Callable[[User], None]) -> Page:
    log_in(lead)
    return page


@pytest.fixture
def annotator_page(page: Page, annotator: User, log_in: Callable[[User], None]) -> Page:
    log_in(annotator)
    return page
