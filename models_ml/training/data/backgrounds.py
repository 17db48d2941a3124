"""Pictures taken off their background: what museums choose, and what says nothing of the object."""

import torch
from torch import Tensor

RIM = 0.03  # width of the rim, as a share of the side
TOLERANCE = 0.1  # of each channel, for two pixels of one colour: more than JPEG changes on a flat ground
ENOUGH = 0.85  # of the rim, for a background of one colour: an object may be cut by it
LEAST_KEPT = 0.02  # of the picture: a background that leaves less has swallowed a pale object
SWEEPS = 4  # each along rows and columns, both ways: as many turns around the object are followed


def find_backgrounds(pixels: Tensor) -> Tensor:
    """Where each picture's background is, (n, side, side) bool; nowhere if its rim has not nearly one colour.

    `pixels` (n, 3, side, side) float in 0..1. The background is what has the rim's median colour and hangs together
    with the rim, so parts of the object in that colour are none of it, nor is what the object encloses.
    """
    side = pixels.shape[-1]
    width = max(1, round(RIM * side))
    rim = torch.ones(side, side, dtype=torch.bool, device=pixels.device)
    rim[width : side - width, width : side - width] = False
    colour = pixels[:, :, rim].median(dim=-1).values
    alike = (pixels - colour[:, :, None, None]).abs().amax(dim=1) <= TOLERANCE
    reached = alike & rim
    for _ in range(SWEEPS):
        reached = _along_rows(reached, alike)
        reached = _along_rows(reached.mT, alike.mT).mT
    one_colour = alike[:, rim].float().mean(dim=1) >= ENOUGH
    kept = 1 - reached.float().mean(dim=(1, 2))
    return reached & (one_colour & (kept >= LEAST_KEPT))[:, None, None]


def replace_backgrounds(pixels: Tensor, colours: Tensor, chosen: Tensor) -> Tensor:
    """The pictures, the backgrounds of those `chosen` (n,) bool replaced by flat `colours` (n, 3)."""
    rows = chosen.nonzero()[:, 0]
    replaced = pixels.clone()
    replaced[rows] = torch.where(find_backgrounds(pixels[rows])[:, None], colours[rows, :, None, None], pixels[rows])
    return replaced


def _along_rows(reached: Tensor, alike: Tensor) -> Tensor:
    """`reached` with all that is `alike` between it and the next pixel of a row that is not."""
    return _rightwards(_rightwards(reached, alike).flip(-1), alike.flip(-1)).flip(-1)


def _rightwards(reached: Tensor, alike: Tensor) -> Tensor:
    place = torch.arange(reached.shape[-1], dtype=torch.int32, device=reached.device)
    last_reached = torch.where(reached, place, -1).cummax(dim=-1).values
    last_other = torch.where(alike, -1, place).cummax(dim=-1).values
    return last_reached > last_other
