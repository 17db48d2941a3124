"""What is known of a fine-tuning, in one JSON file beside the weights: base, data, recipe and figures.

It travels with the model folder, so that a model fine-tuned elsewhere brings its history to the registry.
"""

import json
from pathlib import Path
from typing import Any

from heritage.errors import UserError

NAME = "training.json"
_LARGEST_BYTES = 1_000_000


def write_training_document(folder: Path, document: dict[str, Any]) -> None:
    """Write `document` into a model folder."""
    (folder / NAME).write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_training_document(folder: Path) -> dict[str, Any]:
    """The document of a model folder, empty where there is none. Raises UserError where it is damaged."""
    path = folder / NAME
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise ValueError("too large")
        document = json.loads(path.read_text("utf-8"))
        if not isinstance(document["base"], str):
            raise TypeError("base")
        for epoch in document["epochs"]:
            int(epoch["epoch"]), float(epoch["evaluation_loss"]), float(epoch["training_loss"] or 0.0)
            [float(figure) for figure in epoch.get("measures", {}).values()]
        for kind in document.get("kinds", []):
            str(kind["kind"]), [int(epoch) for epoch in kind["epochs"]]
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise UserError(f"{path} is damaged; copy the model's folder again, or remove the file.") from error
    return document
