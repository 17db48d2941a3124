"""Random changes to pictures: within their range, and of background and tone where house style is to be removed."""

import io
from dataclasses import asdict, replace

import numpy as np
import PIL.Image
import PIL.ImageDraw
import pytest
import torch
from torch import Tensor

from models_ml.training.data.augmentation import AUGMENTATIONS, Augmentation, HouseStyle, augment
from models_ml.training.data.backgrounds import find_backgrounds, replace_backgrounds

SIDE = 64
STILL = Augmentation(
    min_side=1, max_side=1, stretch=0, rotation=0, flip=0, brightness=0, contrast=0, saturation=0, tint=0, grey=0
)


def _photograph(ground: str | PIL.Image.Image) -> Tensor:
    """A red ring that encloses some of the ground, and below it a blue bracket that is open upwards.

    Kept as JPEG four times as large, and made smaller as a model reads it.
    """
    large = 4 * SIDE
    image = PIL.Image.new("RGB", (large, large), ground) if isinstance(ground, str) else ground.resize((large, large))
    draw = PIL.ImageDraw.Draw(image)
    draw.rectangle((48, 48, 144, 144), fill=(160, 30, 30))
    draw.rectangle((80, 80, 112, 112), fill=ground if isinstance(ground, str) else "white")
    draw.line([(176, 176), (176, 224), (224, 224), (224, 176)], fill=(20, 40, 120), width=16)
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=75)
    array = np.asarray(PIL.Image.open(encoded).resize((SIDE, SIDE), PIL.Image.Resampling.BICUBIC))
    return torch.from_numpy(array.copy()).permute(2, 0, 1).float()[None] / 255


def _gradient() -> PIL.Image.Image:
    return PIL.Image.linear_gradient("L").convert("RGB")


@pytest.mark.parametrize("ground", ["white", "#d8d2c4", "black"])
def test_a_flat_background_is_replaced_and_the_object_kept(ground: str) -> None:
    picture = _photograph(ground)
    colour = torch.tensor([[0.2, 0.5, 0.4]])
    changed = replace_backgrounds(picture, colour, torch.tensor([True]))

    def shows_new(rows: slice, columns: slice) -> bool:
        return bool((changed[0, :, rows, columns] == colour[0, :, None, None]).all())

    assert shows_new(slice(0, 10), slice(None))  # above the ring
    assert shows_new(slice(44, 52), slice(48, 53))  # within the bracket
    for part in ((slice(13, 36), slice(13, 36)), (slice(45, 57), slice(43, 45))):
        torch.testing.assert_close(changed[0, :, *part], picture[0, :, *part], rtol=0, atol=0)  # with what it encloses
    assert find_backgrounds(picture).float().mean() > 0.6


def test_pictures_without_a_flat_background_or_not_chosen_stay() -> None:
    grey, new = torch.full((1, 3), 0.5), torch.tensor([True])
    noise = torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    pale = torch.full((1, 3, SIDE, SIDE), 0.95)
    for picture in (_photograph(_gradient()), noise, pale):
        torch.testing.assert_close(replace_backgrounds(picture, grey, new), picture, rtol=0, atol=0)
    picture = _photograph("white")
    torch.testing.assert_close(replace_backgrounds(picture, grey, ~new), picture, rtol=0, atol=0)
    both = replace_backgrounds(torch.cat([picture, picture]), grey.expand(2, 3), torch.tensor([False, True]))
    assert torch.equal(both[0], picture[0])
    assert not torch.equal(both[1], picture[0])


def test_an_object_that_the_picture_cuts_off_is_no_background() -> None:
    picture = torch.ones(1, 3, SIDE, SIDE)
    picture[:, :, 50:, 20:50] = torch.tensor([0.6, 0.1, 0.1])[:, None, None]
    found = find_backgrounds(picture)[0]
    assert not found[50:, 20:50].any()
    assert found[:50].all()


def test_backgrounds_are_drawn_for_half_the_pictures() -> None:
    pixels = _photograph("white").repeat(200, 1, 1, 1)
    ranges = HouseStyle(**asdict(STILL), background=0.5, gamma=0)
    changed = augment(pixels, torch.ones(200, dtype=torch.bool), SIDE, ranges, torch.Generator().manual_seed(0))
    corners = changed[:, :, 1, 1]
    replaced = (corners - pixels[:, :, 1, 1]).abs().amax(dim=1) > 0.05
    assert 70 < int(replaced.sum()) < 130
    assert corners[replaced].mean(dim=1).std() > 0.15  # dark ones and bright ones
    torch.testing.assert_close(changed[:, :, 30, 16], pixels[:, :, 30, 16])  # the ring


def test_gamma_changes_middle_tones_and_neither_black_nor_white() -> None:
    pixels = torch.tensor([0.0, 0.5, 1.0]).reshape(3, 1, 1, 1).expand(3, 3, 8, 8)
    changed = augment(
        pixels,
        torch.ones(3, dtype=torch.bool),
        8,
        HouseStyle(**asdict(STILL), background=0, gamma=0.4),
        torch.Generator().manual_seed(0),
    )
    assert changed[0].max() == 0
    assert changed[2].min() == 1
    assert 0.5 ** np.exp(0.4) <= changed[1].mean() <= 0.5 ** np.exp(-0.4)
    assert abs(float(changed[1].mean()) - 0.5) > 0.005


@pytest.mark.parametrize("ranges", [Augmentation(), *AUGMENTATIONS.values()])
def test_shape_and_range_are_kept_and_the_same_draws_give_the_same_pictures(ranges: Augmentation) -> None:
    pixels = torch.cat([_photograph("white"), _photograph(_gradient())])
    once, again = (
        augment(pixels, torch.tensor([True, False]), 48, ranges, torch.Generator().manual_seed(3)) for _ in range(2)
    )
    assert once.shape == (2, 3, 48, 48)
    assert 0 <= once.min() <= once.max() <= 1
    assert torch.equal(once, again)


def test_house_style_tones_more_strongly_than_the_plain_recipe() -> None:
    plain, house_style = AUGMENTATIONS["plain"], AUGMENTATIONS["house-style"]
    for tone in ("brightness", "contrast", "saturation", "tint", "grey"):
        assert getattr(house_style, tone) > getattr(plain, tone)
    assert house_style.flip == plain.flip == 0


def test_pictures_are_only_mirrored_where_allowed() -> None:
    pixels = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    changed = augment(pixels, torch.tensor([True, False]), 8, replace(STILL, flip=1), torch.Generator().manual_seed(0))
    torch.testing.assert_close(changed[0], pixels[0].flip(-1))
    torch.testing.assert_close(changed[1], pixels[1])
