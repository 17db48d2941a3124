"""Django's PostgreSQL backend that brings its own server where none is named, and checks the one it gets."""

from typing import Any

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from heritage.errors import UserError

from . import embedded
from .requirements import check_server


class DatabaseWrapper(base.DatabaseWrapper):
    """`settings_dict["EMBEDDED_UNDER"]` is DATA_DIR where the server is our own, and absent otherwise."""

    # Databases that this process has found to be new enough.
    _checked: set[str] = set()

    def get_connection_params(self) -> dict[str, Any]:
        """psycopg's parameters. Starts the embedded server at the first call, which Django makes to connect."""
        parameters: dict[str, Any] = super().get_connection_params()
        if self.is_embedded:
            parameters |= self.join_embedded()
        return parameters

    @property
    def is_embedded(self) -> bool:
        return "EMBEDDED_UNDER" in self.settings_dict

    def join_embedded(self, *, check: bool = False) -> dict[str, str]:
        try:
            return embedded.join(
                self.settings_dict["EMBEDDED_UNDER"],
                settings=self.settings_dict["EMBEDDED_SETTINGS"],
                linger=self.settings_dict["EMBEDDED_LINGER"],
                check=check,
            )
        except UserError as error:
            raise ImproperlyConfigured(str(error)) from error

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        connection = self.connect_patiently(conn_params) if self.is_embedded else self.connect_once(conn_params)
        name = conn_params.get("dbname", "")
        if name not in self._checked:
            try:
                check_server(connection)
            except UserError as error:
                connection.close()
                raise ImproperlyConfigured(str(error)) from error
            self._checked.add(name)
        return connection

    def connect_once(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """To a server that somebody else keeps. If it cannot be reached at the first try, one sentence says so."""
        try:
            return super().get_new_connection(conn_params)
        except psycopg.OperationalError as error:
            if self._checked:
                raise
            reason = " ".join(str(error).split())
            raise ImproperlyConfigured(f"The database of DATABASE_URL cannot be reached: {reason}") from error

    def connect_patiently(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """To the embedded server, which its keeper starts again if it was killed."""
        connect = super().get_new_connection
        return embedded.connect_patiently(lambda: connect(conn_params), rejoin=lambda: self.join_embedded(check=True))
