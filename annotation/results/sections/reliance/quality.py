"""Whether the answers can be relied on, and where the pairs went that have none. Pure."""

from collections.abc import Iterator
from typing import Any

from annotation.results.sections.figures import flat_rows
from annotation.results.sections.section import Said, SectionKind
from annotation.results.sections.words import Document
from annotation.vocabulary import SkipReason
from heritage.pages.tables import Column, Table, count_cell, number, table_of, text_cell

# Krippendorff asks for an alpha of 0.667 at least, for tentative conclusions ("Content Analysis", 2nd edition 2004,
# page 241). The shares are where a lead should look before quoting anything; none is a law.
LEAST_ALPHA = 0.667
MOST_UNSURE = 0.2
MOST_SKIPPED = 0.1
MOST_BROKEN = 0.05
LEAST_GOLD = 0.8

_ALPHA = "Krippendorff's alpha, ordinal"


def quality_words(document: Document) -> tuple[str, ...]:
    """What speaks against relying on these answers; each once, those about the answers themselves first."""
    if not document["n"]:
        return ()
    said = [*_doubts(document), *document["order_and_time"]["warnings"], *document["model_comparison"]["warnings"]]
    said += [warning for fit in document["regressions"] if fit["intercept"] for warning in fit["warnings"]]
    return tuple(dict.fromkeys(said))


def _doubts(document: Document) -> Iterator[str]:
    flow, n = document["flow"], document["n"]
    alpha = _alpha(document)
    if alpha["value"] is None:
        yield f"How far people agree is not known. {alpha['reason']}"
    elif alpha["low"] is not None and alpha["low"] <= 0:
        yield f"{_alpha_words(alpha)}: labels given by a die agree as well."
    elif alpha["value"] < LEAST_ALPHA:
        yield f"{_alpha_words(alpha)}, under {LEAST_ALPHA}, the least for tentative conclusions (Krippendorff 2004)."
    if flow["unsure"] > MOST_UNSURE * n:
        yield f"{_share(flow['unsure'], n)} of the answers are marked as unsure."
    skipped = sum(flow["skipped"].values())
    if skipped > MOST_SKIPPED * (n + skipped):
        yield (
            f"{_share(skipped, n + skipped)} of the pairs that were seen were skipped ({_reasons(flow['skipped'])}). "
            "Who skips what cannot be told leaves out pairs of a kind: read the answer with them as not linked."
        )
    if flow["broken"] > MOST_BROKEN * n:
        yield f"{_share(flow['broken'], n)} of the answers are on records that were reported as broken."
    gold = document["agreement"]["confusion"]["against_gold"]
    if gold and gold[0]["correct"] < LEAST_GOLD:
        yield (
            f"Of {gold[0]['n']:,} answers to gold pairs {100 * gold[0]['correct']:.0f} % have the label that the leads "
            "hold to be right."
        )


def _said(document: Document) -> Said:
    warnings = quality_words(document)
    flow, n = document["flow"], document["n"]
    people = document["annotators"]
    counted = f"{n:,} answer{'' if n == 1 else 's'} of {people:,} annotator{'' if people == 1 else 's'}."
    if not n:
        return Said([counted])
    skipped = flow["skipped"]
    passed_over = f"{sum(skipped.values()):,} skipped ({_reasons(skipped)})" if skipped else "none skipped"
    went = (
        f"Of {flow['dealt']:,} pairs dealt to {flow['people']:,} people, {flow['answered']:,} were answered, "
        f"{passed_over}, {flow['open']:,} not reached. {flow['finished']:,} people went through all of theirs, "
        f"{flow['stopped']:,} stopped before, {flow['absent']:,} did not begin."
    )
    marked = (
        f"{_share(flow['unsure'], n)} of the answers are marked as unsure, {_share(flow['broken'], n)} are on records "
        f"reported as broken, {_share(flow['empty'], n)} were left empty."
    )
    alpha = _alpha(document)
    agreement = [f"{_alpha_words(alpha)}."] if alpha["value"] is not None else []
    nothing = "In agreement, in what was unsure, skipped, broken or gold, nothing speaks against relying on them."
    return Said([counted, went, marked, *agreement, *(warnings or (nothing,))])


def _alpha(document: Document) -> dict[str, Any]:
    found = (each for each in document["agreement"]["coefficients"] if each["of"] == "label" and each["name"] == _ALPHA)
    return next(found, {"value": None, "low": None, "high": None, "reason": ""})


def _alpha_words(alpha: dict[str, Any]) -> str:
    interval = ""
    if alpha["low"] is not None:
        interval = f" (95 % interval {number(alpha['low'], 2)} to {number(alpha['high'], 2)})"
    return f"Krippendorff’s alpha of the labels in their order is {number(alpha['value'], 2)}{interval}"


def _share(count: int, n: int) -> str:
    share = 100 * count / n
    return f"{share:.0f} %" if share >= 1 or not count else f"{share:.1f} %"


def _reasons(skipped: dict[str, int]) -> str:
    return ", ".join(f"{reason_words(reason)} {count:,}" for reason, count in skipped.items())


def reason_words(reason: str) -> str:
    """Why a pair was skipped, as its annotator read it."""
    return {
        SkipReason.CANNOT_TELL.value: "cannot tell",
        SkipReason.NO_PICTURE.value: "no useful picture",
        SkipReason.NOT_MY_FIELD.value: "outside their field",
        SkipReason.OTHER.value: "another reason",
    }.get(reason, reason)


def flow_table(document: Document) -> Table:
    """Where the pairs of each stratum went."""
    reasons = list(document["flow"]["skipped"])
    rows = [
        flat_rows([each], ("stratum", "dealt", "answered"), document)[0]
        | {reason: each["skipped"].get(reason, 0) for reason in reasons}
        for each in document["flow"]["by_stratum"]
    ]
    columns = (
        Column("Stratum", text_cell("stratum"), figures=False),
        Column("Dealt", count_cell("dealt")),
        Column("Answered", count_cell("answered")),
        *(Column(f"Skipped: {reason_words(reason)}", count_cell(reason)) for reason in reasons),
    )
    return table_of("flow", "Where the pairs went", columns, rows)


SECTION = SectionKind(
    id="quality",
    heading="Can the answers be relied on?",
    say=_said,
    tables={"flow": flow_table},
)
