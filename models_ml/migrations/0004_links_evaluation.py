from django.db import migrations, models


class Migration(migrations.Migration):
    """Evaluations of links are a kind of their own. No table changes."""

    dependencies = [("models_ml", "0003_evaluation")]

    operations = [
        migrations.AlterField(
            model_name="evaluation",
            name="kind",
            field=models.CharField(
                choices=[("zero-shot", "Zero-shot"), ("search", "Search"), ("links", "Links")], max_length=20
            ),
        ),
    ]
