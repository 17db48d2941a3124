"""Compare models on records that they did not learn from.

    evaluate zero-shot --models heritage-mini ft-best --target name noun --candidates 5 10
    evaluate search --models heritage-mini ft-best --from image --to image --across --top 3 10 20

Evaluates on the records that the split by --seed holds out, the same for all models and trainings with that
seed. The models' vectors must be there (embed).

zero-shot: a record's first picture against its own name, or the name's root noun, and other candidates, the same
for all models. --subset filter leaves out names such as specimen, model, sample; sample draws 200 records.

search: held-out records as queries over all records. A record is relevant if the cosine of the two names in
all-MiniLM-L6-v2 is at least --alike. From one modality to the other, "found" is the share of queries with their
own record in the top 10, "mrr" the mean of one over its rank.

Intervals are 95 %, by bootstrap over records. Two models are compared over the same records: McNemar's exact test
for zero-shot, random signs for search.
"""

import csv
import io
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from heritage.queries import get_collections
from models_ml.registry import get_models


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", choices=["zero-shot", "search"])
        parser.add_argument("--models", nargs="+", required=True, metavar="MODEL")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--seed", type=int, default=0, help="of split, candidates and resampling (0)")
        parser.add_argument("--format", choices=["text", "csv"], default="text", help="of the rows (text)")
        zero_shot = parser.add_argument_group("zero-shot")
        zero_shot.add_argument("--target", nargs="+", choices=["name", "noun"], default=["name"])
        zero_shot.add_argument("--candidates", nargs="+", type=int, default=[5])
        zero_shot.add_argument("--subset", nargs="+", choices=["all", "filter", "sample"], default=["all"])
        search = parser.add_argument_group("search")
        search.add_argument("--from", dest="source", choices=["image", "text"], default="image")
        search.add_argument("--to", dest="to", choices=["image", "text"], default="image")
        search.add_argument("--across", action="store_true", help="find records of other collections only")
        search.add_argument("--top", nargs="+", type=int, default=[3, 10, 20])
        search.add_argument("--alike", type=float, default=0.95, help="cosine from which two names are alike (0.95)")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if repeated := {slug for slug in options["models"] if options["models"].count(slug) > 1}:
            raise UserError(f"--models names {sorted(repeated)[0]} twice.")
        if min(options["candidates"]) < 2:
            raise UserError("--candidates must be at least 2: the own name and one other.")
        if min(options["top"]) < 1:
            raise UserError("--top must be at least 1.")
        if not -1 <= options["alike"] <= 1:
            raise UserError("--alike is a cosine: give a number from -1 to 1.")
        models = get_models(options["models"])
        collections = get_collections(options["collection"])
        from models_ml.evaluation.run import evaluate_search, evaluate_zero_shot

        if options["evaluation"] == "zero-shot":
            result = evaluate_zero_shot(
                models=models,
                collections=collections,
                targets=options["target"],
                candidates=options["candidates"],
                subsets=options["subset"],
                seed=options["seed"],
                progress=progress,
            )
        else:
            result = evaluate_search(
                models=models,
                collections=collections,
                source=options["source"],
                target=options["to"],
                across=options["across"],
                tops=sorted(set(options["top"])),
                threshold=options["alike"],
                seed=options["seed"],
                progress=progress,
            )
        self._format = options["format"]
        return {"evaluation": options["evaluation"], "collections": [each.slug for each in collections]} | result

    def summary(self, result: dict[str, Any]) -> str:
        columns = list(result["rows"][0])
        cells = [[_cell(row[column]) for column in columns] for row in result["rows"]]
        if self._format == "csv":
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows([columns, *cells])
            return text.getvalue().rstrip("\n")
        widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)]
        lines = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in [columns, *cells]]
        for comparison in result["comparisons"]:
            what = ", ".join(
                f"{key} {comparison[key]}" for key in ("target", "candidates", "subset", "top") if key in comparison
            )
            lines.append(
                f"{comparison['models'][0]} - {comparison['models'][1]} ({what}): {comparison['mean']:+.4f} "
                f"({comparison['low']:+.4f} to {comparison['high']:+.4f}), p = {comparison['p']:.4g}"
            )
        return "\n".join(lines)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
