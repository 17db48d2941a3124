"""Links as a kind of evaluation: what its command takes, and what shows it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandParser

from linking.sampling.variants.kinds import KINDS
from models_ml.evaluation.kinds import EvaluationKind, register_evaluation
from models_ml.finetuning.judging import register_judge

from .link_findings import link_caveats, link_findings, link_notes, link_panels
from .link_tables import link_tables
from .settings import LinkSettings
from .similarities import FUSED, PLAIN, read_similarity

if TYPE_CHECKING:
    from models_ml.training.links.judged import JudgedPairs


def register_links() -> None:
    register_evaluation(LINKS)
    register_judge(_judge)


def _judge(judged: "JudgedPairs") -> dict[str, Any]:
    from .judged_links import judged_figures

    return judged_figures(judged)


def _evaluate(settings: LinkSettings, **arguments: Any) -> dict[str, Any]:
    from .link_evaluation import evaluate_links

    return evaluate_links(settings, **arguments)


def _options(parser: CommandParser) -> None:
    group = parser.add_argument_group("links")
    group.add_argument(
        "--truth", type=Path, metavar="FILE", help="CSV of pairs (a, b, label) or keys (record, key ...)"
    )
    group.add_argument("--campaign", metavar="NAME", help="whose answers are the truth, by their weights")
    group.add_argument("--collections", nargs="+", metavar="SLUG", help="the two that are linked, where unclear")
    group.add_argument(
        "--similarity",
        nargs="+",
        default=[PLAIN, FUSED],
        metavar="NAME",
        help=f"{', '.join(KINDS)} ({PLAIN} {FUSED})",
    )


def _read_options(options: dict[str, Any]) -> LinkSettings:
    return LinkSettings(
        models=tuple(options["models"]),
        truth=str(options["truth"] or ""),
        campaign=options["campaign"] or "",
        collections=tuple(options["collections"] or options["collection"] or ()),
        similarities=tuple(read_similarity(name).name for name in options["similarity"]),
        records=options["records"] or "",
        seed=options["seed"],
    )


def _about(settings: dict[str, Any]) -> str:
    truth = settings["campaign"] or settings["truth_name"] or Path(settings["truth"]).name
    return f"{', '.join(settings['similarities'])}; by {truth}"


LINKS = EvaluationKind(
    name="links",
    place=3,
    button="Links found",
    page="new-links-evaluation",
    restore=lambda values: LinkSettings(**values),
    evaluate=_evaluate,
    options=_options,
    read_options=_read_options,
    heading=lambda settings: "Links found",
    about=_about,
    findings=link_findings,
    caveats=link_caveats,
    notes=link_notes,
    panels=link_panels,
    tables=link_tables,
)
