"""Encoders: from images and texts to L2-normalised vectors of one space.

`load_encoder` takes the sources of `models_ml.networks.loading`. Vectors always come back as float32 numpy
arrays whatever the precision of the arithmetic.
"""

from collections.abc import Sequence

import numpy as np
import open_clip
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL.Image import Image
from torch import Tensor

from heritage.errors import UserError
from models_ml.networks.compute import Compute, choose_compute
from models_ml.networks.loading import load_pretrained
from models_ml.networks.preprocessing import as_floats, byte_steps, normalise, shape_name
from models_ml.networks.pretrained import Pretrained, trim_tokens

Vectors = NDArray[np.float32]


class Encoder:
    """A loaded model in inference mode on one device."""

    def __init__(self, pretrained: Pretrained, compute: Compute) -> None:
        self.dimension: int = pretrained.dimension
        self.image_size: int = pretrained.image_size
        self.to_bytes = byte_steps(pretrained.preprocess)
        self.shape_name = shape_name(pretrained.preprocess)
        self.compute = compute
        self._preprocess = pretrained.preprocess
        self._tokenize = pretrained.tokenize
        self._network = pretrained.network.eval().to(compute.device).to(memory_format=torch.channels_last)

    def encode_images(self, images: Sequence[Image] | Tensor) -> Vectors:
        """Vectors (n, dimension) of PIL images, or of a batch (n, 3, size, size) as the network takes it."""
        if isinstance(images, Tensor):
            return self._encode(images)
        if not images:
            return self._none()
        return self.encode_bytes(np.stack([self.to_bytes(image) for image in images]))

    def encode_bytes(self, pixels: NDArray[np.uint8]) -> Vectors:
        """Vectors (n, dimension) of (n, size, size, 3), each image made with `to_bytes`."""
        mean, std = self._preprocess.mean, self._preprocess.std
        return self._encode(normalise(as_floats(pixels, self.compute.device), mean, std))

    def encode_texts(self, texts: Sequence[str]) -> Vectors:
        """Vectors (n, dimension) of texts, each cut at the model's own length."""
        if not texts:
            return self._none()
        tokens = trim_tokens(self._network, self._tokenize(list(texts))).to(self.compute.device)
        with torch.inference_mode(), self.compute.autocast():
            return _as_vectors(self._network.encode_text(tokens))

    def _encode(self, batch: Tensor) -> Vectors:
        batch = batch.to(self.compute.device, memory_format=torch.channels_last)
        with torch.inference_mode(), self.compute.autocast():
            return _as_vectors(self._network.encode_image(batch))

    def _none(self) -> Vectors:
        return np.empty((0, self.dimension), dtype=np.float32)


def load_encoder(source: str, *, device: str = "auto", precision: str = "auto") -> Encoder:
    """Load a model for encoding. Raises UserError where source, device or precision cannot be had."""
    compute = choose_compute(device, precision)
    return Encoder(load_pretrained(source), compute)


def source_dimension(source: str) -> int:
    """Length of the vectors of a source, without its weights where that is known beforehand."""
    architecture, _, tag = source.partition(":")
    config = open_clip.get_model_config(architecture) if architecture in open_clip.list_models() else None
    if config is None:
        return load_pretrained(source).dimension
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if tag not in tags:
        raise UserError(f"{architecture} has no weights tagged {tag!r}: choose one of {', '.join(tags) or 'none'}.")
    return int(config["embed_dim"])


def _as_vectors(features: Tensor) -> Vectors:
    # Normalised in float32: in bfloat16 the length would be off by up to a percent.
    return F.normalize(features.float(), dim=-1).cpu().numpy()
