"""Lay out all records of a model as a map: those that it finds alike lie near each other.

    map MODEL [--by record|image|text] [--style without|with] [--seed 0]

One vector stands for each record, from its pictures and its words. What the vectors of a collection have in common,
its house style, is left out, or the map would first of all show which museum a record is from; --style with keeps
it. Records that may not be shown are on no map.

The map takes the place of the older one of its kind, and is shown on the model's page. The same seed gives the same
map on the same machine. Clusters are named by the terms that are theirs more than the others'.
"""

from typing import Any, get_args

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress
from models_ml.maps.kind import Basis, MapKind, Style
from models_ml.registry import get_model


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("model", help="slug of a registered model (register_model --list)")
        parser.add_argument("--by", choices=get_args(Basis), default="record", help="(default record: both)")
        parser.add_argument("--style", choices=get_args(Style), default="without", help="house style (default without)")
        parser.add_argument("--seed", type=int, default=0, help="another seed gives another layout (default 0)")
        parser.add_argument("--dry-run", action="store_true", help="count the records and stop")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.maps.actions import make_map

        return make_map(
            model=get_model(options["model"]),
            kind=MapKind(options["by"], options["style"]),
            progress=progress,
            seed=options["seed"],
            dry_run=options["dry_run"],
        )

    def summary(self, result: dict[str, Any]) -> str:
        if result["dry_run"]:
            return f"{result['model']}: would lay out {result['records']:,} records."
        named = [f"  {cluster['size']:>7,}  {cluster['name']}" for cluster in result["clusters"]]
        return "\n".join([f"{result['model']}: {result['records']:,} records, {len(named)} clusters", *named])
