"""The plain fine-tuning recipe, as one writes it from the paper: what `finetune` is measured against.

One process; pictures are decoded in the training loop, with a call of transformers' processor per item; float32;
Adam at 1e-5; batches of 16; BCEWithLogitsLoss on the logits per image and per text, the diagonal positive.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from PIL import Image
from torch import nn
from torch.utils.data import DataLoader, Dataset
from transformers import AutoProcessor, SiglipModel

LEARNING_RATE = 1e-5


class PairDataset(Dataset):
    """(picture, text) items, each processed when it is asked for."""

    def __init__(self, items: Sequence[tuple[Path, str]], processor: Any) -> None:
        self.items = items
        self.processor = processor

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        path, text = self.items[index]
        encoded = self.processor(
            images=Image.open(path).convert("RGB"),
            text=text,
            padding="max_length",
            max_length=64,
            truncation=True,
            return_tensors="pt",
        )
        return {name: encoded[name][0] for name in ("pixel_values", "input_ids")}


class PlainTraining:
    """A model and its optimizer. `checkpoint` is a folder in transformers' format."""

    def __init__(self, checkpoint: Path, device: str = "cpu") -> None:
        transformers.logging.set_verbosity_error()
        transformers.logging.disable_progress_bar()
        self.processor = AutoProcessor.from_pretrained(checkpoint)
        self.device = device
        self.model = SiglipModel.from_pretrained(checkpoint).train().to(device)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE)

    def run_epoch(self, items: Sequence[tuple[Path, str]], batches: Sequence[Sequence[int]]) -> float:
        """Train on the batches, which name items by their positions; return the mean of their losses."""
        loader = DataLoader(PairDataset(items, self.processor), batch_sampler=batches)
        criterion = nn.BCEWithLogitsLoss()
        losses = []
        for batch in loader:
            outputs = self.model(**{name: tensor.to(self.device) for name, tensor in batch.items()})
            labels = torch.eye(len(batch["input_ids"]), device=self.device)
            loss = (criterion(outputs.logits_per_image, labels) + criterion(outputs.logits_per_text, labels)) / 2
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return sum(losses) / len(losses)
