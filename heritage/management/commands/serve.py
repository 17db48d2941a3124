"""Serve Heritage Weaver: the production web server, the job worker and the encoder of searches, in the foreground.

    serve                       http://127.0.0.1:8000, or the port in the environment's PORT
    serve --bind 0.0.0.0:8080   for other machines; name the host in ALLOWED_HOSTS
    serve --migrate             bring the database up to date first

Ctrl-C or SIGTERM ends them, and the embedded database with them if nothing else uses it. A job that was
running is marked as interrupted and can be retried. One that dies is started again.
"""

import http.client
import logging
import os
import socket
import sys
import threading
import time
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandParser
from django.db import connection, connections

from heritage.child_process import own_command
from heritage.commands import HeritageCommand
from heritage.database import embedded
from heritage.database.schema import require_current
from heritage.errors import UserError
from heritage.files.private import close_below
from heritage.metrics.processes import begin_counting
from heritage.progress import TerminalProgress
from heritage.serving.static_files import collect_static_files
from heritage.serving.supervisor import Program, supervise

SECONDS_TO_ANSWER = 60.0
logger = logging.getLogger(__name__)


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        port = os.environ.get("PORT") or "8000"
        parser.add_argument("--bind", default=f"127.0.0.1:{port}", metavar="HOST:PORT", help="default: %(default)s")
        parser.add_argument("--migrate", action="store_true", help="apply missing migrations first")
        parser.add_argument("--no-worker", action="store_true", help="web server only; run `work` somewhere else")
        parser.add_argument(
            "--no-encoder", action="store_true", help="search by words alone; or run `encoder` yourself"
        )
        parser.add_argument("--web-processes", type=int, default=2, metavar="N", help="default: %(default)s")
        parser.add_argument("--threads", type=int, default=4, metavar="N", help="per web process (%(default)s)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        listening = listen(options["bind"])
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        require_current()
        if not settings.DEBUG:
            collect_static_files()
        # Of millions of tiles it takes a while, in which the folder itself is shut already.
        threading.Thread(target=close_below, args=(settings.DATA_DIR,), daemon=True).start()
        begin_counting()
        str(settings.SECRET_KEY)  # made here, once, where there is none
        programs = [web_server(listening, processes=options["web_processes"], threads=options["threads"])]
        if not options["no_worker"]:
            programs.append(Program(name="job worker", command=own_command("work"), folder=settings.HOME_DIR))
        if not options["no_encoder"]:
            programs += programs_of_apps()
        host, port = listening.getsockname()[:2]
        try:
            supervise(programs, ready=lambda: self.say_ready(host, port))
        finally:
            connections.close_all()
            if "EMBEDDED_UNDER" in connection.settings_dict:
                embedded.leave(settings.DATA_DIR, wait=5)
        return {"address": f"{host}:{port}"}

    def say_ready(self, host: str, port: int) -> None:
        """Print the address once a page comes back from it."""
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        reachable = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 a comparison, no binding
        while time.monotonic() < deadline:
            try:
                asked = http.client.HTTPConnection(reachable, port, timeout=SECONDS_TO_ANSWER)
                asked.request("GET", "/login/")
                asked.getresponse()
            except OSError:
                time.sleep(0.1)
            else:
                break
        said = f"Heritage Weaver is at http://{reachable}:{port}"
        if settings.LOG_FORMAT == "json":
            logger.info(said)
        else:
            self.stderr.write(f"{said}  (Ctrl-C stops it)", lambda line: line)

    def summary(self, result: dict[str, Any]) -> str:
        return "Stopped."


def listen(address: str) -> socket.socket:
    """A listening socket for HOST:PORT, held here so that the web server can be started again on it."""
    host, _, port = address.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) <= 65535:
        raise UserError(f"{address!r} is not HOST:PORT; write for example 127.0.0.1:8000.")
    host = host.strip("[]") or "127.0.0.1"
    try:
        return socket.create_server(
            (host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=1024
        )
    except OSError as error:
        raise UserError(
            f"{address} cannot be used ({error.strerror or error}); choose another port with PORT= or --bind."
        ) from error


def programs_of_apps() -> list[Program]:
    """What apps want to run beside the web server: `served_commands` of their configurations, each a command of this
    project, with what does not work without it. The site can do without them."""
    return [
        Program(name=name, command=own_command(name), folder=settings.HOME_DIR, missed=missed)
        for app in apps.get_app_configs()
        for name, missed in getattr(app, "served_commands", {}).items()
    ]


def web_server(listening: socket.socket, *, processes: int, threads: int) -> Program:
    command = [
        *(sys.executable, "-m", "gunicorn", "heritage.wsgi:application"),
        *("--config", "python:heritage.serving.web_processes"),
        *("--bind", f"fd://{listening.fileno()}"),
        *("--workers", str(processes), "--threads", str(threads)),
        *("--worker-class", "heritage.serving.buffered_worker.BufferedWorker"),
        # Loaded once, then forked: starts sooner and shares memory. Nothing is connected before the fork.
        "--preload",
        *("--timeout", "60", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
    ]
    return Program(name="web server", command=command, folder=settings.HOME_DIR, pass_fds=(listening.fileno(),))
