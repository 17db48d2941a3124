"""The audit log, whose rows the database itself refuses to change."""

from django.db import migrations, models

REFUSE_CHANGES = """
CREATE FUNCTION heritage_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What is written in the audit log stays as it is.';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE ON heritage_auditentry
FOR EACH ROW EXECUTE FUNCTION heritage_audit_stays();
"""
ALLOW_CHANGES = """
DROP TRIGGER audit_stays ON heritage_auditentry;
DROP FUNCTION heritage_audit_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("heritage", "0012_account_sessions")]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created", models.DateTimeField(db_index=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("logged_in", "logged in"),
                            ("log_in_failed", "failed to log in"),
                            ("password", "changed a password"),
                            ("token_made", "made a token"),
                            ("token_ended", "ended a token"),
                            ("role", "changed a role"),
                            ("opened", "opened sealed results"),
                            ("looked", "looked at results"),
                            ("exported", "exported"),
                            ("deleted", "deleted"),
                        ],
                        max_length=20,
                    ),
                ),
                ("person_key", models.BigIntegerField(null=True)),
                (
                    "person",
                    models.CharField(blank=True, help_text="User name; empty for a command.", max_length=150),
                ),
                ("subject", models.CharField(blank=True, help_text="What it was done to.", max_length=300)),
                ("address", models.CharField(blank=True, help_text="Of the network, from where.", max_length=64)),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["person_key", "action", "-created"], name="audit_of_person")],
            },
        ),
        migrations.RunSQL(REFUSE_CHANGES, ALLOW_CHANGES),
    ]
