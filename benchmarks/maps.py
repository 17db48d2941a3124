#!/usr/bin/env python3
"""Measure ways to lay out records on a map: time, memory, and how much of the vectors' neighbourhoods is kept.

    python -m benchmarks.maps [--records 100000] [--libraries ours umap pacmap opentsne] [--vectors FILE.npy]

Install umap-learn and pacmap first where they are to be compared.

Vectors are drawn with a seed: 256 dimensions, 400 kinds of 40 families, of sizes as unequal as museums' own, and mean
nothing. `--vectors` takes an (n, d) array of one's own instead. Each library works in a process of its own on the
same 50 principal components, so that peak memory and compile time are its own.

Over 1,000 records drawn at random: `kept` is the share of a record's 15 nearest by all dimensions that are among its
15 nearest on the map, `trust` the trustworthiness (Venna and Kaski, Neural Networks 19, 2006) at 15, and `far` the
rank correlation of the distances of pairs. `again` is whether a second run with the same seed gives the same map.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

DIMENSION = 256
FAMILIES, KINDS = 40, 400
COMPONENTS = 50
NEIGHBOURS = 15
JUDGED = 1_000
LIBRARIES = ("ours", "opentsne", "umap", "pacmap")


def drawn_vectors(count: int) -> np.ndarray:
    """(count, DIMENSION) float32, L2-normalised."""
    random = np.random.default_rng(0)
    families = random.standard_normal((FAMILIES, DIMENSION))
    kinds = families[random.integers(0, FAMILIES, KINDS)] + 0.8 * random.standard_normal((KINDS, DIMENSION))
    sizes = random.dirichlet(np.full(KINDS, 0.7))
    # Within a kind things differ in a few ways much and in all ways a little.
    ways = random.standard_normal((KINDS, 6, DIMENSION))
    of_kind = random.choice(KINDS, count, p=sizes)
    vectors = kinds[of_kind] + 0.5 * random.standard_normal((count, DIMENSION))
    for kind in range(KINDS):
        own = of_kind == kind
        vectors[own] += 0.5 * random.standard_normal((own.sum(), 6)) @ ways[kind]
    found: np.ndarray = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return found


def lay_out(library: str, vectors: np.ndarray, processes: int) -> np.ndarray:
    """(n, 2) with a seed: as `manage.py map` does, or by a library's own defaults."""
    from sklearn.decomposition import PCA

    if library == "ours":
        from heritage.progress import NoProgress
        from models_ml.maps.projection import project

        return project(vectors, seed=0, progress=NoProgress(), processes=processes).coordinates
    components = PCA(COMPONENTS, random_state=0).fit_transform(vectors).astype(np.float32)
    if library == "umap":
        import umap

        return np.asarray(umap.UMAP(random_state=0, n_jobs=1).fit_transform(components))  # a seed takes one process
    if library == "pacmap":
        import pacmap

        return np.asarray(pacmap.PaCMAP(random_state=0, apply_pca=False).fit_transform(components))
    import openTSNE

    return np.asarray(openTSNE.TSNE(n_jobs=processes, random_state=0, initialization="pca").fit(components))


def judge(vectors: np.ndarray, places: np.ndarray) -> dict[str, float]:
    from scipy.spatial import cKDTree
    from scipy.stats import spearmanr

    random = np.random.default_rng(1)
    judged = random.choice(len(vectors), min(JUDGED, len(vectors)), replace=False)
    nearby = cKDTree(places).query(places[judged], NEIGHBOURS + 1)[1]
    kept, beyond = 0, 0
    for row, shown in zip(judged, nearby, strict=True):
        cosines = vectors @ vectors[row]
        cosines[row] = -2
        shown = shown[shown != row][:NEIGHBOURS]
        ranks = (cosines[None, :] > cosines[shown][:, None]).sum(axis=1) + 1
        kept += int((ranks <= NEIGHBOURS).sum())
        beyond += int(np.clip(ranks - NEIGHBOURS, 0, None).sum())
    n = len(vectors)
    one, other = random.integers(0, n, (2, 20_000))
    far = spearmanr(
        np.linalg.norm(vectors[one] - vectors[other], axis=1), np.linalg.norm(places[one] - places[other], axis=1)
    )
    return {
        "kept": kept / (len(judged) * NEIGHBOURS),
        "trust": 1 - 2 * beyond / (len(judged) * NEIGHBOURS * (2 * n - 3 * NEIGHBOURS - 1)),
        "far": float(far.statistic),
    }


def work(library: str, source: Path, target: Path, processes: int) -> None:
    vectors = np.load(source)
    lay_out(library, vectors[:1_000], processes)  # compiles, where the library does
    compiled, before = time.perf_counter(), time.process_time()
    np.save(target, lay_out(library, vectors, processes))
    figures = {"seconds": time.perf_counter() - compiled, "processor": time.process_time() - before}
    figures["gibibytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps(figures))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--libraries", nargs="+", choices=LIBRARIES, default=list(LIBRARIES))
    parser.add_argument("--vectors", type=Path, help="an (n, d) array, L2-normalised")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--twice", action="store_true", help="run each a second time, and compare")
    parser.add_argument("--work", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work[0], Path(options.work[1]), Path(options.work[2]), int(options.work[3]))
        return 0
    vectors = np.load(options.vectors) if options.vectors else drawn_vectors(options.records)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "vectors.npy")
        np.save(source, vectors.astype(np.float32))
        for library in options.libraries:
            maps = []
            for turn in range(1 + options.twice):
                target = Path(folder, f"{library}-{turn}.npy")
                began = time.perf_counter()
                done = subprocess.run(
                    [
                        sys.executable,
                        "-m",
                        "benchmarks.maps",
                        "--work",
                        library,
                        source,
                        target,
                        str(options.processes),
                    ],
                    stdout=subprocess.PIPE,
                    check=True,
                )
                whole = time.perf_counter() - began
                figures = json.loads(done.stdout.splitlines()[-1])
                maps.append(np.load(target))
                print(
                    f"{library}: {figures['seconds']:.0f} s ({figures['processor']:.0f} s of processor), {whole:.0f} s"
                    f" with imports and compilation, {figures['gibibytes']:.1f} GiB",
                    flush=True,
                )
            again = f", again {np.array_equal(*maps)}" if options.twice else ""
            said = ", ".join(f"{name} {value:.3f}" for name, value in judge(vectors, maps[0]).items())
            print(f"{library}: {said}{again}", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
