"""Compare models on records that they did not learn from.

    evaluate zero-shot --models heritage-mini ft-best --target name noun --candidates 5 10
    evaluate search --models heritage-mini ft-best --from image --to image --across --top 3 10 20
    evaluate links --models heritage-mini ft-best --truth pairs.csv --similarity plain fused
    evaluate links --models heritage-mini ft-best --campaign "Mill machinery pilot"

Evaluates on the records that the models' common split holds out; where none of them was trained here, on those
that --seed would hold out. --records all takes every record. The models' vectors must be there (embed). Figures
are kept and shown under Models, with charts; --dry-run only prints them.

zero-shot: a record's first picture against its own name, or the name's root noun, and other candidates, the same
for all models: first of the picture's own collection, then of all (--candidates-from), where a model that tells
museums apart has it easier. --subset filter leaves out names such as specimen, model, sample; sample draws 200
records, about which --chat also asks the chat model of the settings (see .env.example), with the first kind of
candidates. Its answers that are no candidate count as errors and are listed.

search: held-out records as queries over all records. A record is relevant if the cosine of the two names in
all-MiniLM-L6-v2 is at least --alike. "recall" is the share of the relevant records found; from one modality to
the other, "found" is the share of queries with their own record in the top 10, "mrr" the mean of one over its rank.

links: how well each comparison, and the method's four fused (the sum of their standardised similarities), tell links
of two collections from other pairs: AUC, average precision, the share of links among the most similar 0.1, 1 and 5 % of
pairs, and for records with a partner whether it is among the nearest 1, 5, 10, and the mean of one over its rank. By
label: linked (any label but unrelated), similar (similar or same object), same (same object). --truth is CSV: a, b,
label, where labels are same_object, similar_object, same_category and unrelated, and pairs that are not named are
unrelated unless some are named so; or record and up to three columns of keys, the first equal for the same object,
the second for similar ones, the third for one category, with a column collection where identifiers repeat. --campaign
takes what most experts answered, each pair by its sampling weight. All records take part, since all will be linked;
where a model learnt from experts' links, the held-out ones; --records says otherwise.
Intervals and tests are clustered by record on both sides, see docs/linking.md.

Other intervals are 95 %, by bootstrap over records. Two models are compared over the same records: McNemar's exact test
for zero-shot and found, random signs for the rest. "chance" is what a random ranking would reach, "majority" what
always naming the most common label would.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.pages.tables import FORMATS, render
from heritage.progress import TerminalProgress
from models_ml.evaluation.kinds import evaluation_kind, evaluation_kinds


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("evaluation", choices=[kind.name for kind in evaluation_kinds()])
        parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="the first is the base")
        parser.add_argument("--collection", action="append", metavar="SLUG", help="only this one; may be repeated")
        parser.add_argument("--records", choices=["held-out", "all"], help="default held-out; links: see above")
        parser.add_argument("--seed", type=int, default=0, help="of candidates, resampling and split (0)")
        parser.add_argument("--format", choices=FORMATS, default="text", help="of the tables (text)")
        parser.add_argument("--dry-run", action="store_true", help="print the figures, keep nothing")
        for kind in evaluation_kinds():
            kind.options(parser)

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.evaluation.actions import evaluate_models

        self._format = options["format"]
        settings = evaluation_kind(options["evaluation"]).read_options(options)
        result = evaluate_models(settings, progress=progress, dry_run=options["dry_run"])
        return result.document | {"id": result.kept.pk if result.kept else None}

    def summary(self, result: dict[str, Any]) -> str:
        tables = evaluation_kind(result["evaluation"]).tables(result)
        if self._format == "csv":
            return render(tables[0], "csv").rstrip("\n")
        parts = [f"{table.title}\n\n{render(table, self._format)}" for table in tables]
        if chat := result.get("chat"):
            parts.append(
                f"{chat['model']} was asked {chat['asked']:,} times; {len(chat['errors']):,} answers were none."
            )
        if result["mixture"]:
            parts.append(result["mixture"])
        return "\n".join([*parts, _records_words(result)])


def _records_words(result: dict[str, Any]) -> str:
    if result["settings"]["records"] == "held-out":
        return f"Evaluated on {result['records']:,} held-out records."
    held_out = result.get("held_out")
    of_them = f", of which {held_out['records']:,} are held out ({held_out['pairs']:,} pairs)" if held_out else ""
    return f"Evaluated on all {result['records']:,} records{of_them}."
