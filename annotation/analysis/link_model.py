"""What links? The probability that experts link a pair, from its similarities by all models and modalities.

A logistic regression with an L2 penalty, its strength chosen by cross-validation and its probabilities calibrated by
Platt's method, all of it scikit-learn's. Folds never part pairs that share a record, directly or through others,
so that the figures tell of pairs of new records; where that cannot be, a warning says what is held out instead. Brier
score, AUC and calibration are of predictions for folds that neither fit, penalty nor calibration has seen. Folds differ
in their intercepts, and one that holds out few links predicts many: so AUC and the calibration line compare predictions
of one fold only. Where sampling weights are known, answers count by them, so that the figures are about the pairs drawn
from.

Where the records' vectors are given there is one similarity more: what the answers to pairs of similar records were
(`annotation.analysis.pairwise_ridge`). The regression learns how far to trust it from scores by ridges that did not
see the answers of the same fold (Wolpert, Stacked generalization, Neural Networks 5, 1992).

The answers are of drawn pairs, many from strata where models disagree; what the model says of a pair from elsewhere,
it says by extending what it found there.
"""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.special import logit
from sklearn.calibration import CalibratedClassifierCV
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from annotation.analysis.wilson import wilson

from .annotation_frame import AnnotationFrame, similarity_column
from .pairwise_ridge import PairRecords, PairwiseRidge, fit_pairwise_ridge, held_out_scores

SIMILAR_PAIRS = "answers to pairs of similar records"  # a column's name
FOLDS = 5
PENALTIES = (0.001, 0.01, 0.1, 1.0, 10.0)  # scikit-learn's C: the smaller, the stronger
FEWEST_ANSWERS = 60
FEWEST_OF_EITHER = 15
LARGEST_GROUP = 0.4  # share of the answers in one group of records above which folds cannot be even
BINS = 10
RESAMPLES = 500
MOST_RESAMPLED_ANSWERS = 4_000_000  # with more answers fewer resamples are drawn, and intervals are narrow then
FEWEST_RESAMPLES = 50
_QUANTILE = 1.959963984540054  # of the normal distribution, for 95 %
_SAME = 1e-6  # log odds that differ by no more are the same prediction


