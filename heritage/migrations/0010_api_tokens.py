"""Tokens are kept as hashes, and end some day. Those in use go on working, for a year from now."""

import hashlib
from datetime import timedelta

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

DAYS = 365


def hash_tokens(apps, schema_editor):
    readable = apps.get_model("authtoken", "Token")
    expires = timezone.now() + timedelta(days=DAYS)
    apps.get_model("heritage", "ApiToken").objects.bulk_create(
        apps.get_model("heritage", "ApiToken")(
            user_id=token.user_id,
            token_hash=hashlib.sha256(token.key.encode()).hexdigest(),
            created=token.created,
            expires=expires,
        )
        for token in readable.objects.all()
    )
    readable.objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("heritage", "0009_record_terms"),
        ("authtoken", "0004_alter_tokenproxy_options"),
    ]

    operations = [
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="api_token",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                ("token_hash", models.CharField(help_text="SHA-256, in hexadecimal.", max_length=64, unique=True)),
                ("created", models.DateTimeField()),
                ("expires", models.DateTimeField()),
            ],
        ),
        # Back again there is no token: none can be read out of its hash. Each is made anew.
        migrations.RunPython(hash_tokens, migrations.RunPython.noop),
    ]
