"""The evaluations of this room: zero-shot accuracy, and search."""

from typing import Any

from django.core.management.base import CommandParser

from . import findings, panels, tables
from .kinds import EvaluationKind, register_evaluation
from .settings import CANDIDATES_FROM, SUBSETS, TARGETS, SearchSettings, ZeroShotSettings


def register_own_kinds() -> None:
    register_evaluation(ZERO_SHOT)
    register_evaluation(SEARCH)


# --- Zero-shot -------------------------------------------------------------------------------


def _evaluate_zero_shot(settings: ZeroShotSettings, **arguments: Any) -> dict[str, Any]:
    from .chat import chat_model_from_settings
    from .zero_shot_evaluation import evaluate_zero_shot

    chat = chat_model_from_settings() if settings.chat else None
    return evaluate_zero_shot(settings, chat=chat, **arguments)


def _zero_shot_options(parser: CommandParser) -> None:
    group = parser.add_argument_group("zero-shot")
    group.add_argument("--target", nargs="+", choices=TARGETS, default=["name"])
    group.add_argument("--candidates", nargs="+", type=int, default=[5])
    group.add_argument(
        "--candidates-from",
        nargs="+",
        choices=CANDIDATES_FROM,
        default=list(CANDIDATES_FROM),
        help="labels of the picture's own collection, of all, or first the one and then the other (own all)",
    )
    group.add_argument("--subset", nargs="+", choices=SUBSETS, default=["all"])
    group.add_argument("--chat", action="store_true", help="also ask the chat model about the sample")


def _zero_shot_settings(options: dict[str, Any]) -> ZeroShotSettings:
    return ZeroShotSettings(
        **_common(options),
        targets=tuple(dict.fromkeys(options["target"])),
        candidates=tuple(dict.fromkeys(options["candidates"])),
        candidates_from=tuple(dict.fromkeys(options["candidates_from"])),
        subsets=tuple(dict.fromkeys(options["subset"])),
        chat=options["chat"],
    )


ZERO_SHOT = EvaluationKind(
    name="zero-shot",
    place=1,
    button="Zero-shot accuracy",
    page="new-zero-shot",
    restore=lambda values: ZeroShotSettings(
        **{"candidates_from": ("all",), **values}
    ),  # all, before there was a choice
    evaluate=_evaluate_zero_shot,
    options=_zero_shot_options,
    read_options=_zero_shot_settings,
    heading=lambda settings: "Zero-shot accuracy",
    about=lambda settings: (
        f"{', '.join(settings['targets'])}; {', '.join(map(str, settings['candidates']))} candidates"
    ),
    findings=findings.findings,
    caveats=findings.caveats,
    notes=findings.notes,
    panels=panels.evaluation_panels,
    tables=tables.evaluation_tables,
)


# --- Search ----------------------------------------------------------------------------------


def _evaluate_search(settings: SearchSettings, **arguments: Any) -> dict[str, Any]:
    from .search_evaluation import evaluate_search

    return evaluate_search(settings, **arguments)


def _search_options(parser: CommandParser) -> None:
    group = parser.add_argument_group("search")
    group.add_argument("--from", dest="source", choices=["image", "text"], default="image")
    group.add_argument("--to", dest="to", choices=["image", "text"], default="image")
    group.add_argument("--across", action="store_true", help="find records of other collections only")
    group.add_argument("--top", nargs="+", type=int, default=[3, 10, 20])
    group.add_argument("--alike", type=float, default=0.95, help="cosine from which two names are alike (0.95)")


def _search_settings(options: dict[str, Any]) -> SearchSettings:
    return SearchSettings(
        **_common(options),
        source=options["source"],
        target=options["to"],
        across=options["across"],
        tops=tuple(sorted(set(options["top"]))),
        alike=options["alike"],
    )


SEARCH = EvaluationKind(
    name="search",
    place=2,
    button="Search",
    page="new-search",
    restore=lambda values: SearchSettings(**values),
    evaluate=_evaluate_search,
    options=_search_options,
    read_options=_search_settings,
    heading=lambda settings: f"Search, {settings['source']} to {settings['target']}",
    about=lambda settings: (
        f"{settings['source']} to {settings['target']}{', other collections' if settings['across'] else ''}"
    ),
    findings=findings.findings,
    caveats=findings.caveats,
    notes=findings.notes,
    panels=panels.evaluation_panels,
    tables=tables.evaluation_tables,
)


def _common(options: dict[str, Any]) -> dict[str, Any]:
    return {
        "models": tuple(options["models"]),
        "collections": tuple(options["collection"] or ()),
        "records": options["records"] or "held-out",
        "seed": options["seed"],
    }
