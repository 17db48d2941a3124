import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0060_results"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FinerLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "label",
                    models.CharField(
                        choices=[
                            ("same_object", "Same object"),
                            ("similar_object", "Similar object"),
                            ("same_category", "Same category"),
                            ("unrelated", "Unrelated"),
                        ],
                        help_text="The one of the four that it is under.",
                        max_length=40,
                    ),
                ),
                ("key", models.SlugField(help_text="Names it in files and to programs.", max_length=40)),
                (
                    "name",
                    models.CharField(help_text="Annotators see it: do not name models or scores.", max_length=60),
                ),
                (
                    "shortcut",
                    models.CharField(blank=True, help_text="Letter that chooses it, or none.", max_length=1),
                ),
                ("position", models.PositiveIntegerField(help_text="Place among all of the campaign, from 1.")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="finer_labels",
                        to="annotation.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "key"), name="finer_key_once_in_a_campaign"),
                    models.UniqueConstraint(
                        models.F("campaign"),
                        django.db.models.functions.text.Lower("name"),
                        name="finer_name_once_in_a_campaign",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("shortcut", ""), _negated=True),
                        fields=("campaign", "shortcut"),
                        name="finer_shortcut_once_in_a_campaign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FinerLabelName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("created", models.DateTimeField(auto_now_add=True, help_text="When it was given up.")),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "finer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="earlier_names",
                        to="annotation.finerlabel",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.AddField(
            model_name="annotation",
            name="finer",
            field=models.ForeignKey(
                blank=True,
                help_text="Under the label; empty where the answer was left at the label itself.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="annotations",
                to="annotation.finerlabel",
            ),
        ),
    ]
