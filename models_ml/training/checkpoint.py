"""Writing the parts of a model folder as open_clip reads them."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from open_clip.tokenizer import HFTokenizer

from models_ml.networks.folder import CONFIG_NAME, WEIGHTS_NAME
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.tensor_file import write_tensors
from models_ml.training.loop import EpochMetrics

CARD_NAME = "README.md"
SPLIT_NAME = "split.json"
METRICS_NAME = "metrics.jsonl"


def write_model(folder: Path, pretrained: Pretrained, *, half: bool = False) -> None:
    """Write config, weights and tokenizer into `folder`, which exists, so that `local-dir:` loads them.

    With `half` the weights take half the room as float16; they are float32 again once loaded.
    """
    config = {"model_cfg": pretrained.model_config, "preprocess_cfg": asdict(pretrained.preprocess)}
    (folder / CONFIG_NAME).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    tensors = {
        name: tensor.half() if half and tensor.is_floating_point() else tensor
        for name, tensor in pretrained.network.state_dict().items()
    }
    write_tensors(folder / WEIGHTS_NAME, tensors, {"format": "pt"})
    # Without a tokenizer of its own the config makes open_clip take its built-in one.
    if isinstance(pretrained.tokenizer, HFTokenizer):
        pretrained.tokenizer.save_pretrained(str(folder))


def write_metrics(folder: Path, history: Sequence[EpochMetrics]) -> None:
    """One JSON object per epoch and line."""
    lines = [json.dumps(asdict(metrics)) for metrics in history]
    (folder / METRICS_NAME).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_split(folder: Path, split: dict[str, Any]) -> None:
    """Which records were trained on and which held out."""
    (folder / SPLIT_NAME).write_text(json.dumps(split, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