@dataclass(frozen=True)
class HeldOutMeasure:
    """With a 95 % bootstrap interval by groups of records."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class CalibrationBin:
    """`n` answers with about the same prediction: its mean, the share that was linked and its Wilson interval."""

    n: int
    predicted: float
    linked: float
    low: float
    high: float


@dataclass(frozen=True, eq=False)
class Judged:
    """Answers (n,) 0 or 1, predictions for them while they were held out, by which of the folds, and sampling weights,
    (n,) each."""

    linked: NDArray[np.int64]
    predicted: NDArray[np.float64]
    fold: NDArray[np.int64]
    weights: NDArray[np.float64]

    def take(self, rows: NDArray[np.int64]) -> "Judged":
        return Judged(self.linked[rows], self.predicted[rows], self.fold[rows], self.weights[rows])


@dataclass(frozen=True)
class LinkModel:
    """`coefficients` are log odds for a standard deviation of each similarity. `brier_of_share` is the Brier score of
    predicting the overall share for every pair. `slope` and `intercept` are of linked on the predictions' log odds,
    1 and 0 where they are calibrated, None where all predictions are the same. AUC, slope and intercept are within
    folds; `weighted` says whether answers count by their sampling weights. Nothing is fitted where `reason` says why.
    `pairwise` scores pairs for the column SIMILAR_PAIRS, where there is one.
    """

    n: int
    pairs: int
    groups: int
    reason: str = ""
    penalty: float | None = None
    coefficients: tuple[tuple[str, float], ...] = ()
    brier: HeldOutMeasure | None = None
    brier_of_share: float | None = None
    auc: HeldOutMeasure | None = None
    slope: HeldOutMeasure | None = None
    intercept: HeldOutMeasure | None = None
    calibration: tuple[CalibrationBin, ...] = ()
    warnings: tuple[str, ...] = ()
    held_out: NDArray[np.float64] | None = field(default=None, repr=False, compare=False)
    fitted: Any = field(default=None, repr=False, compare=False)
    pairwise: PairwiseRidge | None = field(default=None, repr=False, compare=False)
    weighted: bool = False

    def predict(self, similarities: pd.DataFrame) -> NDArray[np.float64]:
        """Probabilities (pairs,) from a frame with the columns of `similarities`; NaN where one is not known."""
        if self.fitted is None:
            raise ValueError(f"There is no model to predict with. {self.reason}")
        names = [name for name, _ in self.coefficients]
        found: NDArray[np.float64] = self.fitted.predict_proba(similarities[names].to_numpy(dtype=float))[:, 1]
        return found


@dataclass(frozen=True)
class Suggestion:
    """Pairs whose predicted probability is `threshold` or more: `count` of them, of which `precision` are expected to
    be links; `verified` is the share of links among the `verified_n` held-out answers above the threshold, by their
    sampling weights where these are known, with its 95 % interval: Wilson's on the effective number of answers. None
    where there are none.
    """

    wanted: float
    threshold: float | None
    count: int
    precision: float | None
    verified: float | None
    verified_n: int
    reason: str = ""
    verified_low: float | None = None
    verified_high: float | None = None


def similarities(data: AnnotationFrame) -> pd.DataFrame:
    """Float frame (n, comparisons x models), without columns that are the same for all pairs or nowhere known."""
    names = [similarity_column(kind, model) for kind in data.comparisons for model in data.models]
    return _telling(data.frame[[name for name in names if name in data.frame]])


def _telling(columns: pd.DataFrame) -> pd.DataFrame:
    return columns[[name for name in columns if columns[name].nunique() > 1]].astype(float)


def fit_link_model(
    data: AnnotationFrame,
    *,
    seed: int,
    features: pd.DataFrame | None = None,
    records: PairRecords | None = None,
    closeness: NDArray[np.float64] | None = None,
    weights: NDArray[np.float64] | None = None,
) -> LinkModel:
    """Fit on all answers and judge it on held-out records. The same seed gives the same model.

    features: (n, k) in place of `similarities(data)`; records: the answers' records, where their vectors are known;
    closeness: (n,) from 0 to 1 how closely an answer says that they are related, 0 or 1 where it is not given; weights:
    (n,) of sampling, by which answers count where the model is judged, all the same where none are given.
    """
    features = similarities(data) if features is None else _telling(features)
    outcome = data.frame["linked"].to_numpy(dtype=int)
    closeness = outcome.astype(float) if closeness is None else closeness
    groups, held_out_words = _held_out_groups(data.frame)
    n, pairs, count = len(outcome), int(data.frame["pair"].nunique()), len(np.unique(groups))
    reason = _refusal(features, outcome, groups)
    if reason:
        return LinkModel(n, pairs, count, reason)
    values = features.to_numpy(dtype=float)
    names = [*features.columns, *([] if records is None else [SIMILAR_PAIRS])]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of columns that a fold knows nothing of; they are imputed
        held_out, fold = np.full(n, np.nan), np.zeros(n, dtype=np.int64)
        for number, (train, test) in enumerate(_folds(outcome, groups)):
            fold[test] = number
            known, unknown = (None if records is None else records.take(rows) for rows in (train, test))
            stacked, pairwise = _stack(values[train], known, closeness[train], groups[train], seed)
            fitted, _ = _fit(stacked, outcome[train], groups[train])
            held_out[test] = fitted.predict_proba(_with_scores(values[test], pairwise, unknown))[:, 1]
        values, pairwise = _stack(values, records, closeness, groups, seed)
        fitted, penalty = _fit(values, outcome, groups)
        pipeline = _pipeline(penalty).fit(values, outcome)
    judged = Judged(outcome, held_out, fold, np.ones(n) if weights is None else weights / weights.mean())
    slope, intercept = _calibration_line(judged, groups)
    auc = _measure(auc_within_folds, judged, groups, seed)
    share = float(np.average(outcome, weights=judged.weights))
    return LinkModel(
        n=n,
        pairs=pairs,
        groups=count,
        penalty=penalty,
        coefficients=tuple(zip(names, map(float, pipeline[-1].coef_[0]), strict=True)),
        brier=_measure(brier_score, judged, groups, seed),
        brier_of_share=share * (1 - share),
        auc=auc,
        slope=slope,
        intercept=intercept,
        calibration=_bins(outcome, held_out),
        warnings=(*_no_better_than_chance(auc), *held_out_words, *_warnings(data, features)),
        held_out=held_out,
        fitted=fitted,
        pairwise=pairwise,
        weighted=weights is not None,
    )


def _stack(
    values: NDArray[np.float64],
    records: PairRecords | None,
    closeness: NDArray[np.float64],
    groups: NDArray[np.int64],
    seed: int,
) -> tuple[NDArray[np.float64], PairwiseRidge | None]:
    """The columns to learn from, with held-out scores as the last, and the ridge that scores other pairs."""
    if records is None:
        return values, None
    scores = held_out_scores(records, closeness, _folds(closeness, groups), seed=seed)
    return np.column_stack([values, scores]), fit_pairwise_ridge(records, closeness, seed=seed)


def _with_scores(
    values: NDArray[np.float64], pairwise: PairwiseRidge | None, records: PairRecords | None
) -> NDArray[np.float64]:
    if pairwise is None or records is None:
        return values
    return np.column_stack([values, pairwise.of(records)])


def too_few_answers(n: int) -> str:
    """Why no model can be fitted on `n` answers; empty where there are enough."""
    return "" if n >= FEWEST_ANSWERS else f"There are {n} answers: a model takes at least {FEWEST_ANSWERS}."


def record_groups(frame: pd.DataFrame) -> NDArray[np.int64]:
    """(n,) numbers, the same for answers on pairs that share a record directly or through other pairs."""
    pair = "pair " + frame["pair"].astype(str)
    names = [frame[side].where(frame[side].fillna("") != "", pair + side) for side in ("a", "b")]
    codes, levels = pd.factorize(pd.concat(names, ignore_index=True))
    a, b = codes[: len(frame)], codes[len(frame) :]
    graph = sparse.coo_array((np.ones(len(frame)), (a, b)), shape=(len(levels), len(levels)))
    _, component = connected_components(graph, directed=False)
    return np.asarray(component[a], dtype=np.int64)


def _held_out_groups(frame: pd.DataFrame) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Groups for folds, and a warning where they are weaker than `record_groups`.

    Where too many answers hang together for that, as when a small collection meets a large one, folds part the records
    of one side only: of that side whose commonest record has the smaller share of the answers.
    """
    together = record_groups(frame)
    if _can_be_held_out(together):
        return together, ()
    sides = [np.asarray(pd.factorize(frame[side])[0], np.int64) for side in ("a", "b")]
    weaker = min(sides, key=_largest_share)
    known = bool((frame[["a", "b"]].fillna("") != "").all(axis=None))
    if not known or not _can_be_held_out(weaker):
        return together, ()
    return weaker, (
        f"{100 * _largest_share(together):.0f} % of the answers hang together by shared records, so only records of "
        "one collection could be held out: the figures are of new records of it with known ones of the other, and may "
        "flatter a little.",
    )


