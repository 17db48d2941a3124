"""Search by the collection's language, in part and by words that are misspelt.

PostgreSQL's pg_trgm would do part of it, but the embedded server has no contributed extensions: trigrams are of words,
of which there are fewer than of records, and made by a function of ours.
"""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

# The configuration's name is cast to regconfig, which depends on the search path and is therefore not declared
# immutable, as a generated column demands. pg_catalog's own names are the same everywhere.
MAKE_FUNCTIONS = """
CREATE FUNCTION heritage_search_vector(
    stemming text, name text, record_id text, accession text, taxonomy text[], description text
) RETURNS tsvector LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    configuration CONSTANT regconfig := ('pg_catalog.' || stemming)::regconfig;
BEGIN
    RETURN setweight(to_tsvector(configuration, name), 'A')
        || setweight(to_tsvector('pg_catalog.simple', record_id || ' ' || accession), 'A')
        || setweight(to_tsvector(configuration, array_to_string(taxonomy, ' ')), 'B')
        || setweight(to_tsvector(configuration, description), 'C');
END
$$;
CREATE FUNCTION heritage_trigrams(word text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (
    SELECT array_agg(DISTINCT substr('  ' || word || ' ', place, 3)) FROM generate_series(1, length(word) + 1) AS place
);
CREATE FUNCTION heritage_shared(a text[], b text[]) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN (SELECT count(*)::integer FROM unnest(a) AS piece WHERE piece = ANY (b));
"""
DROP_FUNCTIONS = """
DROP FUNCTION heritage_shared(text[], text[]);
DROP FUNCTION heritage_trigrams(text);
DROP FUNCTION heritage_search_vector(text, text, text, text, text[], text);
"""

# As they were then; the code may come to know more.
STEMMERS = {
    "ar": "arabic",
    "ca": "catalan",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}


def stem_by_language(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT cfgname FROM pg_ts_config WHERE cfgnamespace = 'pg_catalog'::regnamespace")
        known = {name for (name,) in cursor.fetchall()}
    for collection in apps.get_model("heritage", "Collection").objects.exclude(language=""):
        name = STEMMERS.get(collection.language.partition("-")[0].lower(), "simple")
        records = apps.get_model("heritage", "Record").objects.filter(collection=collection)
        records.update(stemming=name if name in known else "simple")


KEEP_WORDS = """
INSERT INTO heritage_word (word)
SELECT word FROM ts_stat($$
    SELECT to_tsvector('simple', concat_ws(' ', name, heritage_terms_text(taxonomy), description)) FROM heritage_record
    WHERE NOT withheld
$$) WHERE length(word) <= 100
"""


class Migration(migrations.Migration):
    dependencies = [("heritage", "0005_job_outcome")]

    operations = [
        migrations.RunSQL(MAKE_FUNCTIONS, DROP_FUNCTIONS),
        migrations.AddField(
            model_name="record",
            name="stemming",
            field=models.CharField(
                db_default="english",
                default="english",
                editable=False,
                help_text="PostgreSQL's text search configuration for its collection's language.",
                max_length=63,
            ),
        ),
        migrations.RunPython(stem_by_language, migrations.RunPython.noop),
        migrations.RemoveIndex(model_name="record", name="record_search_words"),
        migrations.RemoveField(model_name="record", name="search"),
        migrations.AddField(
            model_name="record",
            name="search",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(
                    "stemming",
                    "name",
                    "record_id",
                    "accession",
                    "taxonomy",
                    "description",
                    function="heritage_search_vector",
                ),
                help_text="Words of name, identifiers, taxonomy and description, for full-text search.",
                output_field=django.contrib.postgres.search.SearchVectorField(),
            ),
        ),
        migrations.AddIndex(
            model_name="record",
            index=django.contrib.postgres.indexes.GinIndex(fields=["search"], name="record_search_words"),
        ),
        migrations.CreateModel(
            name="Word",
            fields=[
                ("word", models.TextField(primary_key=True, serialize=False)),
                (
                    "trigrams",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Func("word", function="heritage_trigrams"),
                        help_text="Its letters by three, with blanks around it.",
                        output_field=django.contrib.postgres.fields.ArrayField(
                            base_field=models.TextField(), size=None
                        ),
                    ),
                ),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["trigrams"], name="word_trigrams")],
            },
        ),
        migrations.RunSQL(KEEP_WORDS, migrations.RunSQL.noop),
    ]
