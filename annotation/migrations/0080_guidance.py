# Numbered from 50: between links and results.

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As they were, so that this does not move with the code.
LABELS = [
    ("same_object", "Same object"),
    ("similar_object", "Similar object"),
    ("same_category", "Same category"),
    ("unrelated", "Unrelated"),
]


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0070_finer_labels"),
        ("heritage", "0002_record_search"),
        ("linking", "0003_surveys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GuidancePair",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("example", "Example"), ("practice", "Practice")], max_length=10)),
                ("label", models.CharField(choices=LABELS, max_length=40)),
                ("note", models.TextField(blank=True, help_text="Why; annotators read it. Practice pairs need it.")),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("withdrawn", models.DateTimeField(null=True)),
                (
                    "a",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="heritage.record"
                    ),
                ),
                (
                    "b",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="heritage.record"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guidance_pairs",
                        to="annotation.campaign",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["created", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PracticeAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(choices=LABELS, max_length=40)),
                (
                    "submission",
                    models.UUIDField(default=uuid.uuid4, help_text="One per shown form: a resend carries the same."),
                ),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "annotator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "practice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="practice_answers",
                        to="annotation.guidancepair",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="GoldPair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(choices=LABELS, max_length=40)),
                ("note", models.TextField(blank=True, help_text="Only leads read it.")),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("withdrawn", models.DateTimeField(null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gold_pairs", to="annotation.campaign"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "pair",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gold_marks",
                        to="linking.candidatepair",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn__isnull", True)),
                        fields=("campaign", "pair"),
                        name="gold_once_per_campaign",
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="guidancepair",
            constraint=models.UniqueConstraint(
                condition=models.Q(("withdrawn__isnull", True)),
                fields=("campaign", "a", "b"),
                name="guided_by_a_pair_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="practiceanswer",
            constraint=models.UniqueConstraint(
                fields=("practice", "annotator", "submission"), name="one_practice_answer_per_submission"
            ),
        ),
    ]
