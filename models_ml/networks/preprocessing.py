"""A model's image preprocessing in two halves, equal to open_clip's own as a whole: each image to bytes of the
model's size, which threads can do, and a batch of bytes to what the network takes, on its device."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from open_clip.transform import PreprocessCfg, image_transform_v2
from PIL.Image import Image
from torch import Tensor
from torchvision.transforms import Compose

# open_clip's steps after the bytes: to tensor, normalise.
_FLOAT_STEPS = 2


def byte_steps(preprocess: PreprocessCfg) -> Callable[[Image], NDArray[np.uint8]]:
    """From an image to (side, side, 3) uint8: resized, cropped or squashed, in RGB."""
    geometry = Compose(image_transform_v2(preprocess, is_train=False).transforms[:-_FLOAT_STEPS])
    return lambda image: np.asarray(geometry(image))


def shape_name(preprocess: PreprocessCfg) -> str:
    """What `byte_steps` makes of a picture, in a file's name: equal names, equal bytes."""
    size = preprocess.size
    height, width = (size, size) if isinstance(size, int) else size
    return f"{width}x{height}-{preprocess.resize_mode}-{preprocess.interpolation}-{int(preprocess.fill_color)}"


def as_floats(pixels: NDArray[np.uint8], device: torch.device | str = "cpu") -> Tensor:
    """Images (n, side, side, 3) as float (n, 3, side, side) in 0..1, channels last in memory."""
    return torch.from_numpy(pixels).to(device).permute(0, 3, 1, 2).float().div_(255)


def normalise(batch: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """(n, 3, h, w) in 0..1 -> as the network takes it."""
    shape = (3, 1, 1)
    return (batch - torch.tensor(mean, device=batch.device).view(shape)) / torch.tensor(std, device=batch.device).view(
        shape
    )
