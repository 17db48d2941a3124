"""What every management command shares: its docstring as manual, one-line errors, JSON on stdout.

A command module's docstring is what `--help` prints. The command's `run` does the work by calling
one action and returns a dictionary: with `--json` it is printed as the only thing on stdout,
otherwise `summary` turns it into the few lines that a person reads.
"""

import argparse
import json
import os
import sys
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser, DjangoHelpFormatter
from django.core.serializers.json import DjangoJSONEncoder
from django.db import ProgrammingError
from django.utils import timezone

from heritage.audit.actions import audit
from heritage.database.schema import require_current
from heritage.errors import UserError
from heritage.files.private import keep_private
from heritage.models import AuditAction
from heritage.progress import TerminalProgress


def date_and_time(text: str) -> datetime:
    """An argument such as 2027-03-31T18:00, in TIME_ZONE where it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date and time: write one such as 2027-03-31T18:00") from None
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment


class ManualFormatter(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps the manual's own line breaks."""


class HeritageCommand(BaseCommand):
    """Base of all commands. Subclasses define `options`, `run` and `summary`."""

    stealth_options = ("progress",)
    # What a command that did its work is written down as, and the option that says to what.
    audited: tuple[AuditAction, str] | None = None

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        self.help = (sys.modules[type(self).__module__].__doc__ or "").strip()
        kwargs.setdefault("formatter_class", ManualFormatter)
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
        self.options(parser)

    def options(self, parser: CommandParser) -> None:
        """Declare this command's arguments."""

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        """Do the work and return what `--json` prints."""
        raise NotImplementedError

    def summary(self, result: dict[str, Any]) -> str:
        """The closing lines for a person."""
        raise NotImplementedError

    def complaint(self, result: dict[str, Any]) -> str:
        """One sentence where part of the work could not be done: it goes to stderr after the result, exit code 1."""
        return ""

    def _run_on_current_tables(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        try:
            return self.run(progress=progress, **options)
        except ProgrammingError:  # a missing table or column, after an update
            require_current()
            raise

    def handle(self, *args: Any, **options: Any) -> None:
        first = os.environ.get("RANK", "0") == "0"  # under torchrun one process speaks for all
        progress = TerminalProgress(quiet=not first)
        keep_private(settings.DATA_DIR)
        try:
            result = self._run_on_current_tables(progress=progress, **options)
        except UserError as error:
            raise CommandError(" ".join(str(error).split())) from error
        finally:
            progress.close()
        if not first:
            return
        if self.audited is not None and not options.get("dry_run"):
            action, option = self.audited
            command = type(self).__module__.rpartition(".")[2]
            audit(action, person=None, subject=f"{command} {options[option]}")
        if options["json"]:
            self.stdout.write(json.dumps(result, cls=DjangoJSONEncoder, allow_nan=False))
        else:
            self.stdout.write(self.summary(result))
        if complaint := self.complaint(result):
            raise CommandError(complaint)
