"""What the audit log says of second factors, and of accounts of an institution."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("heritage", "0015_consent_and_erasure")]

    operations = [
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
                choices=[
                    ("logged_in", "logged in"),
                    ("log_in_failed", "failed to log in"),
                    ("password", "changed a password"),
                    ("factor_added", "added a second factor"),
                    ("factor_removed", "removed a second factor"),
                    ("codes_made", "made recovery codes"),
                    ("linked", "linked an account"),
                    ("unlinked", "unlinked an account"),
                    ("token_made", "made a token"),
                    ("token_ended", "ended a token"),
                    ("role", "changed a role"),
                    ("opened", "opened sealed results"),
                    ("looked", "looked at results"),
                    ("exported", "exported"),
                    ("deleted", "deleted"),
                    ("erased", "erased a person"),
                ],
                max_length=20,
            ),
        ),
    ]
