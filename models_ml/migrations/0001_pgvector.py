"""Vectors are columns of the pgvector extension, so it comes first.

The embedded server's databases have it already. Elsewhere the role needs the right to create it, or an
administrator creates it beforehand.
"""

from django.db import migrations
from pgvector.django import VectorExtension


class Migration(migrations.Migration):
    initial = True
    dependencies: list[tuple[str, str]] = []
    operations = [VectorExtension()]
