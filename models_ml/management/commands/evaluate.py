"""Compare models on records that they did not learn from.

    evaluate zero-shot --models heritage-mini ft-best --target name noun --candidates 5 10
    evaluate search --models heritage-mini ft-best --from image --to image --across --top 3 10 20

Evaluates on the records that the models' common split holds out; where none of them was trained here, on those
that --seed would hold out. --records all takes every record. The models' vectors must be there (embed). Figures
are kept and shown under Models, with charts; --dry-run only prints them.

zero-shot: a record's first picture against its own name, or the name's root noun, and other candidates, the same
for all models. --subset filter leaves out names such as specimen, model, sample; sample draws 200 records, about
which --chat also asks the chat model of the settings (see .env.example). Its answers that are no candidate count
as errors and are listed.

search: held-out records as queries over all records. A record is relevant if the cosine of the two names in
all-MiniLM-L6-v2 is at least --alike. "recall" is the share of the relevant records found; from one modality to
the other, "found" is the share of queries with their own record in the top 10, "mrr" the mean of one over its rank.

Intervals are 95 %, by bootstrap over records. Two models are compared over the same records: McNemar's exact test
for zero-shot and found, random signs for the rest. "chance" is what a random ranking would reach, "majority" what
always naming the most common label would.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.pages.tables import FORMATS, render
from heritage.progress import TerminalProgress
from models_ml.evaluation.settings import SUBSETS, TARGETS, SearchSettings, Settings, ZeroShotSettings
from models_ml.evaluation.tables import evaluation_tables


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", choices=["zero-shot", "search"])
        parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="the first is the base")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--records", choices=["held-out", "all"], default="held-out", help="default held-out")
        parser.add_argument("--seed", type=int, default=0, help="of candidates and resampling (0)")
        parser.add_argument("--format", choices=FORMATS, default="text", help="of the tables (text)")
        parser.add_argument("--dry-run", action="store_true", help="print the figures, keep nothing")
        zero_shot = parser.add_argument_group("zero-shot")
        zero_shot.add_argument("--target", nargs="+", choices=TARGETS, default=["name"])
        zero_shot.add_argument("--candidates", nargs="+", type=int, default=[5])
        zero_shot.add_argument("--subset", nargs="+", choices=SUBSETS, default=["all"])
        zero_shot.add_argument("--chat", action="store_true", help="also ask the chat model about the sample")
        search = parser.add_argument_group("search")
        search.add_argument("--from", dest="source", choices=["image", "text"], default="image")
        search.add_argument("--to", dest="to", choices=["image", "text"], default="image")
        search.add_argument("--across", action="store_true", help="find records of other collections only")
        search.add_argument("--top", nargs="+", type=int, default=[3, 10, 20])
        search.add_argument("--alike", type=float, default=0.95, help="cosine from which two names are alike (0.95)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.evaluation.actions import evaluate_models

        self._format = options["format"]
        result = evaluate_models(_settings(options), progress=progress, dry_run=options["dry_run"])
        return result.document | {"id": result.kept.pk if result.kept else None}

    def summary(self, result: dict[str, Any]) -> str:
        tables = evaluation_tables(result)
        if self._format == "csv":
            return render(tables[0], "csv").rstrip("\n")
        parts = [f"{table.title}\n\n{render(table, self._format)}" for table in tables]
        if chat := result.get("chat"):
            parts.append(
                f"{chat['model']} was asked {chat['asked']:,} times; {len(chat['errors']):,} answers were none."
            )
        which = "all" if result["settings"]["records"] == "all" else "held-out"
        return "\n".join([*parts, f"Evaluated on {result['records']:,} {which} records."])


def _settings(options: dict[str, Any]) -> Settings:
    common: dict[str, Any] = {
        "models": tuple(options["models"]),
        "collections": tuple(options["collection"] or ()),
        "records": options["records"],
        "seed": options["seed"],
    }
    if options["evaluation"] == "zero-shot":
        return ZeroShotSettings(
            **common,
            targets=tuple(dict.fromkeys(options["target"])),
            candidates=tuple(dict.fromkeys(options["candidates"])),
            subsets=tuple(dict.fromkeys(options["subset"])),
            chat=options["chat"],
        )
    return SearchSettings(
        **common,
        source=options["source"],
        target=options["to"],
        across=options["across"],
        tops=tuple(sorted(set(options["top"]))),
        alike=options["alike"],
    )
