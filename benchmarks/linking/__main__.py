"""Which recipe of fine-tuning and which similarity find the most links, on pairs of collections with known truth.

    python -m benchmarks.collection_pairs icons FOLDER/collections/icons     # likewise demonstration, oca-tux
    python -m benchmarks.linking FOLDER [--pairs NAME ...] [--recipes NAME ...] [--seeds 0 1 2 3 4]
    python -m benchmarks.linking FOLDER --tables

For each pair, seed and recipe heritage-mini is fine-tuned (10 epochs, learning rate 1e-3, batches of 64; the seed also
decides which records are held out), and links are measured as `evaluate links` does over all records and similarities.
FOLDER/results.jsonl gets a line for each; what it has is passed over, so that the command can be stopped and given
again. FOLDER/data holds a database and the models for each pair. --tables prints the tables of docs/linking.md, of the
first of --weights.
"""

import argparse
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

from benchmarks.collection_pairs.pair import PAIRS, require_pair
from heritage.errors import UserError

from .measurement import FinetuningRecipe, measure_runs
from .report import tables
from .runs import RECIPES, planned_runs, read_results, runs_done

RESULTS_NAME = "results.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.linking", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", nargs="+", choices=PAIRS, default=list(PAIRS))
    parser.add_argument("--recipes", nargs="+", choices=RECIPES, default=list(RECIPES))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(5)))
    parser.add_argument("--weights", nargs="+", choices=["best", "last", "average"], default=["last"])
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--tables", action="store_true", help="measure nothing, print what was found")
    options = parser.parse_args()
    if options.tables:
        print(tables(read_results(options.folder / RESULTS_NAME), weights=options.weights[0]))
        return
    try:
        measure(options)
    except UserError as error:
        raise SystemExit(str(error)) from error


def measure(options: argparse.Namespace) -> None:
    """Whatever is missing. Raises UserError where a pair of collections is not there."""
    results = options.folder / RESULTS_NAME
    places = {name: options.folder / "collections" / name for name in options.pairs}
    for name, place in places.items():
        require_pair(place, PAIRS[name])
    recipe = FinetuningRecipe(epochs=options.epochs)
    done = runs_done(read_results(results))
    planned = planned_runs(options.pairs, options.recipes, options.seeds, options.weights)
    for name, runs in groupby((run for run in planned if run not in done), key=lambda run: run.pair):
        data_dir = options.folder / "data" / name
        # A process can use one database; spawned, so that it reads its settings itself.
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            pool.submit(measure_runs, PAIRS[name], places[name], data_dir, results, list(runs), recipe).result()


if __name__ == "__main__":
    main()
