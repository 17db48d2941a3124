"""Tasks out of Label Studio as rows of cells, as a CSV would have them. Pure.

Read are projects that show two records per task and ask by Choices how they relate, whoever set them up: which
fields of `data` name the records, which Choices is the question and what its answers mean can be said.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from annotation.exchange.columns import FINER_COLUMNS, SKIP_COLUMNS, ScoreColumn, model_column
from annotation.labels.four import LabelDraft, folded
from annotation.vocabulary import Label
from heritage.errors import UserError

from . import interface as studio

Lines = list[tuple[int, dict[str, str]]]

_EXPORT = "in Label Studio, export the project as JSON (not JSON-MIN, CSV or another format)"


@dataclass(frozen=True)
class StudioProject:
    """How somebody's project names things. Empty where it does as ours."""

    record_fields: tuple[str, str] = ("a", "b")
    collections: tuple[str, str] = ("", "")  # slugs; empty: `data` says it, or the record ids are in one alone
    choices: str = ""  # name of the Choices that asks how the records relate
    labels: Mapping[str, str] = field(default_factory=dict)  # what its answers mean, besides the four labels


@dataclass(frozen=True)
class StudioLines:
    """Cells by task, and what was left out."""

    lines: Lines
    skipped: int  # annotations that somebody cancelled and did not say why
    ignored: tuple[str, ...]  # controls whose answers have no place here


def read_project(
    *,
    record_fields: Sequence[str] = ("a", "b"),
    collections: Sequence[str] = ("", ""),
    choices: str = "",
    labels: Sequence[str] = (),
) -> StudioProject:
    """From options as typed; `labels` of the form TEXT=LABEL. Raises UserError."""
    meanings = {}
    for option in labels:
        text, _, label = option.rpartition("=")
        if not text or label not in Label.values:
            raise UserError(f"{option!r} explains no answer: write TEXT=LABEL with one of {', '.join(Label.values)}.")
        meanings[folded(text)] = label
    (a, b), (left, right) = record_fields, collections
    return StudioProject((a, b), (left, right), choices, meanings)


def with_names(project: StudioProject, labels: Iterable[LabelDraft]) -> StudioProject:
    """It also knows the four by the names of a campaign; what the project itself says of an answer goes before."""
    return replace(project, labels={folded(each.name): each.label for each in labels} | dict(project.labels))


def answer_lines(path: Path, project: StudioProject) -> StudioLines:
    """One row of cells per annotation, numbered by task from 1. Raises UserError for a file of another shape."""
    tasks = _tasks(path)
    question, ignored = _question(tasks, project, path)
    lines: Lines = []
    skipped = 0
    for number, task in enumerate(tasks, start=1):
        pair = _pair_cells(number, task, project, path)
        for annotation in _annotations(task):
            cells = _answer_cells(annotation, question, project)
            if annotation.get("was_cancelled"):
                cells = {name: cell for name, cell in cells.items() if name not in ("label", *FINER_COLUMNS)}
                if not cells.get("skipped"):
                    skipped += 1
                    continue
            else:
                cells.pop("skipped", None)  # somebody has answered it there
            lines.append((number, pair | cells))
    if not lines:
        raise UserError(f"{path.name} has no answers: make a sampling of its pairs with import_pairs.")
    return StudioLines(lines, skipped, ignored)


def pair_lines(path: Path, project: StudioProject) -> Lines:
    """One row of cells per task, answered or not. Raises UserError for a file of another shape."""
    return [(number, _pair_cells(number, task, project, path)) for number, task in enumerate(_tasks(path), start=1)]


def _tasks(path: Path) -> list[dict[str, Any]]:
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: {_EXPORT}.") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path.name} is no JSON that can be read ({error}): {_EXPORT}.") from error
    if not isinstance(tasks, list):
        raise UserError(f"{path.name} is no list of Label Studio tasks: {_EXPORT}.")
    if not tasks:
        raise UserError(f"{path.name} has no tasks.")
    for number, task in enumerate(tasks, start=1):
        if reason := _misshapen(task):
            raise UserError(f"{path.name}, task {number}: {reason}: {_EXPORT}.")
    return tasks


def _misshapen(task: Any) -> str:
    """Why this is no task as Label Studio exports it; empty where it is one."""
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        return "there is no object named data"
    annotations = task.get("annotations", [])
    if not isinstance(annotations, list):
        return "annotations are no list"
    for annotation in annotations:
        results = annotation.get("result") if isinstance(annotation, dict) else None
        if not isinstance(results, list):
            return "an annotation has no list named result"
        if not all(isinstance(result, dict) and isinstance(result.get("value", {}), dict) for result in results):
            return "a result is no object with a value"
    return ""


def _annotations(task: dict[str, Any]) -> list[dict[str, Any]]:
    return list(task.get("annotations", []))


