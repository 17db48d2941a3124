"""A campaign's answers as tasks that Label Studio imports. Rows and records in, text out."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, Any

from annotation.exchange.columns import FINER_COLUMNS, SKIP_COLUMNS, model_of_column, score_column
from annotation.exchange.rows import Row
from annotation.exchange.writing import ExactEncoder

from . import interface as studio
from .interface import RecordKey, ShownRecord


def write_label_studio(
    rows: Iterable[Row], columns: Sequence[str], records: Mapping[RecordKey, ShownRecord], file: IO[str]
) -> int:
    """Write one task per pair with its answers, and skips as cancelled ones; how many rows they were."""
    tasks: dict[int, dict[str, Any]] = {}
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007
        task = tasks.get(row["pair"])
        if task is None:
            task = tasks[row["pair"]] = _task(row, columns, records)
        task["annotations"].append(_annotation(row))
    ordered = [tasks[pair] for pair in sorted(tasks)]
    file.write(json.dumps(ordered, cls=ExactEncoder, ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    return count


def _task(row: Row, columns: Sequence[str], records: Mapping[RecordKey, ShownRecord]) -> dict[str, Any]:
    data: dict[str, str] = {}
    for side in "ab":
        shown = records.get((row[f"{side}_collection"], row[side]), ShownRecord("", "", ""))
        data |= {
            side: row[side],
            f"{side}_collection": row[f"{side}_collection"],
            f"{side}_name": shown.name,
            f"{side}_text": shown.text,
            f"{side}_image": shown.image,
        }
    meta: dict[str, Any] = {name: row[name] for name in studio.PAIR_COLUMNS}
    meta["models"] = {slug: row[name] for name in columns if (slug := model_of_column(name)) is not None}
    for name in columns:
        if score := score_column(name):
            meta.setdefault(score.kind, {}).setdefault(score.comparison, {})[score.model] = row[name]
    return {"data": data, "meta": {studio.META: meta}, "annotations": []}


def _annotation(row: Row) -> dict[str, Any]:
    who = _result(studio.ANNOTATOR, "textarea", {"text": [row["annotator"]]})
    names = (*studio.ANSWER_COLUMNS, *(SKIP_COLUMNS if row["skipped"] else ()))
    who["meta"] = {studio.META: {name: row[name] for name in names}}
    results = [who]
    if row["label"]:
        results.append(_choices(studio.LABEL, [studio.LABEL_CHOICES[row["label"]]]))
    if row["finer"]:
        finer = _result(studio.FINER, "textarea", {"text": [row["finer"]]})
        # The key is that of this name: if somebody writes another one in Label Studio, it holds no longer.
        finer["meta"] = {studio.META: {name: row[name] for name in FINER_COLUMNS}}
        results.append(finer)
    if row["unsure"]:
        results.append(_choices(studio.UNSURE, [studio.UNSURE_CHOICE]))
    if row["faulty"]:
        results.append(_choices(studio.FAULTY, [studio.FAULTY_CHOICES[side] for side in row["faulty"]]))
    if row["comment"]:
        results.append(_result(studio.COMMENT, "textarea", {"text": [row["comment"]]}))
    return {
        "result": results,
        "was_cancelled": bool(row["skipped"]),
        "ground_truth": False,
        "lead_time": row["seconds"],
    }


def _choices(control: str, chosen: list[str]) -> dict[str, Any]:
    return _result(control, "choices", {"choices": chosen})


def _result(control: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
    return {"from_name": control, "to_name": studio.TO_NAME, "type": kind, "value": value}
