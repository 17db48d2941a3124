"""The options by which commands are told how a Label Studio project names things."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from .reading import StudioProject, read_project


def add_project_options(parser: CommandParser, *, answers: bool) -> None:
    """Of the records, and with `answers` of what people said of them."""
    parser.add_argument(
        "--records", nargs=2, default=("a", "b"), metavar=("FIELD", "FIELD"), help="fields with the record ids (a b)"
    )
    parser.add_argument(
        "--collections", nargs=2, default=("", ""), metavar=("SLUG", "SLUG"), help="collections of these records"
    )
    if answers:
        parser.add_argument("--choices", default="", metavar="NAME", help="the Choices that asks how they relate")
        parser.add_argument(
            "--label", action="append", default=[], metavar="TEXT=LABEL", help="what one of its answers means"
        )


def project_of(options: Mapping[str, Any]) -> StudioProject:
    return read_project(
        record_fields=options["records"],
        collections=options["collections"],
        choices=options.get("choices", ""),
        labels=options.get("label", ()),
    )