def _question(tasks: Sequence[dict[str, Any]], project: StudioProject, path: Path) -> tuple[str, tuple[str, ...]]:
    """The name of the Choices that asks how the records relate, and the controls that are not read."""
    kinds: dict[str, str] = {}
    for task in tasks:
        for annotation in _annotations(task):
            for result in annotation["result"]:
                kinds[str(result.get("from_name"))] = str(result.get("type"))
    choices = [name for name, kind in kinds.items() if kind == "choices"]
    questions = [name for name in choices if name not in (studio.UNSURE, studio.FAULTY)]
    if project.choices:
        question = project.choices
    elif studio.LABEL in choices or not kinds:
        question = studio.LABEL
    elif len(questions) == 1:
        question = questions[0]
    elif questions:
        raise UserError(f"{path.name} has several Choices: say which is the label with --choices {questions[0]}.")
    elif "pairwise" in kinds.values():
        raise UserError(
            f"{path.name} says which of two records is preferred (Pairwise), not how they relate: "
            "only projects that ask by Choices can be read."
        )
    else:
        question = studio.LABEL
    if kinds and question not in choices and project.choices:
        raise UserError(f"{path.name} has no Choices named {question}: it has {', '.join(choices) or 'none'}.")
    known = {question, studio.FINER, studio.UNSURE, studio.FAULTY, studio.COMMENT, studio.ANNOTATOR}
    return question, tuple(sorted(f"{name} ({kind})" for name, kind in kinds.items() if name not in known))


def _pair_cells(number: int, task: dict[str, Any], project: StudioProject, path: Path) -> dict[str, str]:
    data = task["data"]
    for name in project.record_fields:
        if not isinstance(data.get(name), str | int):
            raise UserError(
                f"{path.name}, task {number}: data has no record id named {name} "
                f"(it has {', '.join(map(str, data)) or 'nothing'}): say with --records which two fields they are."
            )
    cells = {}
    for side, name, collection in zip("ab", project.record_fields, project.collections, strict=True):
        cells[side] = str(data[name])
        cells[f"{side}_collection"] = collection or _as_cell(data.get(f"{side}_collection"))
    meta = _own_meta(task)
    cells |= {name: _as_cell(meta.get(name)) for name in studio.PAIR_COLUMNS}
    cells |= {model_column(slug): _as_cell(flag) for slug, flag in _mapping(meta, "models").items()}
    for kind in ("similarity", "similar"):
        for comparison, by_model in _mapping(meta, kind).items():
            for model, figure in by_model.items() if isinstance(by_model, dict) else ():
                cells[ScoreColumn(kind, comparison, model).name] = _as_cell(figure)
    return cells


def _answer_cells(annotation: dict[str, Any], question: str, project: StudioProject) -> dict[str, str]:
    cells = {"label": "", "comment": "", "annotator": _account(annotation.get("completed_by"))}
    cells["seconds"] = _as_cell(annotation.get("lead_time"))
    cells["created"] = _as_cell(annotation.get("created_at"))
    for result in annotation["result"]:
        control = result.get("from_name")
        said = list(_said(result))
        if control == question:
            cells["label"] = " and ".join(project.labels.get(folded(text), folded(text)) for text in said)
        elif control == studio.FINER:
            cells["finer"] = " ".join(" ".join(said).split())
            meta = _own_meta(result)
            cells["finer_key"] = _as_cell(meta.get("finer_key")) if meta.get("finer") == cells["finer"] else ""
        elif control == studio.UNSURE:
            cells["unsure"] = str(int(bool(said)))
        elif control == studio.FAULTY:
            cells["faulty"] = "".join(side for side, text in studio.FAULTY_CHOICES.items() if text in said)
        elif control == studio.COMMENT:
            cells["comment"] = "\n".join(said)
        elif control == studio.ANNOTATOR:
            cells["annotator"] = " ".join(said)
            meta = _own_meta(result)
            named = (*studio.ANSWER_COLUMNS, *SKIP_COLUMNS)
            cells |= {name: _as_cell(meta[name]) for name in named if meta.get(name) is not None}
    return cells


def _said(result: dict[str, Any]) -> Iterator[str]:
    """What was chosen or written."""
    value = result.get("value", {})
    said = value.get("choices", value.get("text", []))
    for text in said if isinstance(said, list) else [said]:
        yield text if isinstance(text, str) else _as_cell(text)


def _account(completed_by: Any) -> str:
    """Who answered, as far as the export says: an e-mail address, or the number of an account there."""
    if isinstance(completed_by, dict):
        return str(completed_by.get("email") or completed_by.get("username") or _account(completed_by.get("id")))
    return f"label-studio-{completed_by}" if isinstance(completed_by, int) else ""


def _own_meta(part: dict[str, Any]) -> dict[str, Any]:
    meta = part.get("meta")
    return _mapping(meta, studio.META) if isinstance(meta, dict) else {}


def _mapping(meta: dict[str, Any], name: str) -> dict[str, Any]:
    found = meta.get(name)
    return found if isinstance(found, dict) else {}


def _as_cell(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
