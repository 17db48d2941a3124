from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("heritage", "0010_api_tokens")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(
                default=False, help_text="Somebody else chose the password: it is changed at the next log-in."
            ),
        ),
    ]
