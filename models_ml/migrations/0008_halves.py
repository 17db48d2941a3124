"""Each vector at half precision too, in its row: the whole tables are written anew, which locks them meanwhile.

Their graphs are dropped before, since PostgreSQL would build them anew within the statement, without a word; the next
migration does so. STORAGE MAIN keeps the halves of up to 4,000 dimensions in the row.
"""

from typing import Any

from django.db import migrations, models
from django.db.models.functions import Cast
from pgvector.django import HalfVectorField

TABLES = {"imagevector": "models_ml_imagevector", "segmentvector": "models_ml_segmentvector"}


def drop_graphs(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_index ON indexrelid = pg_class.oid"
            " WHERE indrelid = ANY(%s::regclass[]) AND relname ~ '_hnsw_[0-9]+(_new)?$'",
            [list(TABLES.values())],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')


def halves(model: str, table: str) -> migrations.SeparateDatabaseAndState:
    return migrations.SeparateDatabaseAndState(
        database_operations=[
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD COLUMN half halfvec GENERATED ALWAYS AS (vector::halfvec) STORED,"
                " ALTER COLUMN half SET STORAGE MAIN",
                f"ALTER TABLE {table} DROP COLUMN half",
            )
        ],
        state_operations=[
            migrations.AddField(
                model_name=model,
                name="half",
                field=models.GeneratedField(
                    db_persist=True,
                    expression=Cast("vector", HalfVectorField()),
                    output_field=HalfVectorField(),
                    help_text="The vector at half precision, by which searches choose what they compare exactly.",
                ),
            )
        ],
    )


class Migration(migrations.Migration):
    dependencies = [("models_ml", "0007_record_maps")]
    operations = [
        migrations.RunPython(drop_graphs, migrations.RunPython.noop),
        *(halves(model, table) for model, table in TABLES.items()),
    ]
