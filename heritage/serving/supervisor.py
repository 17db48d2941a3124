"""Running several programs as one: all end together, one that dies is started again."""

import logging
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from heritage.child_process import end_with_parent
from heritage.errors import UserError

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
# A program that dies this often within a minute has a reason that starting it again does not mend.
DEATHS_PER_MINUTE = 4


@dataclass
class Program:
    """One child, run in `folder`. `pass_fds` are file descriptors that it inherits.

    `missed`: what does not work without it, for a program that the others can do without.
    """

    name: str
    command: Sequence[str]
    folder: Path
    pass_fds: tuple[int, ...] = ()
    missed: str = ""
    given_up: bool = False
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=self.folder,
            pass_fds=self.pass_fds,
            # Ctrl-C reaches only the parent, which then ends the children in order.
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )

    def ask_to_end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def end_by(self, deadline: float) -> None:
        """Wait until `deadline` (of `time.monotonic`), then kill."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            logger.warning("%s did not end in time and was killed.", self.name.capitalize())
            self.process.kill()
            self.process.wait()


class StopRequested(BaseException):
    """SIGTERM or SIGINT arrived. Not an Exception: nothing below should take it for an error."""


def supervise(programs: Sequence[Program], *, ready: Callable[[], None], seconds_to_end: float = 10.0) -> None:
    """Start `programs`, call `ready`, and keep them running until SIGTERM or Ctrl-C; then end them all.

    Raises `UserError` if one keeps dying that is not to be done without.
    """

    def stop(_signal: int, _frame: object) -> None:
        raise StopRequested

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        for program in programs:
            program.start()
        ready()
        while True:
            for program in programs:
                keep_running(program)
            time.sleep(POLL_SECONDS)
    except StopRequested:
        pass
    finally:
        for number in before:
            signal.signal(number, signal.SIG_IGN)  # once is enough
        deadline = time.monotonic() + seconds_to_end
        for program in programs:
            program.ask_to_end()
        for program in programs:
            program.end_by(deadline)
        for number, handler in before.items():
            signal.signal(number, handler)


def keep_running(program: Program) -> None:
    """Start `program` again if it has died."""
    assert program.process is not None  # noqa: S101 for the type checker
    status = program.process.poll()
    if status is None or program.given_up:
        return
    now = time.monotonic()
    program.deaths = [death for death in program.deaths if death > now - 60] + [now]
    if len(program.deaths) >= DEATHS_PER_MINUTE and program.missed:
        logger.error("The %s keeps ending (last status %s). Without it %s.", program.name, status, program.missed)
        program.given_up = True
        return
    if len(program.deaths) >= DEATHS_PER_MINUTE:
        raise UserError(f"The {program.name} keeps ending (last status {status}); its messages are above.")
    logger.warning("The %s ended with status %s and is started again.", program.name, status)
    program.start()
