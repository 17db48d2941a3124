"""Annotators who are programs: they know the truth and get it wrong in a documented way. Pure.

The process, for one pair. With probability `slip` the answer is a neighbour of the truth among the four labels, one
or the other as likely (a wrong key, a moment's inattention). Otherwise the answer is drawn from the row of `CONFUSION`
that belongs to the truth, which is the same for all; and then, with probability `abs(leaning)`, it is moved one step:
towards *same object* for an annotator who sees likeness everywhere (leaning above 0), towards *unrelated* for a
strict one (below 0). The rows were set by hand, so that only neighbouring labels are mixed up; they describe nobody.
So no answer is more than two steps from the truth. Times are log-normal around `seconds`.
"""

import math
import random
from dataclasses import dataclass

from heritage.demonstration.truth import SAME_CATEGORY, SAME_OBJECT, SIMILAR_OBJECT, UNRELATED

LABELS = (SAME_OBJECT, SIMILAR_OBJECT, SAME_CATEGORY, UNRELATED)
# Probability of each of LABELS, in their order, given the truth.
CONFUSION = {
    SAME_OBJECT: (0.76, 0.24, 0.00, 0.00),
    SIMILAR_OBJECT: (0.07, 0.84, 0.09, 0.00),
    SAME_CATEGORY: (0.00, 0.09, 0.73, 0.18),
    UNRELATED: (0.00, 0.00, 0.09, 0.91),
}


@dataclass(frozen=True)
class SimulatedAnnotator:
    username: str
    leaning: float
    slip: float
    seconds: float


SIMULATED_ANNOTATORS = (
    SimulatedAnnotator("simulated-1", leaning=0.0, slip=0.02, seconds=9.0),
    SimulatedAnnotator("simulated-2", leaning=0.08, slip=0.03, seconds=6.0),
    SimulatedAnnotator("simulated-3", leaning=-0.08, slip=0.02, seconds=13.0),
    SimulatedAnnotator("simulated-4", leaning=0.04, slip=0.02, seconds=8.0),
    SimulatedAnnotator("simulated-5", leaning=-0.04, slip=0.03, seconds=10.0),
    SimulatedAnnotator("simulated-6", leaning=0.06, slip=0.02, seconds=7.0),
    SimulatedAnnotator("simulated-7", leaning=-0.06, slip=0.03, seconds=11.0),
    SimulatedAnnotator("simulated-8", leaning=0.0, slip=0.03, seconds=8.0),
)


@dataclass(frozen=True)
class SimulatedAnswer:
    label: str
    seconds: float


def simulated_answer(truth: str, annotator: SimulatedAnnotator, *, pair: str, seed: int) -> SimulatedAnswer:
    """What this annotator says of a pair with that true label. The same for the same pair and seed."""
    rng = random.Random(f"{seed} {annotator.username} {pair}")  # noqa: S311 - no secret
    if rng.random() < annotator.slip:
        right = LABELS.index(truth)
        step = rng.choice([each for each in (right - 1, right + 1) if 0 <= each < len(LABELS)])
    else:
        step = LABELS.index(rng.choices(LABELS, CONFUSION[truth])[0])
        if rng.random() < abs(annotator.leaning):
            step += -1 if annotator.leaning > 0 else 1
    seconds = annotator.seconds * math.exp(rng.gauss(0, 0.5))
    return SimulatedAnswer(LABELS[min(max(step, 0), len(LABELS) - 1)], round(seconds, 1))


def reflection(annotator: SimulatedAnnotator) -> str:
    """What the program writes instead of reflections: what it is."""
    leaning = (
        "I lean neither way."
        if annotator.leaning == 0
        else f"I move {abs(annotator.leaning):.0%} of my answers one step towards "
        f"{'same object' if annotator.leaning > 0 else 'unrelated'}."
    )
    return (
        "Simulated: I am a program, not an expert. I know how the two drawn objects relate and mix up neighbouring "
        f"labels at random. {leaning} I press the key beside the right one in {annotator.slip:.0%} of pairs."
    )
