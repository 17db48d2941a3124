"""The graphs that 0008 dropped, over the halves: minutes for each hundred thousand vectors, so each is announced.

Where this is interrupted, it goes on with the next that is missing. Backwards the graphs go with the column they are of;
the next `embed` builds the former ones.
"""

import sys
from typing import Any

from django.db import migrations

# As `models_ml.vectors.store` has them at this time.
GRAPH = "m=32, ef_construction=256"
MODALITIES = {"pictures": "models_ml_imagevector", "texts": "models_ml_segmentvector"}


def build_graphs(apps: Any, schema_editor: Any) -> None:
    for model in apps.get_model("models_ml", "EmbeddingModel").objects.order_by("pk"):
        for items, table in MODALITIES.items():
            with schema_editor.connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE model_id = %s", [model.pk])  # noqa: S608
                [count] = cursor.fetchone()
                name = f"{table}_hnsw_{model.pk}"
                cursor.execute("SELECT 1 FROM pg_class WHERE relname = %s", [name])
                if not count or cursor.fetchone():
                    continue
                sys.stderr.write(f"\n  {model.slug}: building the index of {count:,} {items} ...")
                sys.stderr.flush()
                cursor.execute(
                    f"CREATE INDEX {name} ON {table} USING hnsw ((half::halfvec({model.dimension}))"
                    f" halfvec_cosine_ops) WITH ({GRAPH}) WHERE model_id = {model.pk}"
                )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("models_ml", "0008_halves")]
    operations = [migrations.RunPython(build_graphs, migrations.RunPython.noop)]
