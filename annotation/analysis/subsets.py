"""Which comparison works, for which kinds of objects, for whom: the models' effects in parts of the annotations.

All of it is exploration: p is adjusted after Benjamini and Hochberg within each family, and what stands out is a
question for the next campaign rather than an answer of this one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from .annotation_frame import TERMS, AnnotationFrame
from .designs import Design, joint_design
from .regression.clusters import Clusters
from .regression.contrasts import MarginalEffect, adjusted_effects, compare_models
from .regression.logit import Coefficient
from .regression.multiplicity import adjust
from .regression.robust import clustered_logit
from .regression.rowwise import fit_rowwise
from .regression.shares import clustered_share_interval

FEWEST_ANSWERS = 20  # a part with fewer is passed over
MOST_TERMS = 20
MOST_ANNOTATORS = 50


@dataclass(frozen=True)
class Subset:
    """A part of the annotations: its share of links with its interval, and each model's effect within it."""

    name: str
    n: int
    pairs: int
    linked: int
    share: float | None
    low: float | None
    high: float | None
    effects: tuple[MarginalEffect, ...]
    covariance: str
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Interaction:
    """`term` such as "text-text: ft-best" says how much further the model goes there than under the `reference`
    comparison, in log odds; "text-text" alone is the comparison's own effect. `p_adjusted` is over all of them.
    """

    term: str
    coefficient: Coefficient
    p_adjusted: float | None


