"""The loss of pairs against a naive sum, what its gradients do, and where its scales begin."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from models_ml.training.links.losses import LINK_COMPARISONS, LinkScales, PairTargets, link_loss, start_of_scale

TARGETS = torch.tensor([[1.0, 0.0, 0.5], [0.75, 1.0, 0.0]])
WEIGHTS = torch.tensor([[1.0, 0.5, 0.0], [4 / 3, 0.0, 1.0]])


def _units(count: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)), dim=-1)


def _scales() -> LinkScales:
    return LinkScales({name: (5.0 + place, -1.0 - place) for place, name in enumerate(LINK_COMPARISONS)})


def _known() -> dict[str, PairTargets]:
    return {name: PairTargets(TARGETS, WEIGHTS, answered=4) for name in LINK_COMPARISONS}


def _cosines(seed: int = 0) -> dict[str, torch.Tensor]:
    of_a = {"image": _units(2, seed), "text": _units(2, seed + 1)}
    of_b = {"image": _units(3, seed + 2), "text": _units(3, seed + 3)}
    return {name: of_a[x] @ of_b[y].T for name, (x, y) in LINK_COMPARISONS.items()}


def test_equals_a_naive_sum() -> None:
    total = 0.0
    for place, cosines in enumerate(_cosines().values()):
        for i in range(2):
            for j in range(3):
                logit = (5.0 + place) * float(cosines[i, j]) - 1.0 - place
                predicted = 1 / (1 + math.exp(-logit))
                target = float(TARGETS[i, j])
                entropy = -target * math.log(predicted) - (1 - target) * math.log(1 - predicted)
                total += float(WEIGHTS[i, j]) * entropy
    loss = link_loss(_cosines(), _known(), _scales())
    assert float(loss.detach()) == pytest.approx(total / (4 * 4), rel=1e-5)


def test_a_comparison_without_scales_counts_nowhere() -> None:
    image_image = LinkScales({"image-image": (5.0, -1.0)})
    only = link_loss({"image-image": _cosines()["image-image"]}, _known(), image_image)
    assert torch.equal(link_loss(_cosines(), _known(), image_image), only)


def test_nothing_known_is_no_loss() -> None:
    nothing = {name: PairTargets(TARGETS, torch.zeros(2, 3), answered=0) for name in LINK_COMPARISONS}
    assert float(link_loss(_cosines(), nothing, _scales()).detach()) == 0


@pytest.mark.parametrize("name", LINK_COMPARISONS)
def test_a_step_draws_linked_records_together_and_unrelated_ones_apart(name: str) -> None:
    vectors_a, vectors_b = torch.eye(8)[:2].requires_grad_(), torch.eye(8)[2:5].requires_grad_()

    def cosines() -> torch.Tensor:
        return F.normalize(vectors_a, dim=-1) @ F.normalize(vectors_b, dim=-1).T

    before = cosines().detach()
    targets = torch.tensor([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    known = {name: PairTargets(targets, torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]), answered=3)}
    link_loss({name: cosines()}, known, LinkScales({name: (10.0, 0.0)})).backward()
    with torch.no_grad():
        vectors_a -= 0.05 * vectors_a.grad
        vectors_b -= 0.05 * vectors_b.grad
    moved = cosines().detach() - before
    assert moved[0, 0] > 0
    assert moved[1, 1] > 0
    assert moved[0, 2] < 0


def test_pairs_that_nobody_answered_add_to_the_loss_and_not_to_what_it_is_divided_by() -> None:
    """One pair is answered, and another counts a little as unrelated."""
    cosine = torch.tensor([[0.5, 0.2]])
    known = PairTargets(torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.1]]), answered=1)
    loss = link_loss({"text-text": cosine}, {"text-text": known}, LinkScales({"text-text": (4.0, -1.0)}))
    assert float(loss.detach()) == pytest.approx(math.log1p(math.exp(-1.0)) + 0.1 * math.log1p(math.exp(-0.2)))


def test_a_graded_target_pulls_less() -> None:
    pull = {}
    for target in (1.0, 0.75, 0.5):
        cosine = torch.zeros(1, 1, requires_grad=True)
        known = {"text-text": PairTargets(torch.tensor([[target]]), torch.ones(1, 1), answered=1)}
        link_loss({"text-text": cosine}, known, LinkScales({"text-text": (10.0, -2.0)})).backward()
        pull[target] = -float(cosine.grad)
    assert pull[1.0] > pull[0.75] > pull[0.5] > 0


def test_twice_the_weight_is_twice_the_gradient() -> None:
    gradients = []
    for weight in (0.5, 1.0):
        cosine = torch.full((1, 1), 0.2, requires_grad=True)
        known = {"text-text": PairTargets(torch.ones(1, 1), torch.full((1, 1), weight), answered=1)}
        link_loss({"text-text": cosine}, known, LinkScales({"text-text": (10.0, -2.0)})).backward()
        gradients.append(float(cosine.grad))
    assert gradients[1] == pytest.approx(2 * gradients[0])


def test_scales_begin_where_predictions_are_right_on_average() -> None:
    draws = np.random.default_rng(0)
    cosines = draws.normal(0.3, 0.1, 4000)
    targets = (draws.random(4000) < 1 / (1 + np.exp(-(15 * cosines - 6)))).astype(float)
    weights = draws.choice([0.5, 1.5], 4000)
    scale, bias = start_of_scale(cosines, targets, weights)
    assert scale == pytest.approx(15, rel=0.1)
    assert bias == pytest.approx(-6, rel=0.1)
    predicted = 1 / (1 + np.exp(-(scale * cosines + bias)))
    assert weights @ predicted == pytest.approx(weights @ targets, rel=1e-3)


def test_cosines_count_from_the_start_where_they_tell_nothing_or_the_opposite() -> None:
    cosines = np.random.default_rng(0).normal(0.3, 0.1, 500)
    targets = (cosines < 0.25).astype(float)
    scale, bias = start_of_scale(cosines, targets, np.ones(500))
    assert scale == pytest.approx(1 / cosines.std(), rel=1e-3)
    assert (1 / (1 + np.exp(-(scale * cosines + bias)))).mean() == pytest.approx(targets.mean(), rel=1e-2)


@pytest.mark.parametrize(
    ("cosines", "targets"),
    [([0.3, 0.3, 0.3], [1.0, 0.0, 0.0]), ([0.3], [1.0]), ([0.1, 0.9], [0.0, 1.0]), ([0.1, 0.9], [0.0, 0.0])],
)
def test_scales_begin_somewhere_however_few_the_pairs(cosines: list[float], targets: list[float]) -> None:
    scale, bias = start_of_scale(np.array(cosines), np.array(targets), np.ones(len(cosines)))
    assert 0 < scale <= 100
    assert math.isfinite(bias)
