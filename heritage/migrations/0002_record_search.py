"""Full-text search of records: the function that turns a list of terms into text, the generated column, its index."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import CombinedSearchVector, SearchConfig, SearchVector, SearchVectorField
from django.db import migrations, models

MAKE_TERMS_TEXT = """
CREATE FUNCTION heritage_terms_text(terms text[]) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN array_to_string(terms, ' ')
"""


def combined(left: models.Func, right: models.Func) -> CombinedSearchVector:
    return CombinedSearchVector(left, "||", right, SearchConfig("english"))


NAME = SearchVector("name", config="english", weight="A")
IDENTIFIER = SearchVector("record_id", config="simple", weight="A")
TERMS = SearchVector(
    models.Func("taxonomy", function="heritage_terms_text", output_field=models.TextField()),
    config="english",
    weight="B",
)
DESCRIPTION = SearchVector("description", config="english", weight="C")


class Migration(migrations.Migration):
    dependencies = [("heritage", "0001_initial")]

    operations = [
        migrations.RunSQL(MAKE_TERMS_TEXT, "DROP FUNCTION heritage_terms_text(text[])"),
        migrations.AlterModelOptions(name="record", options={"base_manager_name": "objects", "ordering": ["pk"]}),
        migrations.AddField(
            model_name="record",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=combined(combined(combined(NAME, IDENTIFIER), TERMS), DESCRIPTION),
                help_text="Words of name, identifier, taxonomy and description, for full-text search.",
                output_field=SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=models.Index(fields=["collection", "id"], name="record_page_of_collection"),
        ),
        migrations.AddIndex(model_name="record", index=GinIndex(fields=["search"], name="record_search_words")),
    ]