@dataclass(frozen=True)
class Interactions:
    reference: str
    covariance: str
    n: int
    rows: tuple[Interaction, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class TermEffect:
    """Pairs of which a record has the taxonomy term, against all others."""

    term: str
    n: int
    pairs: int
    linked: int
    share: float
    low: float
    high: float
    effect: MarginalEffect  # in points against pairs without the term
    p_adjusted: float | None
    warnings: tuple[str, ...] = ()


def by_comparison(data: AnnotationFrame, clusters: Clusters | None) -> tuple[Subset, ...]:
    """One for each comparison that has answers."""
    names = [name for name in data.comparisons if (data.frame["comparison"] == name).any()]
    return _one_family(_subset(name, data, (data.frame["comparison"] == name).to_numpy(), clusters) for name in names)


def by_annotator(data: AnnotationFrame, clusters: Clusters | None) -> tuple[tuple[Subset, ...], str]:
    """One for each annotator, with errors that allow for records; or none, and why."""
    if len(data.annotators) > MOST_ANNOTATORS:
        return (), f"There are more than {MOST_ANNOTATORS} annotators: effects are not given one by one."
    names = data.frame["annotator"]
    return _one_family(_subset(name, data, (names == name).to_numpy(), clusters) for name in data.annotators), ""


def _one_family(parts: Iterable[Subset]) -> tuple[Subset, ...]:
    """With p of all effects in all parts adjusted together."""
    found = list(parts)
    adjusted = iter(adjusted_effects([effect for part in found for effect in part.effects], method="fdr_bh"))
    return tuple(replace(part, effects=tuple(next(adjusted) for _ in part.effects)) for part in found)


def interactions(data: AnnotationFrame, clusters: Clusters | None) -> Interactions:
    """One logit with all comparisons, all models, and their products."""
    found = [name for name in data.comparisons if (data.frame["comparison"] == name).any()]
    covariance = clusters.name if clusters else "nonrobust"
    if len(found) < 2:
        said = "Comparisons can be set against each other only where there are two." if len(data.frame) else ""
        return Interactions(found[0] if found else "", covariance, len(data.frame), (), (said,) if said else ())
    reference, others = found[0], found[1:]
    models = data.drawn(data.models)
    here = {name: (data.frame["comparison"] == name).astype(float) for name in others}
    columns = {name: here[name] for name in others}
    columns |= {model: models[model] for model in data.models}
    columns |= {f"{name}: {model}": here[name] * models[model] for name, model in product(others, data.models)}
    fit = fit_rowwise(Design("comparisons and models", "stratum", pd.DataFrame(columns)), data.frame["linked"])
    if clusters is not None and fit.fitted is not None:
        table = clustered_logit(fit, clusters)
    else:
        table = fit.regression(errors=fit.plain_errors, name=covariance)
    wanted = [*others, *(f"{name}: {model}" for name, model in product(others, data.models))]
    rows = [table.row(term) for term in wanted]
    adjusted = adjust([row.p for row in rows], method="fdr_bh")
    return Interactions(
        reference=reference,
        covariance=table.covariance,
        n=table.n,
        rows=tuple(Interaction(row.term, row, p) for row, p in zip(rows, adjusted, strict=True)),
        warnings=table.warnings,
    )


def by_term(data: AnnotationFrame, clusters: Clusters | None) -> tuple[tuple[TermEffect, ...], str]:
    """The most frequent taxonomy terms with enough answers on either side; or none, and why."""
    frame = data.frame
    if TERMS not in frame or not len(frame):
        return (), "No taxonomy terms are known of these records."
    terms = frame[TERMS].explode().dropna()
    counts = terms.value_counts()
    most = len(frame) - FEWEST_ANSWERS
    chosen = [str(term) for term in counts.index[(counts >= FEWEST_ANSWERS) & (counts <= most)][:MOST_TERMS]]
    if not chosen:
        reason = "No taxonomy terms are known of these records."
        if len(counts):
            reason = f"No taxonomy term has {FEWEST_ANSWERS} answers or more with it and as many without."
        return (), reason
    found = [_term_effect(term, data, terms.index[terms == term], clusters) for term in chosen]
    adjusted = adjust([each.effect.p for each in found], method="fdr_bh")
    return tuple(replace(each, p_adjusted=p) for each, p in zip(found, adjusted, strict=True)), ""


def _term_effect(term: str, data: AnnotationFrame, rows: pd.Index, clusters: Clusters | None) -> TermEffect:
    frame = data.frame
    has = pd.Series(frame.index.isin(rows), index=frame.index)
    design = Design(term, "stratum", pd.DataFrame({term: has.astype(float)}))
    compared = compare_models(fit_rowwise(design, frame["linked"]), clusters)
    linked, n = int(frame["linked"][has].sum()), int(has.sum())
    rows_here = has.to_numpy(dtype=bool)
    here = None if clusters is None else clusters.of(rows_here)
    low, high = clustered_share_interval(frame["linked"][has].to_numpy() == 1, frame["pair"][has], here)
    return TermEffect(
        term=term,
        n=n,
        pairs=int(frame["pair"][has].nunique()),
        linked=linked,
        share=linked / n,
        low=float(low),
        high=float(high),
        effect=compared.effects[0],
        p_adjusted=None,
        warnings=compared.warnings,
    )


def _subset(name: str, data: AnnotationFrame, rows: np.ndarray, clusters: Clusters | None) -> Subset:
    frame = data.frame[rows].reset_index(drop=True)
    n, linked = len(frame), int(frame["linked"].sum())
    here = clusters.of(rows) if clusters is not None and n else None
    low, high = clustered_share_interval(frame["linked"].to_numpy() == 1, frame["pair"], here) if n else (None, None)
    effects: Sequence[MarginalEffect] = tuple(MarginalEffect(model) for model in data.models)
    covariance = "nonrobust"
    warnings: tuple[str, ...] = (f"There are fewer than {FEWEST_ANSWERS} answers: no effects are given.",)
    if n >= FEWEST_ANSWERS:
        if here is not None and here.count < 2:
            here = None
        fit = fit_rowwise(joint_design(replace(data, frame=frame)), frame["linked"])
        compared = compare_models(fit, here)
        effects, covariance, warnings = compared.effects, compared.covariance, compared.warnings
    return Subset(
        name=name,
        n=n,
        pairs=int(frame["pair"].nunique()),
        linked=linked,
        share=linked / n if n else None,
        low=None if low is None else float(low),
        high=None if high is None else float(high),
        effects=tuple(effects),
        covariance=covariance,
        warnings=warnings,
    )
