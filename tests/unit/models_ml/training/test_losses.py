"""The sigmoid loss against a naive double loop, and against open_clip's."""

import math

import pytest
import torch
import torch.nn.functional as F
from open_clip.loss import SigLipLoss

from models_ml.training.losses import repeated_pairs, sigmoid_loss


def _features(count: int, seed: int) -> torch.Tensor:
    return F.normalize(torch.randn(count, 8, generator=torch.Generator().manual_seed(seed)), dim=-1)


IMAGES, OTHER_TEXTS = _features(6, 0), _features(6, 1)
SCALE, BIAS = torch.tensor(7.5), torch.tensor(-3.0)


def _naive(images: torch.Tensor, texts: torch.Tensor, repeated: list[list[bool]]) -> float:
    total = 0.0
    for i in range(len(images)):
        for j in range(len(texts)):
            if repeated[i][j]:
                continue
            logit = float(SCALE) * sum(float(a) * float(b) for a, b in zip(images[i], texts[j], strict=True)) + float(
                BIAS
            )
            total += math.log1p(math.exp(-logit if i == j else logit))
    return total / len(images)


def test_equals_a_double_loop_with_repeated_pairs_left_out() -> None:
    # Items 0 and 3 share an image, items 1 and 4 a text.
    images = torch.tensor([5, 6, 7, 5, 8, 9])
    tokens = torch.tensor([[2, 1], [3, 1], [4, 1], [5, 1], [3, 1], [6, 1]])
    repeated = repeated_pairs(images, tokens)
    assert repeated.nonzero().tolist() == [[0, 3], [1, 4], [3, 0], [4, 1]]
    loss = sigmoid_loss(IMAGES, OTHER_TEXTS, SCALE, BIAS, repeated)
    assert float(loss) == pytest.approx(_naive(IMAGES, OTHER_TEXTS, repeated.tolist()), rel=1e-5)


def test_equals_open_clip_without_repetitions() -> None:
    repeated = repeated_pairs(torch.arange(6), torch.arange(12).reshape(6, 2))
    assert not repeated.any()
    ours = sigmoid_loss(IMAGES, OTHER_TEXTS, SCALE, BIAS, repeated)
    theirs = SigLipLoss()(IMAGES, OTHER_TEXTS, SCALE, BIAS)
    torch.testing.assert_close(ours, theirs)


def test_repeated_pairs_get_no_gradient() -> None:
    texts = OTHER_TEXTS.clone().requires_grad_()
    repeated = torch.zeros(6, 6, dtype=torch.bool)
    repeated[:, 2] = True
    sigmoid_loss(IMAGES, texts, SCALE, BIAS, repeated).backward()
    assert texts.grad is not None
    assert not texts.grad[2].any()
    assert texts.grad[3].any()


def test_is_computed_in_float32() -> None:
    loss = sigmoid_loss(IMAGES.bfloat16(), OTHER_TEXTS.bfloat16(), SCALE, BIAS)
    assert loss.dtype == torch.float32
