"""Do the estimators find effects that are known? Simulated campaigns, thousands of times; `make simulate-statistics`.

    python -m tests.reference.recovery --repetitions 2000 --seed 1

prints a table with, for every estimator in a setting, the bias in standard errors, the share of 95 % intervals that
cover the truth, and how often a model without effect is found to have one. Rows that are there to show a failure say
so. Exits with 1 where a row does not come out as it says.
"""

import argparse
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np

from annotation.analysis.annotation_frame import AnnotationFrame
from annotation.analysis.designs import joint_design, stratum_designs
from annotation.analysis.inference import pair_blocks
from annotation.analysis.mixed.model import mixed_logit
from annotation.analysis.population import population_shares, sampling_weights
from annotation.analysis.regression.clusters import Clusters, clusterings, record_clusters
from annotation.analysis.regression.contrasts import compare_models
from annotation.analysis.regression.logit import Coefficient, Regression, fit_logit
from annotation.analysis.regression.ordinal import ordinal_analysis
from annotation.analysis.regression.permutation import permutation_tests
from annotation.analysis.regression.robust import (
    annotator_effects_logit,
    clustered_logit,
    exchangeable_gee,
    firth_logit,
)
from annotation.analysis.regression.rowwise import fit_rowwise
from annotation.analysis.regression.wald import Errors
from annotation.analysis.simulation import SimulatedCampaign, simulate
from tests.reference.known_effects import (
    MODELS,
    average_effect,
    effect_of_these,
    given_effect,
    leanings,
    ordinal_effect,
    points_effect,
    share_of_these,
    strata,
)
from tests.reference.overlapping_strata import COMPARISONS, OverlappingStrata, share_in


@dataclass(frozen=True)
class Found:
    """What one fit says of one quantity; `p` None where it tests nothing, `low` None where it has no interval."""

    estimate: float
    low: float | None
    high: float | None
    p: float | None


# Of the effect that is there, and of the one that is not (None where the estimator has no such thing).
Fit = Callable[[AnnotationFrame], tuple[Found | None, Found | None]]


@dataclass(frozen=True)
class Setting:
    """`fixed` keeps the same annotators in every repetition."""

    name: str
    campaign: SimulatedCampaign | OverlappingStrata
    fixed: bool = False

    def answers(self, stream: np.random.SeedSequence) -> AnnotationFrame:
        """Of one repetition."""
        if isinstance(self.campaign, OverlappingStrata):
            return self.campaign.draw(stream)
        return simulate(self.campaign, seed=stream, leanings=leanings(self.campaign) if self.fixed else None)


class Verdict(StrEnum):
    """Whether an estimator does what it says. Too wide: its intervals cover more than they say, and its tests find less
    often something where there is nothing."""

    RECOVERS = "recovers"
    TOO_WIDE = "too wide"
    FAILS = "**fails**"


@dataclass(frozen=True)
class Row:
    """One estimator in one setting. `truth` gives the effect that is there; `expected` what is known of it."""

    setting: Setting
    estimator: str
    fit: Fit
    truth: Callable[[Any], float]
    expected: Verdict = Verdict.RECOVERS
    every: int = 1  # fitted on every second, third, ... campaign only, where it is slow


@dataclass(frozen=True)
class Outcome:
    """Shares of `fitted` repetitions; None where the estimator has no interval or tests nothing."""

    row: Row
    fitted: int
    repetitions: int
    bias: float  # in standard deviations of the estimate
    coverage: float | None
    type_1: float | None

    @property
    def verdict(self) -> Verdict:
        """It recovers with a bias under 0.1 standard error, 93 to 97 % coverage, and 5 % type I error, all within three
        standard deviations of what so many repetitions can tell."""
        slack = 3 / math.sqrt(self.fitted)
        of_share = slack * math.sqrt(0.05 * 0.95)
        if abs(self.bias) >= 0.1 + slack:
            return Verdict.FAILS
        wide = False
        if self.coverage is not None:
            if self.coverage < 0.93 - of_share:
                return Verdict.FAILS
            wide |= self.coverage > 0.97 + of_share
        if self.type_1 is not None:
            if self.type_1 > 0.055 + of_share:
                return Verdict.FAILS
            wide |= self.type_1 < 0.045 - of_share
        return Verdict.TOO_WIDE if wide else Verdict.RECOVERS


