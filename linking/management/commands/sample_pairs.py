"""Draw pairs of records on which models agree or disagree, for experts to label.

    sample_pairs NAME --collections A B --models BASE OTHER... [options]

Every record of one collection is compared with every record of the others, by each comparison and
each model. A pair is similar for a model if its similarity is at or above that model's percentile
over all pairs that can be compared (--percentile 99). The pairs then fall into strata, by which
models find them similar, and the same number is drawn from each, never a pair twice. Every drawn
pair keeps its similarity for every model and comparison. Records that lack an image or a text
cannot be compared by it, and are not similar.

Comparisons, from the first collection (A) to the others (B):
  image-image  the most alike images            text-image  best of a text of A with an image of B
  text-text    all texts, on average            image-text  best of an image of A with a text of B
  image+text   similar by image-image and by text-text, both
  record-record  a record's images and texts pooled to one vector; of records that have both

Similarity: --similarity plain, the cosines as published, is the default. Others hold down what makes records
of two museums look alike or different for reasons that are not theirs:
  centred  each collection's mean vector is subtracted: its house style, light and wording
  csls     records that are near to everything count less (hubs; Conneau and others 2018)
  fused    all comparisons are standardised and added up: one comparison, called fused
--similarity centred fused and --similarity centred csls go together.

Patterns: one digit for each model in the order of --models, 1 for similar. With three models
`--patterns 111 100 011 010 001`, the default, draws where all agree, only the base, all but the
base, and each other model alone. The default for any number of models follows the same rule.
Names stand for several: agree, disagree (any two models disagree), alone (one model only), every.

Narrowed: --terms, --keywords and --among SET keep to pairs of which one record has a taxonomy term, is near to a text,
or is in a set of records that was kept on a map or in a search; with several, one record has to fulfil them all.

Controls: --controls random draws as many pairs again from all that a comparison compares, --controls
similar from those that at least one model finds similar. Each drawn pair has its inclusion
probability; its inverse is its weight.

The same seed draws the same pairs from the same records and vectors, whatever the device, the number
of processors and --memory. --dry-run draws, prints and stores nothing. Several GPUs, or machines that
reach the same database, share the work: torchrun --nproc-per-node N manage.py sample_pairs ...

    sample_pairs pilot --collections smg nms --models siglip siglip-best siglip-last
    sample_pairs three --collections smg nms vam --cross smg:nms smg:vam --models siglip siglip-best \\
        --patterns disagree --controls random similar
    sample_pairs links --collections smg nms --models siglip-best --similarity centred fused
    sample_pairs telephones --collections smg nms --models siglip siglip-best \\
        --keywords "rotary telephone" telegraph --nearest 300 --per-stratum 20
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.progress import TerminalProgress
from linking.actions import create_sampling
from linking.sampling.comparisons import ALL_COMPARISONS, DEFAULT_COMPARISONS
from linking.sampling.recipe import DEFAULT_NEAREST, DEFAULT_PER_STRATUM, DEFAULT_PERCENTILE, SamplingRecipe
from linking.sampling.variants.kinds import KINDS, PLAIN, read_kind


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what to call the sampling")
        parser.add_argument("--collections", nargs="+", required=True, metavar="SLUG", help="two or more")
        parser.add_argument("--models", nargs="+", required=True, metavar="SLUG", help="the base first")
        parser.add_argument(
            "--comparisons",
            nargs="+",
            default=DEFAULT_COMPARISONS,
            metavar="COMPARISON",
            help=f"any of {', '.join(ALL_COMPARISONS)} (default: {' '.join(DEFAULT_COMPARISONS)})",
        )
        parser.add_argument(
            "--similarity",
            nargs="+",
            action="extend",
            metavar="VARIANT",
            help=f"one of {', '.join(KINDS)}; two may be written apart (default {PLAIN.name})",
        )
        parser.add_argument(
            "--percentile", type=float, default=DEFAULT_PERCENTILE, help="where pairs begin to be similar (default 99)"
        )
        parser.add_argument(
            "--percentile-over",
            choices=["records", "vectors"],
            default="records",
            help="take it over pairs of records (default), or over pairs of vectors before they are aggregated",
        )
        parser.add_argument(
            "--patterns",
            nargs="+",
            default=(),
            metavar="PATTERN",
            help="strata to draw from, such as 111 100 011, or agree, disagree, alone, every",
        )
        parser.add_argument(
            "--cross",
            nargs="+",
            default=(),
            metavar="A:B",
            help="compare only these collections with each other (default: all)",
        )
        parser.add_argument(
            "--controls", nargs="+", default=(), metavar="CONTROL", help="draw controls too: random, similar"
        )
        parser.add_argument(
            "--per-stratum", type=int, default=DEFAULT_PER_STRATUM, metavar="N", help="pairs from each (default 7)"
        )
        parser.add_argument(
            "--terms", nargs="+", default=(), metavar="TERM", help="only pairs with a record of such a taxonomy term"
        )
        parser.add_argument(
            "--among", nargs="+", default=(), metavar="SET", help="only pairs with a record of such a set of records"
        )
        parser.add_argument(
            "--keywords",
            nargs="+",
            default=(),
            metavar="TEXT",
            help="only pairs of which one record is among the nearest to one of these texts, by the first model",
        )
        parser.add_argument(
            "--nearest",
            type=int,
            default=DEFAULT_NEAREST,
            metavar="N",
            help=f"how many records are near to a keyword (default {DEFAULT_NEAREST})",
        )
        parser.add_argument(
            "--allow-fewer", action="store_true", help="take what there is from strata that are too small"
        )
        parser.add_argument("--allow-missing", action="store_true", help="pass over images and texts without vectors")
        parser.add_argument("--seed", type=int, default=0, help="another seed draws other pairs (default 0)")
        parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1 ... (default auto)")
        parser.add_argument(
            "--memory", type=int, metavar="MB", help="for vectors and similarities at work (default SAMPLING_MEMORY_MB)"
        )
        parser.add_argument("--dry-run", action="store_true", help="draw and print, but store nothing")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        recipe = SamplingRecipe(
            collections=tuple(options["collections"]),
            models=tuple(options["models"]),
            comparisons=tuple(options["comparisons"]),
            similarity=read_kind(options["similarity"] or [PLAIN.name]),
            percentile=options["percentile"],
            percentile_over=options["percentile_over"],
            patterns=tuple(options["patterns"]),
            per_stratum=options["per_stratum"],
            cross=tuple(options["cross"]),
            controls=tuple(options["controls"]),
            terms=tuple(options["terms"]),
            among=tuple(options["among"]),
            keywords=tuple(options["keywords"]),
            nearest=options["nearest"],
            allow_fewer=options["allow_fewer"],
            allow_missing=options["allow_missing"],
            seed=options["seed"],
        )
        result = create_sampling(
            name=options["name"],
            recipe=recipe,
            progress=progress,
            dry_run=options["dry_run"],
            device=options["device"],
            memory_mb=options["memory"],
        )
        return result.as_json()

    def summary(self, result: dict[str, Any]) -> str:
        models, kind = result["recipe"]["models"], KINDS[result["recipe"]["similarity"]]
        lines = [] if kind == PLAIN else [f"Similarity: {kind.name}. {kind.description}", ""]
        lines += [f"{'Thresholds':<14}" + "".join(f"{model:>16}" for model in models)]
        lines += [
            f"{comparison:<14}" + "".join(f"{by_model[model]:>16.4f}" for model in models)
            for comparison, by_model in result["thresholds"].items()
        ]
        lines += ["", f"{'Strata':<14}{'pattern':<{len(models) + 6}}{'pairs':>14}{'drawn':>8}"]
        lines += [
            f"{stratum['comparison']:<14}"
            f"{''.join(map(str, stratum['pattern'].values())):<{len(models) + 6}}"
            f"{stratum['available']:>14,}{stratum['drawn']:>8,}"
            for stratum in result["strata"]
        ]
        lines += [
            f"{control['comparison']:<14}{control['control']:<{len(models) + 6}}"
            f"{control['available']:>14,}{control['drawn']:>8,}"
            for control in result["controls"]
        ]
        drawn = len(result["pairs"])
        kept = "nothing was stored" if result["dry_run"] else f"stored as {result['name']}"
        said = [result["mixture"]] if result["mixture"] else []
        return "\n".join([*lines, "", *said, f"{drawn:,} pairs drawn, {kept}."])
