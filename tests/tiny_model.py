"""A model small enough to train in a test: random weights, 32 pixels, 16 tokens."""

import json
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from models_ml.networks.folder import CONFIG_NAME
from models_ml.networks.loading import load_untrained
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.tokenizer import END_ID, PAD_ID, save_tokenizer, train_tokenizer
from models_ml.training.checkpoint import write_model

TEXTS = ("a red telephone", "a green lamp", "a blue loom", "a yellow battery", "made of brass and wood, 1901")
COLOURS = ("red", "green", "blue", "yellow", "black", "white", "orange", "purple")
CONTEXT = 16
VISION_TRANSFORMER = {"layers": 1, "width": 32, "head_width": 16, "patch_size": 16}
CONVOLUTIONAL = {"timm_model_name": "test_resnet", "timm_pool": "avg", "timm_proj": "linear"}


def tiny_model(folder: Path, *, vision: dict = VISION_TRANSFORMER, texts: Sequence[str] = TEXTS) -> Pretrained:
    """An untrained model whose config and tokenizer lie in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = train_tokenizer(texts, vocabulary=300)
    save_tokenizer(tokenizer, folder, context_length=CONTEXT)
    config = {
        "model_cfg": {
            "embed_dim": 16,
            "init_logit_scale": 2.3,
            "init_logit_bias": -2.0,
            "custom_text": True,
            "vision_cfg": {"image_size": 32, **vision},
            "text_cfg": {
                "context_length": CONTEXT,
                "vocab_size": tokenizer.get_vocab_size(),
                "hf_tokenizer_name": "tiny",
                "width": 32,
                "heads": 2,
                "layers": 1,
                "pool_type": "eos",
                "eos_id": END_ID,
                "pad_id": PAD_ID,
            },
        },
        "preprocess_cfg": {"mean": [0.5] * 3, "std": [0.5] * 3, "interpolation": "bicubic", "resize_mode": "squash"},
    }
    (folder / CONFIG_NAME).write_text(json.dumps(config))
    return load_untrained(folder, seed=0)


def tiny_model_folder(folder: Path, *, vision: dict = VISION_TRANSFORMER) -> Path:
    """The same with its random weights written, so that `local-dir:` loads it."""
    write_model(folder, tiny_model(folder, vision=vision))
    return folder


def coloured_image(colour: str, size: tuple[int, int] = (40, 30)) -> Image.Image:
    return Image.new("RGB", size, colour)