# --- Estimators ------------------------------------------------------------------------------------


def of_row(row: Coefficient) -> Found | None:
    return None if row.coef is None else Found(row.coef, row.low, row.high, row.p)


def of_regression(table: Regression) -> tuple[Found | None, Found | None]:
    return of_row(table.row("tuned")), of_row(table.row("base"))


def plain(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    return of_regression(fit_logit(stratum_designs(data)[0], data.frame["linked"], intercept=True))


def named_clusters(data: AnnotationFrame, name: str) -> Clusters:
    return next(found for found in clusterings(data) if found.name == name)


def clustered(name: str, *, student: bool = True) -> Fit:
    def fit(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
        clusters = named_clusters(data, name)
        fitted = fit_rowwise(stratum_designs(data)[0], data.frame["linked"])
        if not student:
            errors, _ = fitted.clustered(clusters)
            return of_regression(fitted.regression(errors=Errors.of(name, errors.covariances[0]), name=name))
        return of_regression(clustered_logit(fitted, clusters))

    return fit


def annotator_effects(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    return of_regression(annotator_effects_logit(stratum_designs(data)[0], data, record_clusters(data)))


def gee(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    return of_regression(exchangeable_gee(fit_rowwise(stratum_designs(data)[0], data.frame["linked"]), data))


def mixed(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    fit = fit_rowwise(stratum_designs(data)[0], data.frame["linked"])
    return of_regression(mixed_logit(fit, data, all_the_same=True).regression)


def ordinal(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    fitted = fit_rowwise(joint_design(data), data.frame["linked"])
    return of_regression(ordinal_analysis(fitted, data, named_clusters(data, "cluster-annotator-record")).regression)


def weighted(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    weights, _ = sampling_weights(data)
    fitted = fit_rowwise(stratum_designs(data)[0], data.frame["linked"], weights=weights)
    return of_regression(clustered_logit(fitted, named_clusters(data, "cluster-annotator-record")))


def firth(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    return of_regression(firth_logit(stratum_designs(data)[0], data.frame["linked"]))


def points(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    fitted = fit_rowwise(joint_design(data), data.frame["linked"])
    base, tuned = compare_models(fitted, named_clusters(data, "cluster-annotator-record")).effects
    return tuple(
        None if each.points is None else Found(each.points, each.low, each.high, each.p) for each in (tuned, base)
    )  # type: ignore[return-value]


def contrast(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    fitted = fit_rowwise(joint_design(data), data.frame["linked"])
    (found,) = compare_models(fitted, named_clusters(data, "cluster-annotator-record")).contrasts
    return of_row(found.coefficient), None


def population(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
    found = next(share for share in population_shares(data) if share.model == "tuned")
    return (None if found.share is None else Found(found.share, found.low, found.high, None)), None


def population_by(comparison: str) -> Fit:
    def fit(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
        return population(AnnotationFrame(data.models, (comparison,), data.labels, data.frame))

    return fit


def permutation(*, whole_pairs: bool) -> Fit:
    def fit(data: AnnotationFrame) -> tuple[Found | None, Found | None]:
        design, linked = stratum_designs(data)[0], data.frame["linked"]
        table = fit_logit(design, linked, intercept=True)
        pairs = {"pairs": data.frame["pair"], "blocks": pair_blocks(data, "stratum")} if whole_pairs else {}
        tests = permutation_tests(design, linked, table, seed=int(linked.sum()), shuffles=199, **pairs)
        found = {test.term: Found(test.coef, None, None, test.p) for test in tests}
        return found.get("tuned"), found.get("base")

    return fit


# --- The table -------------------------------------------------------------------------------------


def rows() -> list[Row]:
    many = Setting("40 annotators, 30 pairs each", SimulatedCampaign(MODELS, strata(), 40, 30, 0.2))
    apart = Setting("40 annotators, 30 pairs each, none shared", SimulatedCampaign(MODELS, strata(), 40, 30))
    six = Setting("6 annotators, 100 pairs each", SimulatedCampaign(MODELS, strata(), 6, 100, 0.1))
    these = replace(six, name="the same 6 annotators, 100 pairs each", fixed=True)
    dense = Setting(
        "6 annotators, 40 records a side",
        SimulatedCampaign(MODELS, strata(), 6, 100, 0.1, records=40, record_spread=0.7),
    )
    same = Setting(
        "12 annotators, all the same 60 pairs",
        SimulatedCampaign(MODELS, strata(), 12, 60, 1.0, record_spread=0.8),
    )
    following = Setting(
        "12 annotators who follow models differently",
        SimulatedCampaign(MODELS, strata(), 12, 90, following_spread=0.6, record_spread=0.3),
    )
    three = Setting(
        "3 annotators who follow models differently",
        SimulatedCampaign(MODELS, strata(), 3, 150, following_spread=0.6, record_spread=0.3),
    )
    small = Setting(
        "1 annotator, 60 pairs, links rare",
        SimulatedCampaign(MODELS, strata(1.2, -2.6), 1, 60, annotator_spread=0.0, record_spread=0.0),
    )
    uneven = replace(
        these,
        name="the same 6 annotators, strata of 200 to 20,000",
        campaign=replace(six.campaign, strata=strata(sizes=(200, 2_000, 20_000)), overlap=0.1),
    )
    overlapping = [
        Setting(f"strata of {first:,} and {second:,} pairs, {both:,} in both", OverlappingStrata(first, second, both))
        for first, second, both in ((10_000, 2_000, 1_600), (10_000, 1_000, 500), (20_000, 20_000, 5_000))
    ]
    both = "cluster-annotator-record"
    return [
        *(
            Row(setting, f"share of the population, {comparison}", population_by(comparison), share_in(comparison))
            for setting in overlapping
            for comparison in COMPARISONS
        ),
        Row(many, "logit, plain errors", plain, average_effect, expected=Verdict.FAILS),
        Row(many, f"logit, {both}", clustered(both), average_effect),
        Row(many, "gee", gee, average_effect, expected=Verdict.FAILS),
        Row(apart, "gee", gee, average_effect),
        Row(many, "permutation of labels", permutation(whole_pairs=False), average_effect, expected=Verdict.FAILS),
        Row(many, "permutation of whole pairs", permutation(whole_pairs=True), average_effect),
        Row(many, "mixed", mixed, given_effect, expected=Verdict.FAILS, every=4),
        Row(many, f"ordinal, {both}", ordinal, ordinal_effect),
        Row(many, f"percentage points, {both}", points, points_effect),
        Row(six, f"logit, {both}", clustered(both), average_effect, Verdict.TOO_WIDE),
        Row(six, "logit, cluster-annotator", clustered("cluster-annotator"), average_effect),
        Row(
            six,
            "logit, cluster-annotator, normal",
            clustered("cluster-annotator", student=False),
            average_effect,
            expected=Verdict.FAILS,
        ),
        Row(six, "gee", gee, average_effect),
        Row(six, "mixed", mixed, given_effect, every=4),
        Row(six, f"model less model, {both}", contrast, average_effect),
        Row(six, "permutation of labels", permutation(whole_pairs=False), average_effect),
        Row(six, "permutation of whole pairs", permutation(whole_pairs=True), average_effect),
        Row(these, "annotator effects, cluster-record", annotator_effects, effect_of_these),
        Row(these, "share of the population", population, share_of_these),
        Row(uneven, "share of the population", population, share_of_these),
        Row(uneven, f"weighted logit, {both}", weighted, average_effect, Verdict.TOO_WIDE),
        Row(dense, "logit, plain errors", plain, average_effect),
        Row(dense, f"logit, {both}", clustered(both), average_effect, Verdict.TOO_WIDE),
        Row(dense, "mixed", mixed, given_effect, every=4),
        Row(same, "logit, plain errors", plain, average_effect, expected=Verdict.FAILS),
        Row(same, "logit, cluster-annotator", clustered("cluster-annotator"), average_effect, expected=Verdict.FAILS),
        Row(same, f"logit, {both}", clustered(both), average_effect),
        Row(same, "permutation of labels", permutation(whole_pairs=False), average_effect, expected=Verdict.FAILS),
        Row(same, "permutation of whole pairs", permutation(whole_pairs=True), average_effect),
        Row(same, "mixed", mixed, given_effect, every=4),
        Row(following, "logit, plain errors", plain, average_effect, expected=Verdict.FAILS),
        Row(following, "mixed", mixed, given_effect, expected=Verdict.FAILS, every=4),
        Row(following, f"logit, {both}", clustered(both), average_effect),
        Row(three, f"logit, {both}", clustered(both), average_effect),
        Row(
            three,
            "logit, cluster-annotator, normal",
            clustered("cluster-annotator", student=False),
            average_effect,
            expected=Verdict.FAILS,
        ),
        Row(small, "firth", firth, given_effect),
    ]


def recover(chosen: Iterable[Row], *, repetitions: int, seed: int) -> Iterator[Outcome]:
    """Simulate every setting `repetitions` times and fit its rows on the same campaigns; setting after setting."""
    by_setting: dict[Setting, list[Row]] = {}
    for row in chosen:
        by_setting.setdefault(row.setting, []).append(row)
    for setting, of_setting in by_setting.items():
        found: dict[str, list[tuple[Found | None, Found | None]]] = {row.estimator: [] for row in of_setting}
        streams = np.random.SeedSequence([seed, *setting.name.encode()]).spawn(repetitions)
        for repetition, stream in enumerate(streams):
            data = setting.answers(stream)
            for row in of_setting:
                if repetition % row.every:
                    continue
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    found[row.estimator].append(row.fit(data))
        yield from (outcome(row, found[row.estimator]) for row in of_setting)


def outcome(row: Row, fits: list[tuple[Found | None, Found | None]]) -> Outcome:
    there = [effect for effect, _ in fits if effect is not None]
    absent = [null.p for _, null in fits if null is not None and null.p is not None]
    estimates = np.array([found.estimate for found in there])
    truth = row.truth(row.setting.campaign)
    bounds = [(found.low, found.high) for found in there if found.low is not None and found.high is not None]
    covered = [low <= truth <= high for low, high in bounds]
    return Outcome(
        row=row,
        fitted=len(there),
        repetitions=len(fits),
        bias=float((estimates.mean() - truth) / estimates.std(ddof=1)),
        coverage=float(np.mean(covered)) if covered else None,
        type_1=float(np.mean(np.array(absent) <= 0.05)) if absent else None,
    )


HEADING = "| setting | estimator | repetitions | bias / SE | covers | type I | |\n|---|---|---|---|---|---|---|"


def table_row(each: Outcome) -> str:
    """Markdown, under `HEADING`."""
    verdict = str(each.verdict)
    if each.fitted < each.repetitions:
        verdict += f", fitted {each.fitted:,}"
    cells = [each.row.setting.name, each.row.estimator, f"{each.repetitions:,}", f"{each.bias:+.3f}"]
    return f"| {' | '.join([*cells, percent(each.coverage), percent(each.type_1), verdict])} |"


def percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def surprises(outcomes: Iterable[Outcome]) -> Mapping[str, Verdict]:
    """Rows that did not come out as they say, with how they did."""
    return {
        f"{each.row.setting.name}: {each.row.estimator}": each.verdict
        for each in outcomes
        if each.verdict is not each.row.expected
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repetitions", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", nargs="+", default=[""], help="rows whose setting or estimator has one of these texts"
    )
    parser.add_argument("--without", default="no such row", help="leave out rows with this text")
    options = parser.parse_args()
    started = time.process_time()
    named = [(f"{row.setting.name}: {row.estimator}", row) for row in rows()]
    chosen = [row for name, row in named if any(text in name for text in options.only) and options.without not in name]
    print(HEADING)
    outcomes = []
    for each in recover(chosen, repetitions=options.repetitions, seed=options.seed):
        outcomes.append(each)
        print(table_row(each), flush=True)
    took = time.process_time() - started
    print(f"\n{options.repetitions:,} repetitions, seed {options.seed}, {took:.0f} s of processor time")
    wrong = surprises(outcomes)
    for name, verdict in wrong.items():
        print(f"Not as expected: {name}: {verdict}.", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
