"""One event is one line, whatever is in it; what databases repeat of stored values is in none."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heritage.logs.formats import FORMATS, formatter_of
from heritage.logs.request_ids import lines_of_job

FORGED = "x\n2027-01-31 10:00:00,000 INFO heritage.accounts: Account 1 logged in.\r\x1b[2K\u2028\x85\ud800"


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    traced = None
    if error is not None:
        try:
            raise error
        except type(error):
            traced = sys.exc_info()
    return logging.LogRecord("heritage.test", logging.ERROR, __file__, 1, "said %s", (message,), traced)


@pytest.mark.parametrize("kind", FORMATS)
@given(text=st.text(st.characters(codec=None)) | st.just(FORGED))
def test_a_message_is_one_line_that_can_be_encoded(kind: str, text: str) -> None:
    line = formatter_of(kind).format(record(text))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line
    line.encode()


def test_json_says_what_the_message_was_and_whose_it_is() -> None:
    with lines_of_job(7, request_id="abc", account=3):
        line = json.loads(formatter_of("json").format(record(FORGED)))
    timestamp = line.pop("timestamp")
    assert timestamp.endswith("Z")
    assert line == {
        "event": f"said {FORGED}",
        "level": "error",
        "logger": "heritage.test",
        "request_id": "abc",
        "job": 7,
        "account": 3,
    }


def test_a_line_for_people_ends_with_whose_it_is() -> None:
    with lines_of_job(7, request_id="abc", account=None):
        line = formatter_of("line").format(record("so"))
    assert line.endswith(" ERROR heritage.test: said so [request abc, job 7]")
    assert formatter_of("line").format(record("so")).endswith("said so")


@pytest.mark.parametrize("kind", FORMATS)
def test_tracebacks_pass_for_no_other_line_and_repeat_no_stored_value(kind: str) -> None:
    error = ValueError(f"duplicate key\nDETAIL:  Key (username)=(ada) already exists.\n{FORGED}")
    written = formatter_of(kind).format(record("so", error))
    first, *others = written.split("\n")
    assert "said so" in first
    assert all(line.startswith("    ") for line in others)
    assert "duplicate key" in written
    assert "ada" not in written
    assert bool(others) == (kind == "line")
