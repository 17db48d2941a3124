"""What is said of a server that is too old, and of addresses that are none."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from heritage.database.address import database_settings
from heritage.database.requirements import check_vector
from heritage.errors import UserError


@pytest.mark.parametrize(
    ("available", "installed", "message"),
    [
        (None, None, r"has no vector extension: install pgvector 0\.8 or newer"),
        ("0.7.4", None, r"offers the vector extension 0\.7\.4, and Heritage Weaver needs 0\.8"),
        ("0.8.1", "0.5.0", r"vector extension is 0\.5\.0.*ALTER EXTENSION vector UPDATE"),
        ("0.10.0", "0.7.9", r"vector extension is 0\.7\.9"),
    ],
)
def test_old_or_missing_vector_extension(available: str | None, installed: str | None, message: str) -> None:
    with pytest.raises(UserError, match=message):
        check_vector(available=available, installed=installed, may_create=True)


@pytest.mark.parametrize(("available", "installed"), [("0.8.0", None), ("0.8.5", "0.8.0"), ("0.10.0", "0.10.0")])
def test_new_enough_vector_extension(available: str, installed: str | None) -> None:
    check_vector(available=available, installed=installed, may_create=True)


def test_extension_that_an_administrator_must_create() -> None:
    with pytest.raises(UserError, match="have an administrator run CREATE EXTENSION vector"):
        check_vector(available="0.8.1", installed=None, may_create=False)
    check_vector(available="0.8.1", installed="0.8.1", may_create=False)


def test_address_in_all_its_parts() -> None:
    settings = database_settings("postgresql://ada:p%40ss@db.example:5433/museum?sslmode=require", data_dir=Path("/x"))
    assert (settings["NAME"], settings["USER"], settings["PASSWORD"]) == ("museum", "ada", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["OPTIONS"]) == ("db.example", "5433", {"sslmode": "require"})
    assert "EMBEDDED_UNDER" not in settings


def test_no_address_means_the_embedded_server() -> None:
    assert database_settings("", data_dir=Path("/x"))["EMBEDDED_UNDER"] == Path("/x")


@pytest.mark.parametrize("url", ["mysql://ada@db/museum", "postgresql://db:port/museum", "postgresql://db.example"])
def test_address_that_is_none(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_settings(url, data_dir=Path("/x"))