def _can_be_held_out(groups: NDArray[np.int64]) -> bool:
    return len(np.unique(groups)) >= 2 * FOLDS and _largest_share(groups) <= LARGEST_GROUP


def _largest_share(groups: NDArray[np.int64]) -> float:
    return float(np.bincount(groups).max() / len(groups)) if len(groups) else 1.0


def brier_score(judged: Judged) -> float:
    """Mean squared error of probabilities."""
    return float(np.average(np.square(judged.predicted - judged.linked), weights=judged.weights))


def auc_within_folds(judged: Judged) -> float:
    """The weight of links with the larger prediction among all links and others of one fold, ties counting half; NaN
    where no fold has both."""
    better = whole = 0.0
    for number in np.unique(judged.fold):
        here = judged.fold == number
        _, place = np.unique(judged.predicted[here], return_inverse=True)
        links = np.bincount(place, judged.weights[here] * judged.linked[here])
        others = np.bincount(place, judged.weights[here] * (1 - judged.linked[here]))
        below = np.cumsum(others) - others
        better += float((links * (below + others / 2)).sum())
        whole += float(links.sum() * others.sum())
    return better / whole if whole else float("nan")


def suggest_links(
    model: LinkModel,
    probabilities: NDArray[np.float64],
    answers: NDArray[np.int64],
    *,
    precision: float,
    weights: NDArray[np.float64] | None = None,
) -> Suggestion:
    """As many candidate pairs of these `probabilities` (pairs,) as are expected to have that share of links.

    `answers` (n,) are those that the model was fitted on: they verify the threshold on its held-out predictions, and
    speak of the candidates by their sampling `weights` (n,).
    """
    if not 0 < precision < 1:
        raise ValueError(f"The precision is a share between 0 and 1, not {precision:g}.")
    best_first = np.sort(probabilities)[::-1]
    expected = np.cumsum(best_first) / np.arange(1, len(best_first) + 1)
    enough = np.flatnonzero(expected >= precision)
    if not len(enough):
        return Suggestion(precision, None, 0, None, None, 0, "No pair is probable enough for this precision.")
    count = int(enough[-1]) + 1
    threshold = float(best_first[count - 1])
    held_out = np.array([]) if model.held_out is None else model.held_out
    above = np.flatnonzero(held_out >= threshold) if len(held_out) else np.array([], np.int64)
    found = Suggestion(precision, threshold, count, float(expected[count - 1]), None, len(above))
    if not len(above):
        return found
    counting = np.ones(len(above)) if weights is None else weights[above]
    verified = float(np.average(answers[above], weights=counting))
    effective = float(counting.sum() ** 2 / np.square(counting).sum())
    low, high = wilson(verified * effective, effective)
    return replace(found, verified=verified, verified_low=low, verified_high=high)


