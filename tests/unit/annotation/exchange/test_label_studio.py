"""Label Studio's JSON as rows of cells: other people's projects, and files that are something else."""

import json
import re
from pathlib import Path

import pytest

from annotation.exchange.label_studio.interface import configuration
from annotation.exchange.label_studio.reading import answer_lines, pair_lines, read_project
from heritage.errors import UserError

GUIDE = Path(__file__).resolve().parents[4] / "docs" / "label-studio.md"


def answer(choice="Same object", control="label", **fields):
    result = {"from_name": control, "to_name": "a", "type": "choices", "value": {"choices": [choice]}}
    return {"id": 7, "completed_by": {"email": "ada@museum.example"}, "result": [result], "lead_time": 4.5} | fields


def task(*annotations, **data):
    return {"id": 1, "data": {"a": "1", "b": 9} | data, "annotations": list(annotations)}


def write(tmp_path, document):
    path = tmp_path / "project.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def read(tmp_path, *tasks, **options):
    return answer_lines(write(tmp_path, list(tasks)), read_project(**options))


def test_a_project_of_somebody_elses(tmp_path):
    theirs = {"data": {"left": "L1", "right": 2, "image1": "x"}, "annotations": [answer("Identical", "relation")]}
    rating = {"from_name": "stars", "to_name": "a", "type": "rating", "value": {"rating": 3}}
    theirs["annotations"][0]["result"].append(rating)
    found = read(
        tmp_path,
        theirs,
        record_fields=["left", "right"],
        collections=["smg", "nms"],
        labels=["Identical=same_object"],
    )
    [(number, cells)] = found.lines
    assert number == 1
    wanted = {
        "a": "L1",
        "b": "2",
        "a_collection": "smg",
        "b_collection": "nms",
        "label": "same_object",
        "annotator": "ada@museum.example",
        "seconds": "4.5",
    }
    assert {name: cells[name] for name in wanted} == wanted
    assert found.ignored == ("stars (rating)",)


@pytest.mark.parametrize(
    ("completed_by", "name"),
    [(12, "label-studio-12"), ({"id": 12}, "label-studio-12"), ({"username": "ada"}, "ada"), (None, "")],
)
def test_who_answered_as_far_as_the_export_says(tmp_path, completed_by, name):
    [(_, cells)] = read(tmp_path, task(answer(completed_by=completed_by))).lines
    assert cells["annotator"] == name


def test_cancelled_answers_are_counted_and_tasks_without_any_are_pairs(tmp_path):
    tasks = [task(answer(), answer(was_cancelled=True)), task()]
    found = read(tmp_path, *tasks)
    assert (len(found.lines), found.skipped) == (1, 1)
    assert len(pair_lines(write(tmp_path, tasks), read_project())) == 2


PREFERENCE = {"result": [{"from_name": "pw", "to_name": "a", "type": "pairwise", "value": {"selected": "left"}}]}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ("{", "no JSON that can be read"),
        ("[" * 100_000, "no JSON that can be read"),
        ({"images": [], "categories": []}, "no list of Label Studio tasks"),
        ([], "has no tasks"),
        ([{"image": "x", "label": "Same object"}], "task 1: there is no object named data"),
        ([{"data": {"a": "1", "b": "2"}, "annotations": [{"choice": "x"}]}], "no list named result"),
        ([{"data": {"a": "1", "b": "2"}, "annotations": {"0": 1}}], "annotations are no list"),
        ([{"data": {"a": "1", "b": "2"}, "annotations": [{"result": ["x"]}]}], "no object with a value"),
        ([{"data": {"text1": "1", "text2": "2"}, "annotations": []}], "no record id named a .it has text1, text2."),
        ([task()], "no answers: make a sampling"),
        ([task(PREFERENCE)], "which of two records is preferred"),
        ([task(answer(control="x"), answer(control="y"))], "several Choices: say which is the label with --choices x"),
    ],
)
def test_a_file_of_another_shape_is_one_sentence(tmp_path, document, reason):
    with pytest.raises(UserError, match=reason) as raised:
        answer_lines(write(tmp_path, document), read_project())
    assert "\n" not in str(raised.value)


def test_a_control_that_is_not_there_is_said(tmp_path):
    with pytest.raises(UserError, match="no Choices named relation: it has label"):
        read(tmp_path, task(answer()), choices="relation")
    with pytest.raises(UserError, match="explains no answer"):
        read_project(labels=["Identical=same"])


def test_the_guide_shows_the_interface_that_exported_tasks_need():
    assert re.findall(r"```xml\n(.*?)```", GUIDE.read_text(), re.DOTALL) == [configuration()]
