"""The loop, closed and measured: sample, label, learn, suggest, label, with simulated experts on drawn museums.

    python -m benchmarks.loop FOLDER [--seeds 0 1 2] [--answers 2000] [--arms NAME ...]
    python -m benchmarks.loop FOLDER --tables [--figure docs/images/loop.svg]

For each seed two museums are drawn as the demonstration's are; the model is heritage-mini as it comes. Experts, who
know the truth and err (`annotation/demonstration/simulated_annotators.py`), answer pairs, one answer each. Which pairs,
each arm decides:

    strata               the paper's sampling: equal quotas of the strata where a model finds similar
    similar              random pairs of all that a model finds similar
    top                  the most similar first, by centred and fused similarity
    suggestions before   of similar pairs those of which a model of their similarities is least sure
    suggestions, likely  of all pairs the likeliest links, a tenth at random: what suggest_links does
    suggestions, unsure  of all pairs those of which the model is least sure, a tenth at random (--wish unsure)

Those that learn begin with 105 pairs of the paper's strata, and fit anew after 105, 200, 400, 700, 1000 and 1500
answers. A link is found when it was asked about and the expert called it a link. FOLDER takes results.jsonl, a line for
each seed and arm, so that a run that was stopped goes on. --tables prints means over the seeds with 95 % intervals
(Student's t).
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.linking.runs import read_results

from .arms import ARMS, LABEL_SETS, ROUNDS, Asked
from .report import figure, tables
from .worlds import LoopWorld, loop_world

RESULTS_NAME = "results.jsonl"
STEP = 25  # answers between points of a curve


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.loop", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--answers", type=int, choices=ROUNDS[1:], default=ROUNDS[-1])
    parser.add_argument("--arms", nargs="+", choices=ARMS, default=list(ARMS))
    parser.add_argument("--tables", action="store_true", help="measure nothing, print what was found")
    parser.add_argument("--figure", type=Path, metavar="SVG", help="with --tables: draw it too")
    options = parser.parse_args()
    if options.tables:
        results = read_results(options.folder / RESULTS_NAME)
        print(tables(results))
        if options.figure:
            options.figure.write_text(figure(results), encoding="utf-8")
        return
    options.folder.mkdir(parents=True, exist_ok=True)
    path = options.folder / RESULTS_NAME
    done = {(line["seed"], line["arm"]) for line in read_results(path)}
    for seed in options.seeds:
        wanted = [arm for arm in options.arms if (seed, arm) not in done]
        world = loop_world(options.folder, seed) if wanted else None
        for arm in wanted:
            assert world is not None
            started = time.process_time()
            line = simulate(world, arm, options.answers) | {"processor_seconds": round(time.process_time() - started)}
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
            print(f"seed {seed}, {arm}: {line['curve'][-1]}, {line['processor_seconds']} s", flush=True)


def simulate(world: LoopWorld, arm: str, budget: int) -> dict[str, Any]:
    """curve: [answers, seconds, links found of each label set] every STEP answers; rounds: as the arm yields them."""
    asked = Asked(world)
    rounds = list(ARMS[arm](world, asked, budget))
    seconds = np.cumsum(asked.seconds)
    points = [*range(STEP, len(asked), STEP), len(asked)]
    return {
        "seed": world.seed,
        "arm": arm,
        "totals": {name: int((world.truth <= farthest).sum()) for name, farthest in LABEL_SETS.items()},
        "pairs": int(world.truth.size),
        "curve": [[count, round(float(seconds[count - 1])), *asked.found(count).values()] for count in points],
        "rounds": rounds,
        "simulated": True,
    }


if __name__ == "__main__":
    main()
