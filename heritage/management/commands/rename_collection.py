"""Give a collection another name, which people read, or another short name, which commands and addresses use.

    manage.py rename_collection smg --name "Science Museum Group"
    manage.py rename_collection smg --slug science-museum

The addresses of its pages change with the short name. What was written down with the old one, such as the settings of
a sampling that was drawn, keeps it.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.catalogue.collections import rename_collection
from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("collection", metavar="COLLECTION", help="the collection's short name now")
        parser.add_argument("--name", default="", help="its new name")
        parser.add_argument("--slug", default="", help="its new short name")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        renamed = rename_collection(slug=options["collection"], name=options["name"], new_slug=options["slug"])
        return {"slug": renamed.slug, "name": renamed.name}

    def summary(self, result: dict[str, Any]) -> str:
        return f"The collection {result['slug']} is called {result['name']}."
