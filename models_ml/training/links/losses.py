"""The sigmoid loss between records, by four comparisons with a scale and a bias each, and where these begin."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from torch import Tensor, nn

# By name as samplings have them: which vectors of the first record, and which of the second.
LINK_COMPARISONS = {
    "image-image": ("image", "image"),
    "text-text": ("text", "text"),
    "text-image": ("text", "image"),
    "image-text": ("image", "text"),
}
MAX_SCALE = 100.0
MOST_BIAS = 10.0  # of a first prediction, in log odds: pairs of one kind alone would have it without end

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PairTargets:
    """Between p records and q others: targets (p, q), 0 to 1; weights (p, q), 0 where a pair does not count; how many
    of the pairs are answered."""

    targets: Tensor
    weights: Tensor
    answered: int


class LinkScales(nn.Module):
    """A comparison's logits are scale * cosine + bias, each comparison's own: images of two museums lie nearer to each
    other than an image to a text, and one bias for all would first of all learn that."""

    def __init__(self, starts: Mapping[str, tuple[float, float]]) -> None:
        """starts: (scale, bias) by comparison; of one that is not named nothing is learnt."""
        super().__init__()
        self.names = tuple(name for name in LINK_COMPARISONS if name in starts)
        self.log_scale = nn.Parameter(torch.tensor([starts[name][0] for name in self.names]).log())
        self.bias = nn.Parameter(torch.tensor([starts[name][1] for name in self.names]))

    def logits(self, name: str, cosines: Tensor) -> Tensor:
        place = self.names.index(name)
        return self.log_scale[place].exp().clamp(max=MAX_SCALE) * cosines + self.bias[place]

    @torch.no_grad()
    def log_odds(self, name: str, cosines: Floats) -> Floats:
        """Of a link, by cosines of any shape; comparable from one model to the next, as cosines are not."""
        found: Floats = self.logits(name, torch.from_numpy(cosines).to(self.bias)).cpu().numpy().astype(np.float64)
        return found


def link_loss(cosines: Mapping[str, Tensor], known: Mapping[str, PairTargets], scales: LinkScales) -> Tensor:
    """Sigmoid loss over pairs of records (after Zhai et al. 2023), with graded targets and weights.

        L = sum_c sum_ij w_cij * H(t_ij, sigmoid(scale_c * s_cij + bias_c)) / answered

    where c are comparisons, s_c cosines (p, q), H the cross-entropy of the target t, and `answered` the number of
    answered pairs, over all comparisons. A row may have any number of links, since each pair has a target of
    its own. Returns a float32 scalar, 0 where nothing is known.
    """
    losses = [
        F.binary_cross_entropy_with_logits(
            scales.logits(name, cosines[name].float()),
            known[name].targets.to(scales.bias),
            known[name].weights.to(scales.bias),
            reduction="sum",
        )
        for name in scales.names
    ]
    answered = sum(known[name].answered for name in scales.names)
    return torch.stack(losses).sum() / max(answered, 1)


def start_of_scale(cosines: Floats, targets: Floats, weights: Floats) -> tuple[float, float]:
    """Scale and bias with which a comparison's logits begin: a logistic fit to cosines (k,) of the pairs to learn from.

    So the mean prediction is the mean target: an arbitrary bias would be the first thing that the vectors are bent to
    make up for. The scale is at least 1 / sd, so that cosines count from the first step where they tell no links yet.
    """
    mean = float(np.average(cosines, weights=weights))
    spread = max(float(np.sqrt(np.average((cosines - mean) ** 2, weights=weights))), 1 / MAX_SCALE)
    standard = (cosines - mean) / spread

    def loss(parameters: Floats) -> tuple[float, Floats]:
        slope, bias = parameters
        logits = slope * standard + bias
        surplus = weights * (expit(logits) - targets)
        value = float(weights @ (np.logaddexp(0, logits) - targets * logits))
        return value, np.array([surplus @ standard, surplus.sum()])

    bounds = [(1.0, MAX_SCALE * spread), (-MOST_BIAS, MOST_BIAS)]
    fitted = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=bounds, method="L-BFGS-B")
    slope, bias = (float(value) for value in fitted.x)
    return slope / spread, bias - slope * mean / spread
