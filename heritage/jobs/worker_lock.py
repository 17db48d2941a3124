"""One worker per database: an advisory lock of PostgreSQL, held for the worker's life."""

import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

logger = logging.getLogger(__name__)

LOCK = "heritage.worker"
SECONDS_BETWEEN_TRIES = 1.0
SECONDS_TO_REACH = 60.0
# A lock by one number of 64 bits is listed as its two halves (PostgreSQL's manual, pg_locks).
_IS_HELD = """
SELECT EXISTS (
  SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (classid::bigint << 32) | objid::bigint = hashtext(%s)::bigint
)
"""
SECONDS_BETWEEN_LOOKS = 2.0


@contextmanager
def worker_lock() -> Iterator[None]:
    """Wait until no other worker holds the lock, and hold it.

    The lock is the session's. If the session ends (the server was killed), this process is sent SIGTERM:
    it must not go on beside a worker that took the lock meanwhile. `serve` then starts it again.
    """
    holder = reached_database()
    holder.autocommit = True
    released = threading.Event()
    try:
        wait_for_lock(holder)
        watching = threading.Thread(target=watch, args=(holder, released), name="watch-worker-lock", daemon=True)
        watching.start()
        try:
            yield
        finally:
            released.set()
            watching.join()
    finally:
        holder.close()


def reached_database() -> psycopg.Connection:
    """A new connection. Where the database is out of reach this waits for it: whoever starts a worker again that ends
    at once would soon give it up."""
    deadline = time.monotonic() + SECONDS_TO_REACH
    said = False
    while True:
        try:
            return connection.get_new_connection(connection.get_connection_params())
        except (ImproperlyConfigured, psycopg.OperationalError) as error:
            if time.monotonic() > deadline:
                raise
            if not said:
                logger.warning("The worker waits for its database: %s", " ".join(str(error).split()))
                said = True
        time.sleep(SECONDS_BETWEEN_TRIES)


def is_held() -> bool:
    """Whether some worker holds the lock."""
    with connection.cursor() as cursor:
        cursor.execute(_IS_HELD, [LOCK])
        return bool(cursor.fetchone()[0])


def wait_for_lock(holder: psycopg.Connection) -> None:
    said = False
    while True:
        row = holder.execute("SELECT pg_try_advisory_lock(hashtext(%s))", [LOCK]).fetchone()
        if row is not None and row[0]:
            return
        if not said:
            logger.warning("Another worker runs the jobs of this database; this one waits to take over.")
            said = True
        time.sleep(SECONDS_BETWEEN_TRIES)


def watch(holder: psycopg.Connection, released: threading.Event) -> None:
    while not released.wait(SECONDS_BETWEEN_LOOKS):
        try:
            holder.execute("SELECT 1")
        except psycopg.Error as error:
            logger.error("The worker lost its database (%s) and stops.", " ".join(str(error).split()))
            os.kill(os.getpid(), signal.SIGTERM)
            return
