"""Run the encoder, which turns what people search for into vectors, until Ctrl-C.

`serve` starts this by itself. It holds the models that were asked for last, so there is one for each machine; web
processes find it by a socket below DATA_DIR. Without it pages search by words alone, and say so.
"""

import os
import sys
from typing import Any

from django.conf import settings

from heritage.commands import HeritageCommand
from heritage.files.private import make_private_folder
from heritage.progress import TerminalProgress
from models_ml.encoding.place import encoder_socket

# Below people's requests: on a machine of two cores a page goes before a search by meaning.
NICENESS = 5


class Command(HeritageCommand):
    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        socket = encoder_socket()
        make_private_folder(socket.parent)
        os.nice(NICENESS)
        os.execv(  # noqa: S606 - this process becomes the server
            sys.executable,
            [
                *(sys.executable, "-m", "gunicorn", "models_ml.encoding.wsgi:application"),
                *("--config", "python:models_ml.encoding.processes", "--preload"),
                *("--bind", f"unix:{socket}", "--umask", "0077", "--chdir", str(settings.HOME_DIR)),
                # One process: models are large. Threads, so that what is known is answered while a model loads.
                *("--workers", "1", "--worker-class", "models_ml.encoding.processes.StayingWorker", "--threads", "8"),
                *("--timeout", "120", "--graceful-timeout", "5", "--log-level", "warning", "--no-control-socket"),
            ],
        )
