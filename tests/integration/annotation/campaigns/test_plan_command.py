"""`plan_campaign`: what it prints, and what it refuses."""

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError


def plan(*arguments: str) -> str:
    out = StringIO()
    call_command("plan_campaign", "--simulations", "200", *arguments, stdout=out)
    return out.getvalue()


def test_power_and_size_as_json_and_in_words() -> None:
    arguments = ["--rates", "0.6", "0.35", "--annotators", "6", "--pairs-each", "50", "--seed", "3"]
    document = json.loads(plan(*arguments, "--json"))
    assert document["plan"]["pairs_each"] == 50
    assert 0 < document["power"]["low"] <= document["power"]["power"] <= document["power"]["high"] < 1
    needed = document["needed"]["pairs_each"]
    assert needed % 5 == 0
    assert json.loads(plan(*arguments, "--json")) == document
    report = plan(*arguments)
    assert "To tell 60 % from 35 % of links with 6 annotators (simulated)" in report
    assert f"{needed} pairs each reach 80 %." in report


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rates", "60", "40", "--annotators", "6"], "--rates are shares between 0 and 1"),
        (["--rates", "0.5", "0.5", "--annotators", "6"], "there is no difference to find"),
        (["--rates", "nan", "0.5", "--annotators", "6"], "--rates are shares between 0 and 1"),
        (["--rates", "0.5", "0.4", "--annotators", "0"], "--annotators: give 1 to 200"),
        (["--rates", "0.5", "0.4", "--annotators", "6", "--pairs-each", "3"], "--pairs-each: give 5"),
        (["--rates", "0.5", "0.4", "--annotators", "6", "--overlap", "2"], "--overlap is a share"),
        (["--rates", "0.5", "0.4", "--annotators", "6", "--seed", "-1"], "--seed is -1"),
    ],
)
def test_mistakes_are_said_in_one_line(arguments: list[str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        plan(*arguments)
