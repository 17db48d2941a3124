"""Everything that is computed of a preference study, in one frozen result, with the answer in words."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from annotation.analysis.answer.findings import Finding, Span, p_phrase

from .wins import (
    FEWEST_QUERIES,
    PairTest,
    PreferenceFrame,
    Wins,
    WinShare,
    pair_tests,
    wins_by_annotator,
    wins_by_slice,
    wins_of,
)


@dataclass(frozen=True)
class PreferenceAnalysis:
    """`n` counts current answers, `queries` those that have one, `annotators` the people who gave them."""

    n: int
    queries: int
    annotators: int
    models: tuple[str, ...]
    overall: Wins
    by_slice: tuple[Wins, ...]
    by_annotator: tuple[Wins, ...]
    pairs: tuple[PairTest, ...]
    findings: tuple[Finding, ...]
    caveats: tuple[str, ...]


def analyse_preferences(data: PreferenceFrame, *, seed: int = 0) -> PreferenceAnalysis:
    """Run every analysis. `seed` is of the bootstrap; nothing else is random."""
    overall, pairs, people = wins_of(data, seed=seed), pair_tests(data), wins_by_annotator(data)
    return PreferenceAnalysis(
        n=overall.n,
        queries=overall.queries,
        annotators=len(people),
        models=data.models,
        overall=overall,
        by_slice=wins_by_slice(data, seed=seed),
        by_annotator=people,
        pairs=pairs,
        findings=_findings(overall, pairs),
        caveats=tuple(_caveats(data, overall, len(people))),
    )


def preference_document(analysis: PreferenceAnalysis) -> dict[str, Any]:
    """The analysis as plain data for JSON: None where a figure cannot be estimated."""
    return {
        "n": analysis.n,
        "queries": analysis.queries,
        "annotators": analysis.annotators,
        "models": list(analysis.models),
        "answer": [str(finding) for finding in analysis.findings],
        "evidence": [line for finding in analysis.findings for line in finding.evidence],
        "overall": asdict(analysis.overall),
        "by_slice": [asdict(wins) for wins in analysis.by_slice],
        "by_annotator": [asdict(wins) for wins in analysis.by_annotator],
        "pairs": [asdict(pair) for pair in analysis.pairs],
        "caveats": list(analysis.caveats),
    }


def percent_words(share: float) -> str:
    return f"{100 * share:.0f} %"


def _findings(overall: Wins, pairs: Sequence[PairTest]) -> tuple[Finding, ...]:
    """Which model won most often, which of the others it is preferred to, and how often no row was better."""
    if not overall.n:
        return (Finding((Span("No answer can be given yet."),), ("Nobody has chosen a row yet.",)),)
    most = max(row.wins for row in overall.by_model)
    if not most:
        every = Span("In no answer was a row better than the others.")
        return (Finding((every,), (f"n = {overall.n:,}.",)),)
    leading = [row for row in overall.by_model if row.wins == most]
    spans = [Span("Experts chose the rows of "), *_names(leading)]
    spans += [
        Span(" most often, in " if len(leading) == 1 else " equally often, each in "),
        Span(percent_words(most / overall.n), strong=True),
        Span(f" of {_count(overall.n, 'answer')}."),
    ]
    findings = [Finding(tuple(spans), tuple(_share_evidence(row, overall) for row in overall.by_model))]
    findings.append(_preference([row.model for row in leading], pairs))
    if overall.none_better.wins:
        share = percent_words(overall.none_better.wins / overall.n)
        findings.append(
            Finding(
                (Span("In "), Span(share, strong=True), Span(" no row was better.")),
                (_share_evidence(overall.none_better, overall),),
            )
        )
    return tuple(findings)


def _preference(leading: Sequence[str], pairs: Sequence[PairTest]) -> Finding:
    """What the tests say of the model that leads; of all where several do."""
    evidence = tuple(map(_pair_evidence, pairs))
    if len(leading) > 1:
        told = [pair for pair in pairs if pair.preferred]
        if not told:
            return Finding((Span("Which model is preferred cannot be told from chance."),), evidence)
        spans = [Span(f"{pair.preferred} is preferred to {_other(pair, str(pair.preferred))}. ") for pair in told]
        return Finding((*spans[:-1], Span(spans[-1].text.rstrip())), evidence)
    first = leading[0]
    against = [(pair, _other(pair, first)) for pair in pairs if first in pair.models]
    beaten = [model for pair, model in against if pair.preferred == first]
    lost = [model for pair, model in against if pair.preferred == model]
    unclear = [model for pair, model in against if pair.preferred is None]
    sentences = []
    if beaten:
        sentences.append(f"It is preferred to {_and(beaten)}.")
    if lost:  # seldom: more wins in all, yet fewer queries
        sentences.append(f"For most queries, though, {_and(lost)} is preferred to it.")
    if unclear:
        sentences.append(f"A preference over {_and(unclear, 'or')} cannot be told from chance.")
    return Finding((Span(" ".join(sentences)),), evidence)


def _share_evidence(row: WinShare, overall: Wins) -> str:
    """Such as "ft-best: 52 % of answers (95 % interval 45 to 59), n = 288 answers to 24 queries."."""
    name = row.model or "No row better"
    interval = (
        f"95 % interval {100 * row.low:.0f} to {100 * row.high:.0f}"
        if row.low is not None and row.high is not None
        else "too few different queries for an interval"
    )
    queries = _count(overall.queries, "query", "queries")
    return f"{name}: {percent_words(row.share or 0.0)} of answers ({interval}), n = {overall.n:,} on {queries}."


def _pair_evidence(pair: PairTest) -> str:
    """Such as "ft-best against base: queries won 18, lost 4, equal 2; exact sign test p = 0.004 ..."."""
    counts = (
        f"{pair.models[0]} against {pair.models[1]}: queries won {pair.better}, lost {pair.worse}, equal {pair.equal}"
    )
    if pair.p is None or pair.p_holm is None:
        return f"{counts}; nothing to test."
    return f"{counts}; exact sign test {p_phrase(pair.p)}, by Holm over all pairs {p_phrase(pair.p_holm)}."


def _caveats(data: PreferenceFrame, overall: Wins, experts: int) -> list[str]:
    """What a reader has to know before quoting any figure; one sentence or two each."""
    caveats = []
    if data.waiting:
        caveats.append(f"Answers still to come: {data.waiting}. The figures will change.")
    if overall.n:
        who = "one expert" if experts == 1 else f"these {experts} experts"
        caveats.append(
            f"Intervals and tests tell how much the result depends on which queries were asked. They are about {who} "
            "and say nothing of what others would choose."
        )
    if 0 < overall.queries < FEWEST_QUERIES:
        caveats.append(
            f"No sign test can tell a preference from chance with fewer than {FEWEST_QUERIES} queries: "
            "a larger study is needed."
        )
    if data.same_for_all:
        caveats.append(
            f"Queries and slices for which all models found the same records: {data.same_for_all}. Nobody was asked "
            "about these, and no figure counts them."
        )
    if data.shared_rows:
        caveats.append(
            f"In {_count(data.shared_rows, 'choice')} some models found the same records and share a row: "
            "who chooses it gives each of them an equal part of the win."
        )
    return caveats


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number} {one if number == 1 else several or one + 's'}"


def _other(pair: PairTest, model: str) -> str:
    return pair.models[1] if pair.models[0] == model else pair.models[0]


def _names(rows: Sequence[WinShare]) -> list[Span]:
    spans: list[Span] = []
    for place, row in enumerate(rows):
        if place:
            spans.append(Span(" and " if place == len(rows) - 1 else ", "))
        spans.append(Span(row.model, strong=True))
    return spans


def _and(names: Sequence[str], word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
