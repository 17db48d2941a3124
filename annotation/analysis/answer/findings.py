"""The answer in words: what the planned comparisons of models say, for any number of models.

A sentence is a run of spans, so that a page can set names and figures in bold and a terminal print them plain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from annotation.analysis.errors import errors_words
from annotation.analysis.regression.contrasts import ModelComparison, ModelContrast
from annotation.analysis.regression.logit import Regression

SIGNIFICANT = 0.05


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


def model_findings(
    comparison: ModelComparison, regression: Regression, alike: Sequence[tuple[str, str]] = ()
) -> tuple[Finding, ...]:
    """A sentence for each difference between two models that is told from chance, after Holm's method, and one for all
    that are not. Of one model, what its finding is worth.

    `regression` is the logit that `comparison` was made from, under the same errors; `alike` has models that find the
    same pairs similar as another one, which then stands for both.
    """
    twins = [Finding(_twin_spans(*pair), ()) for pair in alike]
    if not regression.slopes:
        return (Finding((Span("No model’s findings are known of these pairs, so no models can be compared."),), ()),)
    if all(not row.is_estimated for row in regression.slopes):
        return (Finding((Span("No answer can be given yet."),), tuple(regression.warnings)), *twins)
    if not comparison.contrasts:
        return (*_of_one_model(comparison, regression), *twins)
    spoken, silent, unknown = [], [], []
    for contrast in comparison.contrasts:
        if contrast.p_holm is None:
            unknown.append(contrast)
        elif contrast.p_holm < SIGNIFICANT:
            spoken.append(Finding(_difference_spans(contrast), (_evidence(contrast, comparison),)))
        else:
            silent.append(contrast)
    if silent:
        evidence = tuple(_evidence(contrast, comparison) for contrast in silent)
        spoken.append(Finding(_between_spans(silent, " no difference can be told from chance."), evidence))
    if unknown:
        spoken.append(_unknown_finding(unknown, regression))
    return (*spoken, *twins)


def basis_words(comparison: ModelComparison) -> str:
    """What the answer rests on: one regression, one way to reckon errors, one family of tests."""
    tests = len(comparison.contrasts)
    family = f"; p after Holm’s method for {tests} differences" if tests > 1 else ""
    return (
        f"One logistic regression of a link on what every model finds, with errors that allow for "
        f"{errors_words(comparison.covariance)}{family}:"
    )


def odds_ratio_words(ratio: float) -> str:
    """Two significant digits, or three where two would read as no difference: 1.78 -> "1.8", 1.04 -> "1.04"."""
    words = _significant(ratio, 2)
    return _significant(ratio, 3) if float(words) == 1.0 else words


def p_phrase(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def _difference_spans(contrast: ModelContrast) -> tuple[Span, ...]:
    """The model with more links first."""
    ratio = contrast.coefficient.odds_ratio or 1.0
    more, fewer = (contrast.model, contrast.other) if ratio >= 1 else (contrast.other, contrast.model)
    return (
        Span("Of pairs that only one of "),
        Span(contrast.model, strong=True),
        Span(" and "),
        Span(contrast.other, strong=True),
        Span(f" finds similar, experts link those of {more} more often: the odds of a link are "),
        Span(f"{odds_ratio_words(max(ratio, 1 / ratio))} times", strong=True),
        Span(f" those of {fewer}."),
    )


def _between_spans(contrasts: Sequence[ModelContrast], rest: str) -> tuple[Span, ...]:
    """ "Between a and b, and between a and c," and the rest."""
    spans = []
    for place, contrast in enumerate(contrasts):
        between = "Between " if place == 0 else " and between " if place == len(contrasts) - 1 else ", between "
        spans += [Span(between), Span(contrast.model, strong=True), Span(" and "), Span(contrast.other, strong=True)]
    return (*spans, Span(rest))


def _unknown_finding(contrasts: Sequence[ModelContrast], regression: Regression) -> Finding:
    return Finding(_between_spans(contrasts, " no difference can be estimated yet."), tuple(regression.warnings))


def _twin_spans(model: str, other: str) -> tuple[Span, ...]:
    same = " find the same of these pairs similar, so that nothing here can tell them apart."
    return (Span(model, strong=True), Span(" and "), Span(other, strong=True), Span(same))


def _of_one_model(comparison: ModelComparison, regression: Regression) -> Iterable[Finding]:
    row = regression.slopes[0]
    if row.odds_ratio is None or row.odds_low is None or row.odds_high is None or row.p is None:
        yield Finding((Span("No answer can be given yet."),), tuple(regression.warnings))
        return
    evidence = (
        f"{row.term}: odds ratio {row.odds_ratio:.2f} (95 % interval {row.odds_low:.2f} to {row.odds_high:.2f}), "
        f"{p_phrase(row.p)}, n = {regression.n:,}.",
    )
    name = Span(row.term, strong=True)
    if row.p >= SIGNIFICANT:
        yield Finding((Span("For "), name, Span(" no effect can be told from chance.")), evidence)
        return
    more = "more" if row.odds_ratio >= 1 else "less"
    yield Finding(
        (
            Span("Pairs that "),
            name,
            Span(
                f" finds similar are linked {more} often by experts than pairs that it does not: the odds of a link "
                "are "
            ),
            Span(f"{odds_ratio_words(row.odds_ratio)} times", strong=True),
            Span(" as high."),
        ),
        evidence,
    )


def _evidence(contrast: ModelContrast, comparison: ModelComparison) -> str:
    """Such as "best against base: odds ratio 1.87 (95 % interval 1.16 to 3.00), p = 0.030 after Holm; 15.3 percentage
    points (3.8 to 26.9), n = 551."."""
    row, effect = contrast.coefficient, contrast.effect
    where = f"{contrast.model} against {contrast.other}"
    if row.odds_ratio is None or row.odds_low is None or row.odds_high is None or row.p is None:
        return f"{where}: not estimable, n = {comparison.n:,}."
    p = p_phrase(row.p)
    if len(comparison.contrasts) > 1 and contrast.p_holm is not None:
        p = f"{p_phrase(contrast.p_holm)} after Holm ({p} alone)"
    points = ""
    if effect.points is not None and effect.low is not None and effect.high is not None:
        numbers = (f"{number:.1f}".replace("-", "−") for number in (effect.points, effect.low, effect.high))
        points = "; {} percentage points ({} to {})".format(*numbers)
    return (
        f"{where}: odds ratio {row.odds_ratio:.2f} (95 % interval {row.odds_low:.2f} to {row.odds_high:.2f}), "
        f"{p}{points}, n = {comparison.n:,}."
    )


def _significant(value: float, digits: int) -> str:
    """Plain decimals, never an exponent: 0.0123 -> "0.012", 123.4 -> "123"."""
    exponent = int(f"{value:e}".partition("e")[2])
    return f"{value:.{max(0, digits - 1 - exponent)}f}"
