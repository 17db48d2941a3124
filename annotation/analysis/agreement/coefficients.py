"""Agreement beyond chance on pairs that several people answered, with bootstrap intervals.

Krippendorff's alpha is the library's. Fleiss' kappa and Gwet's AC1 are written out for pairs with different numbers of
answers, which statsmodels does not take: Gwet, "Computing inter-rater reliability and its variance in the presence of
high agreement" (2008), and "Handbook of Inter-Rater Reliability" (4th edition, 2014), chapter 2.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import krippendorff
import numpy as np
from numpy.typing import NDArray

from annotation.analysis.annotation_frame import AnnotationFrame

RESAMPLES = 1_000
# So many resampled pairs are enough: with more pairs fewer resamples are drawn, and intervals are narrow then.
MOST_RESAMPLED_PAIRS = 500_000
FEWEST_RESAMPLES = 100

Counts = NDArray[np.int64]  # (pairs, categories): how many people gave each answer


@dataclass(frozen=True)
class AgreementCoefficient:
    """`of` is "label" or "linked". 1 is full agreement; 0 what chance gives as the coefficient reckons it,
    except for percent agreement. AC1 takes chance to be little where one category prevails: answers by a die, of which
    three in four link, have about 0.5 of linked or not.

    The 95 % interval is of `resamples` bootstrap samples of the pairs. No figures where `reason` says why.
    """

    name: str
    of: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    resamples: int = 0
    reason: str = ""


def agreement_coefficients(data: AnnotationFrame, *, seed: int) -> tuple[AgreementCoefficient, ...]:
    """All coefficients of the labels and of linked or not, over pairs with two answers or more.

    Answers left empty or outside the scale do not count. All are of the same resamples.
    """
    found: list[AgreementCoefficient] = []
    for of in ("label", "linked"):
        counts = answer_counts(data, of)
        for name, coefficient in _COEFFICIENTS[of].items():
            found.append(_estimate(name, of, coefficient, counts, data, seed))
    return tuple(found)


def answer_counts(data: AnnotationFrame, of: str) -> Counts:
    """(pairs, categories) for pairs with two answers or more, in an order that tells nothing of them; labels from the
    least close to the closest."""
    frame = data.frame[data.frame["label"].isin(data.labels)]
    if of == "label":
        codes = frame["label"].map({label: place for place, label in enumerate(data.labels[::-1])})
        categories = len(data.labels)
    else:
        codes, categories = frame["linked"], 2
    pairs = frame["pair"].astype("category").cat.codes.to_numpy(dtype=np.int64)
    counts = np.zeros((int(pairs.max(initial=-1)) + 1, categories), dtype=np.int64)
    np.add.at(counts, (pairs, codes.to_numpy(dtype=np.int64)), 1)
    several = counts[counts.sum(axis=1) > 1]
    # In an order of their own, so that a seed draws the same resamples whatever the pairs are called.
    return several[np.lexsort(several.T)]


def percent_agreement_of(counts: Counts) -> float:
    """Mean over pairs with two answers or more of the share of pairs of people who agree."""
    answers = counts.sum(axis=1)
    several = answers > 1
    agreeing = (counts * (counts - 1)).sum(axis=1)[several]
    return float((agreeing / (answers * (answers - 1))[several]).mean())


def fleiss_kappa(counts: Counts) -> float:
    """Chance as the sum of squares of the categories' mean shares; NaN where only one category is used."""
    return _beyond_chance(percent_agreement_of(counts), float((_shares(counts) ** 2).sum()))


def gwet_ac1(counts: Counts) -> float:
    """Chance as the sum of p (1 - p) over the q categories of the scale, by q - 1: used or not, all count."""
    shares = _shares(counts)
    return _beyond_chance(percent_agreement_of(counts), float((shares * (1 - shares)).sum() / (len(shares) - 1)))


def krippendorff_alpha(counts: Counts, *, level: Literal["nominal", "ordinal"]) -> float:
    """NaN where only one category is used."""
    if (counts.sum(axis=0) > 0).sum() < 2:
        return float("nan")
    return float(krippendorff.alpha(value_counts=counts, level_of_measurement=level))


def _nominal(counts: Counts) -> float:
    return krippendorff_alpha(counts, level="nominal")


def _ordinal(counts: Counts) -> float:
    return krippendorff_alpha(counts, level="ordinal")


_CHANCE_CORRECTED: dict[str, Callable[[Counts], float]] = {
    "percent agreement": percent_agreement_of,
    "Krippendorff's alpha, nominal": _nominal,
    "Fleiss' kappa": fleiss_kappa,
    "Gwet's AC1": gwet_ac1,
}
_COEFFICIENTS = {
    "label": {**_CHANCE_CORRECTED, "Krippendorff's alpha, ordinal": _ordinal},
    "linked": _CHANCE_CORRECTED,
}


def _estimate(
    name: str, of: str, coefficient: Callable[[Counts], float], counts: Counts, data: AnnotationFrame, seed: int
) -> AgreementCoefficient:
    if len(counts) == 0:
        one = len(data.annotators) == 1
        reason = "Only one person has answered." if one else "No pair has been answered by more than one person."
        return AgreementCoefficient(name, of, reason=reason)
    value = coefficient(counts)
    if not np.isfinite(value):
        return AgreementCoefficient(name, of, reason="All answers are the same: nothing can be told from chance.")
    if len(counts) < 2:
        return AgreementCoefficient(name, of, value=value, reason="One pair alone gives no interval.")
    resamples = max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_RESAMPLED_PAIRS // len(counts)))
    random = np.random.default_rng(seed)
    drawn = [coefficient(counts[random.integers(0, len(counts), len(counts))]) for _ in range(resamples)]
    known = np.array([each for each in drawn if np.isfinite(each)])
    if len(known) < resamples / 2:
        reason = "In most resamples all answers are the same, so there is no interval."
        return AgreementCoefficient(name, of, value=value, reason=reason)
    low, high = np.quantile(known, [0.025, 0.975])
    return AgreementCoefficient(name, of, value, float(low), float(high), resamples)


def _shares(counts: Counts) -> NDArray[np.float64]:
    """Mean over pairs of the share of each category in a pair's answers."""
    answers = counts.sum(axis=1)
    shares: NDArray[np.float64] = (counts[answers > 0] / answers[answers > 0, None]).mean(axis=0)
    return shares


def _beyond_chance(agreement: float, chance: float) -> float:
    return float("nan") if chance >= 1 else (agreement - chance) / (1 - chance)
