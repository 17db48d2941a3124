"""The answer in words, made from the regressions with an intercept, for any number of models.

A sentence is a run of spans, so that a page can set names and figures in bold and a terminal print them plain.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from .regression.logit import Coefficient, Regression


@dataclass(frozen=True)
class Span:
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Finding:
    """One sentence of the answer, and the figures it rests on, in words."""

    spans: tuple[Span, ...]
    evidence: tuple[str, ...]

    def __str__(self) -> str:
        return "".join(span.text for span in self.spans)


def model_findings(regressions: Sequence[Regression]) -> tuple[Finding, ...]:
    """What the stratum regressions with an intercept say: a sentence for each model of which they say something,
    and one for all models of which they do not. Regressions without an intercept answer another question and
    are passed over.
    """
    fitted = [fit for fit in regressions if fit.coding == "stratum" and fit.intercept]
    if all(not row.is_estimated for fit in fitted for row in fit.slopes):
        reasons = dict.fromkeys(warning for fit in fitted for warning in fit.warnings)
        return (Finding((Span("No answer can be given yet."),), tuple(reasons)),)
    base = fitted[0].slopes[0].term
    compared = [fit.slopes[-1].term for fit in fitted if fit.slopes[-1].term != base]
    spoken, silent, unknown = [], [], []
    for model in [*compared, base]:
        rows = [fit.row(model) for fit in fitted if _has(fit, model)]
        evidence = tuple(_evidence(fit, fit.row(model)) for fit in fitted if _has(fit, model))
        estimated = [row for row in rows if row.is_estimated]
        if not estimated:
            unknown.append((model, evidence))
        elif not any(row.can_be_told_from_chance for row in estimated):
            silent.append((model, evidence))
        else:
            spoken.append(Finding(_effect_spans(model, rows), evidence))
    if silent:
        spoken.append(_joint_finding(silent, " no effect can be told from chance."))
    if unknown:
        spoken.append(_joint_finding(unknown, " no effect can be estimated yet."))
    return tuple(spoken)


def odds_ratio_words(ratio: float) -> str:
    """Two significant digits, or three where two would read as no difference: 1.78 -> "1.8", 1.04 -> "1.04"."""
    words = _significant(ratio, 2)
    return _significant(ratio, 3) if float(words) == 1.0 else words


def p_phrase(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _effect_spans(model: str, rows: Sequence[Coefficient]) -> tuple[Span, ...]:
    """One model's effect, of which at least one of `rows` is told from chance. The base is in several."""
    positive = {row.coef > 0 for row in rows if row.coef is not None and row.can_be_told_from_chance}
    if len(positive) > 1 or not all(row.can_be_told_from_chance for row in rows):
        beside = " the answer depends on which model stands beside it: see the figures."
        return (Span("For "), Span(model, strong=True), Span(beside))
    ratios = sorted(row.odds_ratio for row in rows if row.odds_ratio is not None)
    words = dict.fromkeys(odds_ratio_words(ratio) for ratio in (ratios[0], ratios[-1]))
    return (
        Span("Pairs that "),
        Span(model, strong=True),
        Span(" finds similar are linked by experts "),
        Span(f"{' to '.join(words)} times", strong=True),
        Span(" as often, in odds, as pairs that it does not."),
    )


def _joint_finding(models: Sequence[tuple[str, tuple[str, ...]]], rest: str) -> Finding:
    """ "For a, b and c" and the rest, with the evidence of all."""
    spans = [Span("For ")]
    for place, (model, _) in enumerate(models):
        if place:
            spans.append(Span(" and " if place == len(models) - 1 else ", "))
        spans.append(Span(model, strong=True))
    return Finding((*spans, Span(rest)), tuple(line for _, evidence in models for line in evidence))


def _has(fit: Regression, term: str) -> bool:
    return any(row.term == term for row in fit.rows)


def _evidence(fit: Regression, row: Coefficient) -> str:
    """Such as "ft-best in base + ft-best: odds ratio 1.78 (95 % interval 1.25 to 2.51), p = 0.001, n = 551."."""
    where = f"{row.term} in {fit.name}" if row.term != fit.name else row.term
    if row.odds_ratio is None or row.odds_low is None or row.odds_high is None or row.p is None:
        return " ".join((f"{where}: not estimable, n = {fit.n}.", *fit.warnings))
    return (
        f"{where}: odds ratio {row.odds_ratio:.2f} (95 % interval {row.odds_low:.2f} to {row.odds_high:.2f}), "
        f"{p_phrase(row.p)}, n = {fit.n}."
    )


def _significant(value: float, digits: int) -> str:
    """Plain decimals, never an exponent: 0.0123 -> "0.012", 123.4 -> "123"."""
    exponent = int(f"{value:e}".partition("e")[2])
    return f"{value:.{max(0, digits - 1 - exponent)}f}"
