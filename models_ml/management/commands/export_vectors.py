"""Write a model's vectors as a Parquet file, for others to search and link by without the pictures.

    export_vectors siglip vectors.parquet
    export_vectors siglip vectors.parquet --collections smg --modalities image text
    export_vectors siglip vectors.parquet --collections smg --layout plain

`shared` is the layout that museums have begun to publish: provider, depiction_id, subject_id, model, embeddings,
created, attributes. `plain` has objectID, embedding, model and dim, of the first picture of each record. Vectors have
length 1. What a museum withholds is left out.
"""

from pathlib import Path
from typing import Any, get_args

from django.core.management.base import CommandParser

from heritage.catalogue.queries import get_collections
from heritage.commands import HeritageCommand
from heritage.models import AuditAction
from heritage.progress import TerminalProgress
from models_ml.registry import get_model


class Command(HeritageCommand):
    audited = (AuditAction.EXPORTED, "model")

    def options(self, parser: CommandParser) -> None:
        from models_ml.exchange.layouts import LayoutName

        parser.add_argument("model", help="the registered model")
        parser.add_argument("file", type=Path)
        parser.add_argument("--collections", nargs="+", metavar="SLUG", help="default: all")
        parser.add_argument("--modalities", nargs="+", default=["image"], choices=["image", "text"])
        parser.add_argument("--layout", default="shared", choices=get_args(LayoutName))

    def run(self, *, progress: TerminalProgress, **options: Any) -> dict[str, Any]:
        from models_ml.exchange.exporting import export_vectors

        rows = export_vectors(
            model=get_model(options["model"]),
            path=options["file"],
            collections=get_collections(options["collections"]),
            modalities=options["modalities"],
            layout=options["layout"],
            progress=progress,
        )
        return {"file": str(options["file"]), "rows": rows}

    def summary(self, result: dict[str, Any]) -> str:
        return f"Wrote {result['rows']:,} vectors to {result['file']}."
