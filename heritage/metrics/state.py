"""What the database, the disk and the last backup say when they are asked: nothing of it is counted beside them."""

import logging
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.module_loading import import_string
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from heritage.jobs.queries import job_runs
from heritage.jobs.queue import State
from heritage.jobs.worker_lock import is_held
from heritage.recovery.last import last_backup

logger = logging.getLogger(__name__)
Measure = Callable[[], Iterable[Metric]]

_TABLES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
"""
_CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1
"""


class StateCollector(Collector):
    """Asks every measure; one that fails is left out, and counted."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = list(measures)

    def collect(self) -> Iterator[Metric]:
        failed = 0
        for measure in self._measures:
            try:
                yield from list(measure())
            except (DatabaseError, OSError) as error:
                failed += 1
                logger.warning("%s was not measured: %s.", measure.__name__, type(error).__name__)
        yield gauge(
            "heritage_measures_failed", "Groups of figures that could not be read, and are missing here.", failed
        )


def state_of_site() -> CollectorRegistry:
    """The measures of this module, and those that apps name in `measures` of their configurations."""
    named = [name for app in apps.get_app_configs() for name in getattr(app, "measures", ())]
    registry = CollectorRegistry(auto_describe=False)
    registry.register(
        StateCollector([job_figures, database_figures, disk_figures, backup_figures, *map(import_string, named)])
    )
    return registry


def job_figures() -> Iterator[Metric]:
    counts = dict(job_runs().order_by().values_list("state").annotate(Count("pk")))  # type: ignore[misc]  # of the query
    yield gauges("heritage_jobs", "Jobs on record, by state.", "state", [(each, counts.get(each, 0)) for each in State])
    oldest = job_runs().order_by().filter(state=State.WAITING).aggregate(Min("created"))["created__min"]  # type: ignore[misc]
    waited = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    yield gauge(
        "heritage_job_waiting_seconds", "How long the job has waited that waits longest; 0 where none does.", waited
    )
    yield gauge("heritage_worker_up", "1 where a worker runs the jobs of this database.", is_held())


def database_figures() -> Iterator[Metric]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        yield gauges("heritage_table_bytes", "Bytes of a table with its indexes.", "table", cursor.fetchall())
        cursor.execute(_CONNECTIONS)
        yield gauges(
            "heritage_database_connections", "Connections to this database, by state.", "state", cursor.fetchall()
        )
        cursor.execute("SHOW max_connections")
        [most] = cursor.fetchone()
    yield gauge("heritage_database_connections_allowed", "Connections that the server takes in all.", int(most))


def disk_figures() -> Iterator[Metric]:
    usage = shutil.disk_usage(settings.DATA_DIR)
    yield gauge("heritage_disk_free_bytes", "Bytes left for this user where DATA_DIR lies.", usage.free)
    yield gauge("heritage_disk_bytes", "Bytes of the disk on which DATA_DIR lies.", usage.total)


def backup_figures() -> Iterator[Metric]:
    last = last_backup()
    yield gauge(
        "heritage_backup_succeeded", "1 where the last backup came to its end; 0 where none did.", last.succeeded
    )
    yield gauge(
        "heritage_backup_tried_seconds", "When the last backup began, in seconds since 1970.", seconds_of(last.tried)
    )
    yield gauge(
        "heritage_backup_success_seconds",
        "When the last whole backup began, in seconds since 1970.",
        seconds_of(last.whole),
    )
    yield gauge("heritage_backup_bytes", "Size of the last whole backup.", last.bytes)


def seconds_of(moment: datetime | None) -> float:
    """Since 1970; 0 for never."""
    return moment.timestamp() if moment else 0.0


def gauge(name: str, says: str, value: float | bool) -> Metric:
    return GaugeMetricFamily(name, says, value=float(value))


def gauges(name: str, says: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    """One for each value of `label`."""
    family = GaugeMetricFamily(name, says, labels=(label,))
    for key, value in values:
        family.add_metric((key,), value)
    return family
