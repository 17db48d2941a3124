from django.db import migrations, models


class Migration(migrations.Migration):
    """Vectors that are there were made of the page's pictures; those to come are of the museum's files.

    A constant default: no row is written.
    """

    dependencies = [("models_ml", "0004_links_evaluation")]

    operations = [
        migrations.AddField(
            model_name="imagevector",
            name="of_page",
            field=models.BooleanField(
                db_default=True,
                help_text="Whether it is of the page's lossy picture: models did not always read the original.",
            ),
        ),
        migrations.AlterField(
            model_name="imagevector",
            name="of_page",
            field=models.BooleanField(
                db_default=False,
                help_text="Whether it is of the page's lossy picture: models did not always read the original.",
            ),
        ),
        migrations.AddIndex(
            model_name="imagevector",
            index=models.Index(condition=models.Q(("of_page", True)), fields=["model"], name="image_vectors_of_page"),
        ),
    ]
