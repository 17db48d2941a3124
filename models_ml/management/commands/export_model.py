"""Write a registered SigLIP model as a folder that transformers loads.

    export_model SLUG FOLDER

The folder holds config.json, model.safetensors, preprocessor_config.json and the tokenizer. Fine-tuned models are
open_clip folders already, under DATA_DIR/models.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.models import AuditAction
from heritage.progress import TerminalProgress
from models_ml.networks import sources
from models_ml.registry import get_model


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "slug")

    def options(self, parser: CommandParser) -> None:
        parser.add_argument("slug", help="the registered model")
        parser.add_argument("folder", type=Path, help="folder to write; must not be there yet")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        model, target = get_model(options["slug"]), options["folder"]
        if target.exists():
            raise UserError(f"{target} exists already; choose another folder.")
        from models_ml.networks.loading import load_pretrained
        from models_ml.networks.transformers_format import write_transformers

        pretrained = load_pretrained(sources.loadable(model.source))
        with whole_folder(target) as folder:
            write_transformers(folder, pretrained)
        return {"model": model.slug, "folder": str(target)}

    def summary(self, result: dict[str, Any]) -> str:
        return f"Wrote {result['model']} to {result['folder']}; transformers loads it with AutoModel.from_pretrained."
