"""How a line of the log is written: for people, or as JSON for what collects lines. Either way one event is one line,
whatever is in it, apart from tracebacks for people, whose lines are indented."""

import logging
import re
from typing import Any

from structlog.contextvars import merge_contextvars
from structlog.processors import JSONRenderer, TimeStamper, format_exc_info
from structlog.stdlib import ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, Processor

from heritage.logs.request_ids import asking_account

FORMATS = ("line", "json")
# Whose a line is, in the order in which a line for people says it.
ABOUT = ("request_id", "job", "account")
# What ends a line somewhere, moves a terminal's cursor, or is no text.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
# PostgreSQL repeats stored values there.
_DETAIL = re.compile(r"^(DETAIL|CONTEXT):.*\n?", re.MULTILINE)
_times = logging.Formatter()


def formatter_of(kind: str) -> logging.Formatter:
    """Of LOG_FORMAT, one of FORMATS."""
    common: list[Processor] = [merge_contextvars, add_account, add_status, format_exc_info, without_details]
    as_json: list[Processor] = [
        add_log_level,
        add_logger_name,
        TimeStamper(fmt="iso", utc=True),
        ProcessorFormatter.remove_processors_meta,
        JSONRenderer(),
    ]
    return ProcessorFormatter(processors=[*common, *(as_json if kind == "json" else [as_line])])


def add_account(_logger: Any, _method: str, event: EventDict) -> EventDict:
    account = asking_account()
    return event if account is None else {"account": account, **event}


def add_status(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Of the answer, where a line is of a request that failed."""
    status = getattr(event["_record"], "status_code", None)
    return event if status is None else {**event, "status": status}


def without_details(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Leaves what a database says after its error out of a traceback."""
    if "exception" in event:
        event["exception"] = _DETAIL.sub("", event["exception"])
    return event


def as_line(_logger: Any, _method: str, event: EventDict) -> str:
    """Time, level, logger and message, then whose line it is; a traceback below, indented."""
    record = event["_record"]
    said = ", ".join(f"{name.removesuffix('_id')} {event[name]}" for name in ABOUT if event.get(name))
    head = f"{_times.formatTime(record)} {record.levelname} {record.name}: {one_line(event['event'])}"
    traced = [f"    {one_line(line)}" for line in event.get("exception", "").splitlines()]
    return "\n".join([f"{head} [{said}]" if said else head, *traced])


def one_line(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
