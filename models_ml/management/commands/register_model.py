"""Register a model under a short name, or list the registered ones.

    register_model SLUG SOURCE
    register_model --list [--json]

SOURCE is one of
    ViT-B-16-SigLIP:webli   an open_clip architecture and the tag of its weights
    hf-hub:ORG/NAME         a model on the hub that open_clip can load
    local-dir:PATH          an open_clip folder (open_clip_config.json and safetensors)
    transformers:PATH-OR-NAME  a SigLIP checkpoint of transformers, a folder or a name on the hub

heritage-mini comes with Heritage Weaver and is there from the start. Fine-tuned models register
themselves. The list shows how many images and texts have vectors.
"""

from typing import Any

from django.core.management.base import CommandParser

from heritage.commands import HeritageCommand
from heritage.errors import UserError
from heritage.progress import TerminalProgress
from models_ml.queries import list_models
from models_ml.registry import get_model, register_model


class Command(HeritageCommand):
    def options(self, parser: CommandParser) -> None:
        parser.add_argument("slug", nargs="?", help="short name, such as siglip-base")
        parser.add_argument("source", nargs="?", help="where the weights are")
        parser.add_argument("--parent", metavar="SLUG", help="the registered model it was fine-tuned from")
        parser.add_argument("--list", action="store_true", help="list the registered models")

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        if options["list"]:
            return {"models": [row.as_dict() for row in list_models()]}
        if not options["slug"] or not options["source"]:
            raise UserError("Name a slug and a source, or use --list.")
        parent = get_model(options["parent"]) if options["parent"] else None
        model = register_model(slug=options["slug"], source=options["source"], parent=parent)
        return {"slug": model.slug, "source": model.source, "dimension": model.dimension}

    def summary(self, result: dict[str, Any]) -> str:
        if "models" not in result:
            return f"Registered {result['slug']} ({result['dimension']} dimensions). Next: embed {result['slug']}"
        width = max((len(row["slug"]) for row in result["models"]), default=4)
        lines = [f"{'model':{width}}  dimension  images         texts          parent  source"]
        for row in result["models"]:
            vectors = row["vectors"]
            images = f"{vectors['images']}/{vectors['images'] + vectors['images_missing']}"
            texts = f"{vectors['segments']}/{vectors['segments'] + vectors['segments_missing']}"
            lines.append(
                f"{row['slug']:{width}}  {row['dimension']:9}  {images:13}  {texts:13}"
                f"  {row['parent'] or '-'}  {row['source']}"
            )
        return "\n".join(lines)
