import django.contrib.postgres.indexes
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("heritage", "0008_recent_counts"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="record",
            index=django.contrib.postgres.indexes.GinIndex(fields=["taxonomy"], name="record_terms"),
        ),
    ]
