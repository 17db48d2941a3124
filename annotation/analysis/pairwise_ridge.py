"""What answers say of pairs of similar records: kernel ridge regression with a pairwise kernel.

A pair is like another where its records are like the other's, each like its counterpart:

    k((a, b), (c, d)) = 1 + k(a, c) k(b, d),    k(a, c) = exp((a . c - 1) / WIDTH)

with records as vectors of length 1. The product is the pairwise kernel of Ben-Hur and Noble (Bioinformatics 21, 2005),
and that the two sides are of different collections is the setting of Pahikkala, Airola and others (Briefings in
Bioinformatics 16, 2015); the 1 stands for an intercept, which is shrunk like all else. Answers are from
1, the same object, to -1, unrelated; scores are towards what pairs like this were answered, and the intercept where no
answer is near. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

WIDTH = 0.3
PENALTY = 1.0
MOST_LEARNT = 4_000  # answers; learning takes 8 n^2 bytes and n^3 / 3 steps
AT_ONCE = 4_096

Vectors = NDArray[np.floating]
Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PairRecords:
    """Pairs by the vectors of their records: pair i is of a[of_a[i]] and b[of_b[i]].

    a: (p, d), b: (q, d), of_a, of_b: (n,).
    """

    a: Vectors
    b: Vectors
    of_a: NDArray[np.int64]
    of_b: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.of_a)

    def take(self, rows: NDArray[np.int64]) -> "PairRecords":
        """Some of the pairs."""
        return PairRecords(self.a, self.b, self.of_a[rows], self.of_b[rows])


@dataclass(frozen=True, eq=False)
class PairwiseRidge:
    """a: (p, d), b: (q, d) records; weights: (p, q), of each answered pair of them; constant: added to each score."""

    a: Vectors
    b: Vectors
    weights: sparse.csr_array
    constant: float

    def of(self, answers: PairRecords) -> Scores:
        """(n,) scores of some pairs, answered or not."""
        left, right = _alike(answers.a, self.a) @ self.weights, _alike(answers.b, self.b)
        if 4 * len(answers) >= len(left) * len(right):  # most pairs of these records: one product has them all
            return (left @ right.T)[answers.of_a, answers.of_b] + self.constant
        found = np.full(len(answers), self.constant)
        for start in range(0, len(answers), AT_ONCE):
            some = slice(start, start + AT_ONCE)
            found[some] += np.einsum("ij,ij->i", left[answers.of_a[some]], right[answers.of_b[some]])
        return found


def fit_pairwise_ridge(answers: PairRecords, closeness: Scores, *, seed: int) -> PairwiseRidge:
    """closeness: (n,) from 0, unrelated, to 1.

    Of more than MOST_LEARNT answers so many drawn at random are learnt from.
    """
    if len(answers) > MOST_LEARNT:
        rows = np.sort(np.random.default_rng(seed).choice(len(answers), MOST_LEARNT, replace=False))
        answers, closeness = answers.take(rows), closeness[rows]
    of_a, of_b = _alike(answers.a, answers.a), _alike(answers.b, answers.b)
    kernel = of_a[np.ix_(answers.of_a, answers.of_a)]
    kernel *= of_b[np.ix_(answers.of_b, answers.of_b)]
    kernel += 1
    kernel[np.diag_indices_from(kernel)] += PENALTY
    alpha = linalg.solve(kernel, 2 * closeness - 1.0, assume_a="pos", overwrite_a=True)
    shape = len(answers.a), len(answers.b)
    weights = sparse.coo_array((alpha, (answers.of_a, answers.of_b)), shape=shape).tocsr()  # repeated pairs add up
    return PairwiseRidge(answers.a, answers.b, weights, float(alpha.sum()))


def held_out_scores(
    answers: PairRecords,
    closeness: Scores,
    folds: Sequence[tuple[NDArray[np.int64], NDArray[np.int64]]],
    *,
    seed: int,
) -> Scores:
    """(n,) for each answer what a ridge says that learnt from those of the other folds. folds: (others, own) places."""
    found = np.empty(len(answers))
    for others, own in folds:
        found[own] = fit_pairwise_ridge(answers.take(others), closeness[others], seed=seed).of(answers.take(own))
    return found


def _alike(one: Vectors, other: Vectors) -> Scores:
    """k of each of one (n, d) with each of the other (m, d)."""
    found: Scores = np.exp((one.astype(np.float64) @ other.astype(np.float64).T - 1) / WIDTH)
    return found
