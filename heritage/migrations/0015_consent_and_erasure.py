"""What people agreed to at sign-up, and a way for the audit log to forget who somebody was."""

from django.db import migrations, models

# Of a person who is erased a row says no more who it was, within the transaction that says so; the rest of it stays.
LET_ERASE = """
CREATE OR REPLACE FUNCTION heritage_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('heritage.erasing', true) = 'on'
       AND (NEW.id, NEW.created, NEW.action) = (OLD.id, OLD.created, OLD.action) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'What is written in the audit log stays as it is.';
END
$$;
"""
LET_NOBODY = """
CREATE OR REPLACE FUNCTION heritage_audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'What is written in the audit log stays as it is.';
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("heritage", "0014_job_request_id"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="consent_hash",
            field=models.CharField(blank=True, help_text="SHA-256 of that text, in hexadecimal.", max_length=64),
        ),
        migrations.AddField(
            model_name="user",
            name="consented",
            field=models.DateTimeField(blank=True, help_text="When they agreed to the text at sign-up.", null=True),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="action",
            field=models.CharField(
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
                    ("erased", "erased a person"),
                ],
                max_length=20,
            ),
        ),
        migrations.RunSQL(LET_ERASE, LET_NOBODY),
    ]
