"""Vectors to places in two dimensions, near what was near. Pure.

t-SNE by openTSNE (docs/adr/0024-maps.md says why): the interpolation of FIt-SNE (Linderman and others, Nature Methods
16, 2019), a start from principal components, and a learning rate that grows with the number of points (Kobak and
Berens, Nature Communications 10, 2019). Who is drawn to whom is said by each record's nearest ones alone, all alike,
which takes a fraction of the time of a perplexity and gives nearly the same map (Boehm, Berens and Kobak, JMLR 23,
2022). Distances between clusters mean little.
"""

from dataclasses import dataclass

import numpy as np

from heritage.progress import Progress

COMPONENTS = 50  # principal components that are kept before neighbours are sought
NEIGHBOURS = 15
EXACT = 2_000  # up to so many records neighbours are found by looking at all pairs
EXAGGERATED, ITERATIONS, PER_STEP = 250, 500, 50
INTERVAL = 3  # of the grid that forces are interpolated on; 1 takes eight times as long and keeps little more
LEAST_RECORDS = 10


@dataclass(frozen=True)
class Projection:
    """coordinates: (n, 2) float64; neighbours: (n, k) int32, places of each record's k nearest, the nearest first."""

    coordinates: np.ndarray
    neighbours: np.ndarray


def project(vectors: np.ndarray, *, seed: int, progress: Progress, processes: int | None = None) -> Projection:
    """vectors: (n, d) float32, n of LEAST_RECORDS or more; processes: all processors, or one for few records.

    The same seed gives the same map on the same machine. Raises ValueError for fewer vectors.
    """
    from openTSNE import TSNEEmbedding, affinity
    from openTSNE.nearest_neighbors import Annoy, PrecomputedNeighbors, Sklearn
    from sklearn.decomposition import PCA

    count = len(vectors)
    if count < LEAST_RECORDS:
        raise ValueError(f"a map takes {LEAST_RECORDS} vectors or more, got {count}")
    if processes is None:
        processes = (
            1 if count <= EXACT else -1
        )  # threads that wait for each other at each step cost more than the steps
    progress.start("Keeping principal components")
    components = vectors
    if vectors.shape[1] > COMPONENTS and count > COMPONENTS:
        components = PCA(COMPONENTS, svd_solver="randomized", random_state=seed).fit_transform(vectors)
    components = components.astype(np.float64)
    progress.start("Finding each record’s nearest")
    index = Sklearn if count <= EXACT else Annoy
    k = min(NEIGHBOURS, max(3, count // 6))  # were all drawn to all, they would fall into one point
    neighbours, distances = index(data=components, k=k, metric="euclidean", n_jobs=processes, random_state=seed).build()
    near = affinity.Uniform(
        knn_index=PrecomputedNeighbors(neighbors=neighbours, distances=distances), k_neighbors=k, n_jobs=processes
    )
    progress.start("Laying out the map", (EXAGGERATED + ITERATIONS) // PER_STEP)
    embedding = TSNEEmbedding(
        _start(components, seed),
        near,
        n_jobs=processes,
        random_state=seed,
        negative_gradient_method="bh" if count < 1_000 else "fft",
        ints_in_interval=INTERVAL,
        callbacks=lambda *_: progress.advance(),
        callbacks_every_iters=PER_STEP,
    )
    embedding.optimize(EXAGGERATED, exaggeration=12, momentum=0.5, inplace=True)
    embedding.optimize(ITERATIONS, exaggeration=1, momentum=0.8, inplace=True)
    return Projection(np.asarray(embedding, np.float64), neighbours.astype(np.int32))


def _start(components: np.ndarray, seed: int) -> np.ndarray:
    """(n, 2): the first two principal components, or a random start where all vectors are the same."""
    from openTSNE import initialization

    if np.allclose(components, components[0]):
        return np.asarray(initialization.random(len(components), random_state=seed))
    return np.asarray(initialization.pca(components, random_state=seed))