def _refusal(features: pd.DataFrame, outcome: NDArray[np.int64], groups: NDArray[np.int64]) -> str:
    n, links = len(outcome), int(outcome.sum())
    if features.shape[1] == 0:
        return "No similarities are known that differ between these pairs."
    if too_few := too_few_answers(n):
        return too_few
    if min(links, n - links) < FEWEST_OF_EITHER:
        return f"{links} of {n} answers are links: a model takes at least {FEWEST_OF_EITHER} of either kind."
    if not _can_be_held_out(groups):
        return (
            f"{100 * _largest_share(groups):.0f} % of the answers hang together by shared records: no records can be "
            "held out to judge a model by. A sampling from more records is needed."
        )
    return ""


def _pipeline(penalty: float) -> Pipeline:
    return make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=penalty))


def _fit(
    values: NDArray[np.float64], outcome: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[CalibratedClassifierCV, float]:
    """The calibrated model with the penalty of the least cross-validated log loss."""
    folds = _folds(outcome, groups)

    def loss(penalty: float) -> float:
        predicted = cross_val_predict(_pipeline(penalty), values, outcome, cv=folds, method="predict_proba")[:, 1]
        return float(log_loss(outcome, predicted))

    penalty = min(PENALTIES, key=loss)
    calibrated = CalibratedClassifierCV(_pipeline(penalty), method="sigmoid", cv=folds, ensemble=False)
    return calibrated.fit(values, outcome), penalty


def _folds(outcome: NDArray[Any], groups: NDArray[np.int64]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    return list(GroupKFold(FOLDS).split(outcome, None, groups))


def _measure(
    score: Callable[[Judged], float], judged: Judged, groups: NDArray[np.int64], seed: int
) -> HeldOutMeasure | None:
    """None where it cannot be told."""
    value = score(judged)
    if not np.isfinite(value):
        return None
    drawn = np.array([score(judged.take(rows)) for rows in _resamples(groups, seed)])
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return HeldOutMeasure(value, float(low), float(high))


def _calibration_line(judged: Judged, groups: NDArray[np.int64]) -> tuple[HeldOutMeasure | None, HeldOutMeasure | None]:
    """Slope and the mean of the folds' intercepts, of folds with links and others; None where there is none, or where
    all predictions of a fold are the same."""
    log_odds = logit(np.clip(judged.predicted, 1e-6, 1 - 1e-6))
    folds = [number for number in np.unique(judged.fold) if len(set(judged.linked[judged.fold == number])) == 2]
    rows = np.isin(judged.fold, folds)
    log_odds, judged, groups = log_odds[rows], judged.take(np.flatnonzero(rows)), groups[rows]
    of_fold = (judged.fold[:, None] == np.array(folds)).astype(float)
    centred = log_odds - of_fold @ (of_fold.T @ log_odds / of_fold.sum(axis=0))
    if not folds or np.ptp(centred) < _SAME:
        return None, None
    model = GLM(judged.linked, np.column_stack([log_odds, of_fold]), family=Binomial(), var_weights=judged.weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of weights beside clusters: the scores that the errors are of have them
        fitted = model.fit(cov_type="cluster", cov_kwds={"groups": groups})
    covariance = np.asarray(fitted.cov_params())

    def measure(direction: NDArray[np.float64]) -> HeldOutMeasure:
        value = float(direction @ np.asarray(fitted.params))
        half = float(_QUANTILE * np.sqrt(direction @ covariance @ direction))
        return HeldOutMeasure(value, value - half, value + half)

    mean = np.concatenate([[0.0], of_fold.mean(axis=0)])
    return measure(np.eye(len(mean))[0]), measure(mean)


def _resamples(groups: NDArray[np.int64], seed: int) -> Iterator[NDArray[np.int64]]:
    """Rows of whole groups, drawn with replacement."""
    random = np.random.default_rng(seed)
    order = np.argsort(groups, kind="stable")
    _, starts = np.unique(groups[order], return_index=True)
    parts = np.split(order, starts[1:])
    for _ in range(max(FEWEST_RESAMPLES, min(RESAMPLES, MOST_RESAMPLED_ANSWERS // len(groups)))):
        yield np.concatenate([parts[place] for place in random.integers(0, len(parts), len(parts))])


def _bins(outcome: NDArray[np.int64], predicted: NDArray[np.float64]) -> tuple[CalibrationBin, ...]:
    """As many answers in each as can be, from the least probable on."""
    found = []
    for rows in np.array_split(np.argsort(predicted, kind="stable"), BINS):
        linked = int(outcome[rows].sum())
        low, high = wilson(linked, len(rows))
        found.append(
            CalibrationBin(len(rows), float(predicted[rows].mean()), linked / len(rows), float(low), float(high))
        )
    return tuple(found)


def _no_better_than_chance(auc: HeldOutMeasure | None) -> tuple[str, ...]:
    if auc is not None and auc.low > 0.5:
        return ()
    return (
        "On held-out records it tells links from other pairs no better than chance can: these similarities say too "
        "little of what experts link, or there are too few answers. Do not rely on its probabilities.",
    )


def _warnings(data: AnnotationFrame, features: pd.DataFrame) -> tuple[str, ...]:
    said = []
    missing = int(features.isna().any(axis=1).sum())
    if missing:
        said.append(
            f"{missing} of {len(features)} answers are on pairs without some similarity, as where a record has no "
            "picture: the mean stands in for it."
        )
    if len(data.annotators) == 1:
        said.append("All answers come from one annotator: the model predicts this person.")
    return tuple(said)
