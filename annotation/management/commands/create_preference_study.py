"""Open a preference study: search with several models, and let experts choose whose results are best.

    manage.py create_preference_study "Search" --models siglip ft-best ft-last --annotators ada grace
    manage.py create_preference_study "Lamps" --models siglip ft-best --annotators ada \\
        --queries "arc lamp" "miner's lamp" --slices 1-4 5-9

Each model encodes the queries and ranks the records of the collections by the cosine of the query with a record's
best picture; every record is ranked once. For each query and slice of the ranking an expert sees one row of records
per model, in random order, and chooses the best row, or none. What the models found is kept as records: later changes
of vectors change nothing.

Where models find the same records in a slice, in whatever order, they share one row, and who chooses it gives each an
equal part of the win. Where all do, nobody is asked.

Without --queries or --queries-file (one query on each line), --query-count queries are drawn from what the records
are most often called; --query-seed draws others. The order of rows follows from --seed: leave it out, and it is drawn
so that nobody can guess it. --dry-run searches and counts, and stores nothing.

Accounts are made by create_account, vectors by embed; analyse_preference_study tells the result.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from annotation.preference.actions import create_study, plan_study
from annotation.preference.likely_queries import suggest_queries
from annotation.preference.recipe import DEFAULT_QUERIES, DEFAULT_SLICES, StudyRecipe, query_lines
from heritage.catalogue.queries import get_collections
from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what experts see: leave models out of it")
        parser.add_argument("--models", nargs="+", required=True, metavar="SLUG", help="two or more")
        parser.add_argument("--collections", nargs="+", default=(), metavar="SLUG", help="searched (default: all)")
        parser.add_argument("--annotators", nargs="+", required=True, metavar="USER", help="usernames")
        queries = parser.add_mutually_exclusive_group()
        queries.add_argument("--queries", nargs="+", metavar="TEXT", help="what to search for")
        queries.add_argument("--queries-file", type=Path, help="the same from a file, one on each line")
        parser.add_argument(
            "--query-count", type=int, default=DEFAULT_QUERIES, help=f"queries to draw (default {DEFAULT_QUERIES})"
        )
        parser.add_argument("--query-seed", type=int, default=0, help="another seed draws other queries (default 0)")
        parser.add_argument(
            "--slices",
            nargs="+",
            default=DEFAULT_SLICES,
            metavar="RANKS",
            help=f"ranks that make up a row (default: {' '.join(DEFAULT_SLICES)})",
        )
        parser.add_argument("--instructions", default="", help="text that experts read before their first choice")
        parser.add_argument("--seed", type=int, help="of the order of choices and rows (default: drawn at random)")
        parser.add_argument("--dry-run", action="store_true", help="search and count, write nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        recipe = StudyRecipe(
            name=options["name"],
            models=tuple(options["models"]),
            collections=tuple(options["collections"]),
            queries=_queries(options),
            slices=tuple(options["slices"]),
            annotators=tuple(options["annotators"]),
            instructions=options["instructions"],
            seed=options["seed"],
        )
        if options["dry_run"]:
            study, plan = None, plan_study(recipe, progress=progress)
        else:
            study, plan = create_study(recipe, progress=progress)
        return {
            "study": study and study.pk,
            "name": recipe.name.strip(),
            "models": list(plan.found),
            "collections": [collection.slug for collection in plan.recipe.collections],
            "queries": list(plan.recipe.queries),
            "slices": list(map(str, plan.recipe.slices)),
            "annotators": [person.username for person in plan.recipe.annotators],
            "choices_each": len(plan.choices),
            "same_for_all": plan.same_for_all,
            "shared_rows": plan.shared_rows,
            "seed": study.seed if study else recipe.seed,
            "dry_run": options["dry_run"],
        }

    def summary(self, result: dict[str, Any]) -> str:
        done = "Would open" if result["dry_run"] else "Opened"
        lines = [
            f"{done} {result['name']}: {', '.join(result['models'])} on {', '.join(result['collections'])}, "
            f"{len(result['queries'])} queries and {len(result['slices'])} slices; "
            f"{len(result['annotators'])} annotators with {result['choices_each']} choices each.",
            f"Queries: {', '.join(result['queries'])}.",
        ]
        if result["shared_rows"]:
            lines.append(f"In {result['shared_rows']} choices some models found the same records and share a row.")
        if result["same_for_all"]:
            lines.append(f"In {result['same_for_all']} all did, so nobody is asked about these.")
        return "\n".join(lines)


def _queries(options: dict[str, Any]) -> tuple[str, ...]:
    if options["queries"] is not None:
        return tuple(options["queries"])
    path: Path | None = options["queries_file"]
    if path is not None:
        try:
            return tuple(query_lines(path.read_text(encoding="utf-8-sig")))
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(f"The queries in {path} cannot be read: {error}.") from error
    if options["query_count"] < 1 or options["query_seed"] < 0:
        raise UserError("--query-count is 1 or more and --query-seed 0 or more.")
    collections = get_collections(options["collections"])
    drawn = suggest_queries(collections, count=options["query_count"], seed=options["query_seed"])
    if not drawn:
        raise UserError("No record has both a name and a picture, so no query can be drawn: name some with --queries.")
    return tuple(drawn)
