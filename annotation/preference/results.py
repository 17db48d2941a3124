"""A study's answers as the frame that the analysis reads, the analysis computed once for each state, and CSV rows."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db.models import Count, Max

from annotation.models.preference import PreferenceAnswer, PreferenceResult, PreferenceStudy

from . import queries

if TYPE_CHECKING:
    from annotation.analysis.preference.whole import PreferenceAnalysis
    from annotation.analysis.preference.wins import PreferenceFrame, Wins

FORMAT = 2  # raised whenever what the cache has of an analysis changes or its classes move: they are pickled
_KEEP_SECONDS = 24 * 60 * 60


def preference_frame(study: PreferenceStudy) -> "PreferenceFrame":
    """The current answers of a study, in four queries."""
    import pandas as pd

    from annotation.analysis.preference.wins import PreferenceFrame

    answers = queries.current_answers(study.choices.all()).values_list(
        "choice__query__text", "choice__slice", "choice__annotator__username", "choice__rows", "row"
    )
    rows = [
        (query, part, annotator, tuple(shown[row - 1]) if row else ()) for query, part, annotator, shown, row in answers
    ]
    # Everybody is asked the same, so the choices of one expert tell what was asked.
    first = study.choices.order_by("annotator").values("annotator")[:1]
    asked = [shown for (shown,) in study.choices.filter(annotator__in=first).values_list("rows")]
    return PreferenceFrame(
        models=tuple(study.model_slugs),
        slices=tuple(study.slices),
        frame=pd.DataFrame(rows, columns=["query", "slice", "annotator", "chosen"]),
        waiting=study.choices.count() - len(rows),
        same_for_all=study.queries.count() * len(study.slices) - len(asked),
        shared_rows=sum(any(len(models) > 1 for models in shown) for shown in asked),
    )


def study_version(study: PreferenceStudy) -> str:
    """Changes with every answer. Answers are never changed or removed one by one, so their number and newest tell."""
    answers = PreferenceAnswer.objects.filter(choice__study=study).aggregate(newest=Max("pk"), count=Count("pk"))
    return f"{answers['newest'] or 0}-{answers['count']}"


def preference_analysis(study: PreferenceStudy) -> "PreferenceAnalysis":
    """The analysis of the answers as they are now; from the cache where nothing has changed.

    statsmodels takes seconds to import and is needed only here: it is imported at the first analysis.
    """
    from annotation.analysis.preference.whole import analyse_preferences

    key = f"preference-analysis:{FORMAT}:{study.pk}:{study_version(study)}"
    found: PreferenceAnalysis | None = cache.get(key)
    if found is None:
        found = analyse_preferences(preference_frame(study))
        cache.set(key, found, timeout=_KEEP_SECONDS)
    return found


# --- CSV -------------------------------------------------------------------------------------


def wins_csv(analysis: "PreferenceAnalysis") -> Iterator[list[Any]]:
    """Rows with a heading; figures in full precision and empty where they could not be estimated."""
    yield ["grouping", "group", "model", "wins", "n", "queries", "share", "low", "high"]
    groupings: dict[str, tuple[Wins, ...]] = {
        "all": (analysis.overall,),
        "slice": analysis.by_slice,
        "annotator": analysis.by_annotator,
    }
    for grouping, groups in groupings.items():
        for wins in groups:
            for row in (*wins.by_model, wins.none_better):
                figures = [row.wins, wins.n, wins.queries, row.share, row.low, row.high]
                yield [grouping, wins.group, row.model or "(none better)", *figures]


def answers_csv(study: PreferenceStudy) -> Iterator[list[Any]]:
    """Rows with a heading: the answers that count, with the models behind the rows from top to bottom."""
    yield ["query", "slice", "annotator", "chosen", "row", "rows", "position", "comment", "seconds", "created"]
    found = queries.current_answers(study.choices.all()).select_related("choice__query", "choice__annotator")
    for answer in sorted(found, key=lambda each: (each.choice.annotator.username, each.choice.position)):
        choice = answer.choice
        rows = [" = ".join(models) for models in choice.rows]
        yield [
            choice.query.text,
            f"results {choice.slice}",  # a bare 1-4 becomes a date in a spreadsheet
            choice.annotator.username,
            rows[answer.row - 1] if answer.row else "",
            answer.row,
            " | ".join(rows),
            choice.position,
            answer.comment,
            answer.seconds,
            answer.created.isoformat(),
        ]


def rankings_csv(study: PreferenceStudy) -> Iterator[list[Any]]:
    """Rows with a heading: what each model found for each query, at the ranks that were shown."""
    yield ["query", "model", "rank", "collection", "record_id", "name"]
    fields = ("query__text", "model_slug", "rank", "record__collection__slug", "record__record_id", "record__name")
    found = PreferenceResult.objects.filter(query__study=study).order_by("query__position", "model_slug", "rank")
    yield from (list(row) for row in found.values_list(*fields))
