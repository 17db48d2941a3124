"""What an import changed can be read, record by record, also when a later one has changed it again."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from heritage.catalogue.importing.actions import import_records
from heritage.catalogue.importing.changes import ChangedField, changed_records
from heritage.importers.shipped import shipped_mapping
from heritage.models import Import, Role
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
HEADER = "record_id,name,description,taxonomy,img_url,licence,sensitive\n"


def run(tmp_path: Path, rows: str) -> Import:
    path = tmp_path / "records.csv"
    path.write_text(HEADER + rows)
    result = import_records(collection="smg", files=[path], mapping=shipped_mapping("uniform"))
    return Import.objects.get(pk=result.import_id)


def test_each_changed_field_is_told_before_and_after(client: Client, tmp_path: Path) -> None:
    first = run(tmp_path, "1,Lamp,Old.,light; object,https://m.example/a.jpg,,\n2,Loom,Same.,,,,\n")
    second = run(tmp_path, "1,Lamp,New.,light,https://m.example/b.jpg,CC0,yes\n2,Loom,Same.,,,,\n")
    third = run(tmp_path, "1,Lantern,New.,light,https://m.example/b.jpg,CC0,yes\n")
    assert changed_records(first) == []
    (changed,) = changed_records(second)
    assert changed.fields == [
        ChangedField("Description", "Old.", "New."),
        ChangedField("Terms", "light › object", "light"),
        ChangedField("Licence", "nothing", "CC0"),
        ChangedField("Sensitive", "no", "yes"),
        ChangedField("Pictures", "a.jpg", "b.jpg"),
    ]
    assert changed_records(third)[0].fields == [ChangedField("Name", "Lamp", "Lantern")]
    client.force_login(UserFactory(role=Role.LEAD))
    shown = client.get(second.get_absolute_url()).content.decode()
    assert "<del>Old.</del> <ins>New.</ins>" in shown


def test_many_changes_cost_no_more_queries(tmp_path: Path, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    run(tmp_path, "".join(f"{number},Lamp,,,,,\n" for number in range(30)))
    changed = run(tmp_path, "".join(f"{number},Loom,,,,,\n" for number in range(30)))
    with django_assert_num_queries(3):
        assert len(changed_records(changed)) == 20
