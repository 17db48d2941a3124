"""What experts would say of all pairs, from those that were drawn: sampling weights, and shares of the population.

A stratum of N pairs of which n were answered stands for itself with weight N / n for each. A share over several
strata is the weighted mean; its variance is that of stratified sampling with pairs as units, and its interval
Wilson's on the effective sample size, after Franco, Little, Louis and Slud, "Comparative study of confidence
intervals for proportions in complex sample surveys" (2019), which also recommends degrees of freedom for it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from annotation.analysis.wilson import wilson

from .annotation_frame import STRATUM, STRATUM_DRAWN, STRATUM_SIZE, WEIGHT, AnnotationFrame, drawn_column

NO_SIZES = (
    "It is not known how many pairs the strata hold, as for imported tables: nothing can be said of pairs that "
    "were not drawn."
)


@dataclass(frozen=True)
class PopulationShare:
    """Of all pairs that `model` finds similar under `comparison`, the share that these annotators would link.

    `population` counts the pairs of the strata that were drawn from, None where it is not known; `n` the answered
    pairs and `answers` the answers to them. No figures where `reason` says why.
    """

    comparison: str
    model: str
    n: int
    answers: int
    strata: int
    population: int | None = None
    share: float | None = None
    se: float | None = None
    low: float | None = None
    high: float | None = None
    effective_n: float | None = None
    reason: str = ""


def sampling_weights(data: AnnotationFrame) -> tuple[np.ndarray | None, str]:
    """Weights (n,) of the annotations, or None and the reason.

    Each pair that was drawn for a stratum was drawn for it with the same probability, so the answered pairs share
    the stratum's size evenly. That others of the stratum may have been drawn by way of another comparison is no
    reason to weight these down: they would be counted there. A pair that several people answered shares its weight
    among the answers.
    """
    frame = data.frame
    if not len(frame):
        return None, "There are no annotations."
    size = _column(frame, STRATUM_SIZE)
    if size.isna().any() or (size <= 0).any():
        return None, NO_SIZES
    shares = 1 / _answers_per_pair(frame)
    totals = pd.Series(shares, index=frame.index).groupby(frame[STRATUM]).transform("sum")
    return shares * size.to_numpy(dtype=float) / totals.to_numpy(dtype=float), ""


def union_weights(data: AnnotationFrame) -> tuple[np.ndarray | None, str]:
    """Weights (n,) of the annotations for figures over all strata as one set of pairs, or None and the reason.

    A pair that lies in strata of several comparisons counts once in such a set, and can have been drawn by way of
    each: its weight is the inverse of its inclusion probability (Horvitz and Thompson 1952), times drawn over answered
    pairs of its stratum where not all are answered. Where the probability is not known, as `sampling_weights`.
    """
    own, drawn = _column(data.frame, WEIGHT), _column(data.frame, STRATUM_DRAWN)
    if not len(data.frame) or own.isna().any() or drawn.isna().any():
        return sampling_weights(data)
    answered = data.frame.groupby(STRATUM)["pair"].transform("nunique").to_numpy(dtype=float)
    return (own * drawn).to_numpy(dtype=float) / answered / _answers_per_pair(data.frame), ""


def _answers_per_pair(frame: pd.DataFrame) -> np.ndarray:
    return frame.groupby("pair")["annotator"].transform("size").to_numpy(dtype=float)


def population_shares(data: AnnotationFrame) -> tuple[PopulationShare, ...]:
    """One for every comparison and model."""
    weights, reason = sampling_weights(data)
    comparisons = [name for name in data.comparisons if (data.frame["comparison"] == name).any()]
    found = []
    for comparison in comparisons:
        for model in data.models:
            rows = ((data.frame["comparison"] == comparison) & (data.frame[drawn_column(model)] == 1)).to_numpy()
            found.append(
                _share(data.frame[rows], comparison, model, None if weights is None else weights[rows], reason)
            )
    return tuple(found)


def _share(
    frame: pd.DataFrame, comparison: str, model: str, weights: np.ndarray | None, reason: str
) -> PopulationShare:
    answers, n = len(frame), int(frame["pair"].nunique())
    strata = int(frame[STRATUM].nunique()) if STRATUM in frame else 0
    if weights is None or n == 0:
        reason = reason or "No pair of these strata has been answered."
        return PopulationShare(comparison, model, n, answers, strata, reason=reason)
    size = _column(frame, STRATUM_SIZE)
    pairs = (
        pd.DataFrame(
            {
                "pair": frame["pair"],
                "stratum": frame[STRATUM],
                "linked": frame["linked"].astype(float),
                "weight": weights,
                "size": size,
            }
        )
        .groupby("pair")
        .agg(stratum=("stratum", "first"), linked=("linked", "mean"), weight=("weight", "sum"), size=("size", "first"))
    )
    total = float(pairs["weight"].sum())
    share = float((pairs["weight"] * pairs["linked"]).sum() / total)
    pairs["residual"] = pairs["weight"] * (pairs["linked"] - share) / total
    by_stratum = pairs.groupby("stratum")
    counts = by_stratum["residual"].transform("size")
    if (counts < 2).any():
        lone = int((by_stratum.size() < 2).sum())
        reason = f"{lone} of {len(by_stratum)} strata have fewer than two answered pairs: no interval can be given."
        return PopulationShare(comparison, model, n, answers, strata, share=share, reason=reason)
    known = pairs["size"].notna().all()
    # Finite population: a stratum that was answered whole is known and not estimated.
    remaining = np.clip(1.0 - counts / pairs["size"], 0.0, 1.0) if known else 1.0
    centred = pairs["residual"] - by_stratum["residual"].transform("mean")
    variance = float((remaining * counts / (counts - 1) * centred**2).sum())
    effective = _effective_size(pairs, share, variance, degrees_of_freedom=n - len(by_stratum))
    low, high = wilson(share * effective, effective)
    return PopulationShare(
        comparison=comparison,
        model=model,
        n=n,
        answers=answers,
        strata=strata,
        population=int(pairs.groupby("stratum")["size"].first().sum()) if known else None,
        share=share,
        se=float(np.sqrt(variance)),
        low=float(low),
        high=float(high),
        effective_n=effective,
    )


def _effective_size(pairs: pd.DataFrame, share: float, variance: float, *, degrees_of_freedom: int) -> float:
    """The simple random sample that tells as much, made smaller by Student's distribution. Where all answers agree
    the variance is 0 and says nothing; there it is Kish's, from the weights alone."""
    if variance > 0 and 0 < share < 1:
        size = share * (1 - share) / variance
    else:
        size = float(pairs["weight"].sum() ** 2 / (pairs["weight"] ** 2).sum())
    quantiles = stats.norm.ppf(0.975), stats.t.ppf(0.975, max(1, degrees_of_freedom))
    return float(size * (quantiles[0] / quantiles[1]) ** 2)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    """The column as floats; NaN where the frame has none."""
    if name not in frame:
        return pd.Series(np.nan, index=frame.index)
    return frame[name].astype(float)
