"""Times that no browser can have measured: their sums were more than the database holds."""

from django.db import migrations
from django.db.models import F, FloatField, Value
from django.db.models.functions import Least

LONGEST_SECONDS = 30 * 24 * 3600.0


def shorten(apps, schema_editor):
    for model, fields in (("Annotation", ("seconds", "active_seconds")), ("PreferenceAnswer", ("seconds",))):
        for field in fields:
            apps.get_model("annotation", model).objects.filter(**{f"{field}__gt": LONGEST_SECONDS}).update(
                **{field: Least(F(field), Value(LONGEST_SECONDS, output_field=FloatField()))}
            )


class Migration(migrations.Migration):
    dependencies = [("annotation", "0090_campaign_labels")]

    # What was there before is not kept: it was no time.
    operations = [migrations.RunPython(shorten, migrations.RunPython.noop, elidable=True)]
