"""Random changes to a batch of decoded images."""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from models_ml.training.data.backgrounds import replace_backgrounds


@dataclass(frozen=True)
class Augmentation:
    """Ranges from which each image's change is drawn, uniformly.

    Pixels are decoded `margin` times larger than the network's input, so that crops keep detail.
    """

    margin: float = 7 / 6
    min_side: float = 0.6  # shortest crop, as a share of the image's side
    max_side: float = 1.05  # above 1: the image with a rim around it
    stretch: float = 0.15  # one side against the other
    rotation: float = 8.0  # degrees either way
    flip: float = 0.5  # probability, where the item may be mirrored
    brightness: float = 0.3
    contrast: float = 0.3
    saturation: float = 0.4
    tint: float = 0.15  # each channel's own factor
    grey: float = 0.1  # probability of losing all colour


# Objects stay as they are: inscriptions read one way, and colours are what descriptions tell.
FINETUNING = Augmentation(flip=0.0, brightness=0.2, contrast=0.2, saturation=0.2, tint=0.05, grey=0.0)


@dataclass(frozen=True)
class HouseStyle(Augmentation):
    """Further, what a museum's pictures are known by: their ground, their light, whether they have colours."""

    flip: float = 0.0
    contrast: float = 0.4
    saturation: float = 0.5
    tint: float = 0.2
    grey: float = 0.25
    background: float = 0.5  # probability of another flat background, where there is one
    gamma: float = 0.4  # of the exponent's logarithm, either way


AUGMENTATIONS = {"plain": FINETUNING, "house-style": HouseStyle()}
# Backgrounds are of all greys, and this far from them in each channel.
COLOUR_OF_GREY = 0.15


def augment(pixels: Tensor, may_mirror: Tensor, size: int, ranges: Augmentation, generator: torch.Generator) -> Tensor:
    """Draw a change for each image and apply it.

    `pixels` (n, 3, side, side) float in 0..1; `may_mirror` (n,) bool. Returns (n, 3, size, size) in 0..1.
    """
    count = len(pixels)

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(count, generator=generator) * (high - low) + low

    if isinstance(ranges, HouseStyle):
        chosen = uniform(0, 1) < ranges.background
        colours = uniform(0, 1)[:, None] + (torch.rand(count, 3, generator=generator) * 2 - 1) * COLOUR_OF_GREY
        pixels = replace_backgrounds(pixels, colours.clamp(0.0, 1.0).to(pixels.device), chosen.to(pixels.device))
    side = uniform(ranges.min_side, ranges.max_side)
    stretch = torch.exp(uniform(-ranges.stretch, ranges.stretch))
    width, height = (side * stretch).clamp(max=ranges.max_side), (side / stretch).clamp(max=ranges.max_side)
    mirror = torch.where((uniform(0, 1) < ranges.flip) & may_mirror, -1.0, 1.0)
    angle = uniform(-ranges.rotation, ranges.rotation) * (math.pi / 180)
    # Rows of the matrix map output coordinates (-1..1) to input coordinates: scale, turn, shift.
    matrix = torch.zeros(count, 2, 3)
    matrix[:, 0, 0] = width * angle.cos() * mirror
    matrix[:, 0, 1] = -height * angle.sin()
    matrix[:, 1, 0] = width * angle.sin() * mirror
    matrix[:, 1, 1] = height * angle.cos()
    matrix[:, 0, 2] = (1 - width) * uniform(-1, 1)
    matrix[:, 1, 2] = (1 - height) * uniform(-1, 1)
    grid = F.affine_grid(matrix.to(pixels.device), [count, 3, size, size], align_corners=False)
    changed = F.grid_sample(pixels, grid, mode="bilinear", padding_mode="border", align_corners=False)
    if isinstance(ranges, HouseStyle):
        exponent = torch.exp(uniform(-ranges.gamma, ranges.gamma)).reshape(count, 1, 1, 1)
        changed = changed.clamp(0.0, 1.0) ** exponent.to(pixels.device)

    def factor(spread: float, *shape: int) -> Tensor:
        draws = torch.rand(count, *shape, generator=generator) * 2 * spread + 1 - spread
        return draws.reshape(count, -1, 1, 1).to(pixels.device)

    changed = changed * (factor(ranges.brightness) * factor(ranges.tint, 3))
    mean = changed.mean(dim=(1, 2, 3), keepdim=True)
    changed = mean + (changed - mean) * factor(ranges.contrast)
    luminance = changed.mean(dim=1, keepdim=True)
    saturation = factor(ranges.saturation)
    grey = (uniform(0, 1) < ranges.grey).reshape(count, 1, 1, 1).to(pixels.device)
    changed = luminance + (changed - luminance) * saturation.masked_fill(grey, 0.0)
    return changed.clamp(0.0, 1.0)
