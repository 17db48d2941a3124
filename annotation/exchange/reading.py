"""A file of annotations as checked rows. Knows nothing of the database; what a row refers to is looked up later.

Every bad cell is found before anything is stored, and named by line, column and reason.
"""

import csv
import json
import math
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from annotation.vocabulary import Faulty, Label, SkipReason
from heritage.bounds import LONGEST_SECONDS
from heritage.errors import UserError
from heritage.pages.cells import unprotect_cell
from linking.sampling.variants.kinds import read_kind

from .columns import ScoreColumn, model_of_column, score_column
from .label_studio.reading import StudioProject, answer_lines, pair_lines

T = TypeVar("T")

NEEDED_COLUMNS = ("annotator", "label")
PROBLEMS_SHOWN = 5
LONGEST_USERNAME = 150
# What JSON can say and UTF-8 cannot: one half of a pair that makes a character.
_HALVES = re.compile("[\ud800-\udfff]")
FLAGS = {"0": 0, "0.0": 0, "false": 0, "1": 1, "1.0": 1, "true": 1}


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be stored. `line` is where the row begins in the file, or which task it is of, from 1."""

    line: int
    column: str
    reason: str
    unit: str = "line"

    def __str__(self) -> str:
        return f"{self.unit} {self.line}, {'column ' if self.unit == 'line' else ''}{self.column}: {self.reason}"


@dataclass(frozen=True)
class AnnotationRow:
    """One answer or skip of a file. Empty text or None where the file says nothing; `columns` tells what each holds."""

    line: int
    a: str
    b: str
    a_collection: str
    b_collection: str
    comparison: str
    pattern: dict[str, int]
    annotator: str
    label: str
    comment: str
    seconds: float | None
    active_seconds: float | None
    unsure: bool
    faulty: str
    created: datetime | None
    position: int | None
    revision: int | None
    submission: uuid.UUID | None
    pair: str
    stratum_available: int | None
    simulated: bool
    finer: str
    finer_key: str
    gold: str
    skipped: str
    similarity_kind: str
    similarity: dict[str, dict[str, float | None]]
    similar: dict[str, dict[str, bool | None]]


@dataclass(frozen=True)
class AnnotationTable:
    """The models, in the order of their columns, and the rows of a file, counted in `unit`s.

    `skipped` answers were cancelled by who gave them, who did not say why, and `ignored` controls have no place here:
    Label Studio's alone.
    """

    models: tuple[str, ...]
    rows: tuple[AnnotationRow, ...]
    unit: str = "line"
    skipped: int = 0
    ignored: tuple[str, ...] = ()

    @property
    def similarity_kind(self) -> str:
        """That of all rows that say one; empty where none does."""
        return next((row.similarity_kind for row in self.rows if row.similarity_kind), "")


def refuse(problems: list[Problem], path: Path) -> UserError:
    """One sentence for all problems of a file: the first few in full, the others by their number."""
    shown = "; ".join(str(problem) for problem in problems[:PROBLEMS_SHOWN])
    more = f"; and {len(problems) - PROBLEMS_SHOWN} more" if len(problems) > PROBLEMS_SHOWN else ""
    return UserError(f"{path.name}: nothing was stored. Mend {shown}{more}.")


def read_annotations(path: Path, project: StudioProject | None = None) -> AnnotationTable:
    """Read and check a CSV file, JSON lines where the name ends in .jsonl, or Label Studio's JSON where in .json.

    `project` says how a Label Studio project of somebody else's names things.
    Raises UserError for a file that cannot be read, lacks columns or has bad rows.
    """
    if path.suffix == ".json":
        found = answer_lines(path, project or StudioProject())
        table = _table(path, found.lines, unit="task")
        return replace(table, skipped=found.skipped, ignored=found.ignored)
    try:
        lines = list(_json_lines(path) if path.suffix in (".jsonl", ".ndjson") else _csv_lines(path))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it as CSV in UTF-8.") from error
    except csv.Error as error:
        raise UserError(f"{path.name} is no CSV that can be read: {error}.") from error
    columns = list(dict.fromkeys(column for _, cells in lines for column in cells))
    if not lines:
        raise UserError(f"{path.name} has no annotations.")
    if missing := [column for column in NEEDED_COLUMNS if column not in columns]:
        raise UserError(f"{path.name} lacks the column {' and '.join(missing)}: it has {', '.join(columns)}.")
    table = _table(path, lines)
    if not table.models:
        raise UserError(f"{path.name} has no column of a model: add one with 0 or 1 for each model.")
    return table


def read_pairs(path: Path, project: StudioProject | None = None) -> AnnotationTable:
    """The pairs of Label Studio's tasks, answered or not: rows without annotator and label."""
    return _table(path, pair_lines(path, project or StudioProject()), unit="task", answered=False)


def _table(
    path: Path, lines: list[tuple[int, dict[str, str]]], *, unit: str = "line", answered: bool = True
) -> AnnotationTable:
    columns = list(dict.fromkeys(column for _, cells in lines for column in cells))
    models = {slug: column for column in columns if (slug := model_of_column(column)) is not None}
    scores = [score for column in columns if (score := score_column(column)) is not None]
    problems: list[Problem] = []
    rows = [_Cells(line, cells, problems, unit).row(models, scores, answered=answered) for line, cells in lines]
    table = AnnotationTable(models=tuple(models), rows=tuple(rows), unit=unit)
    problems += [
        Problem(row.line, "similarity_kind", f"another row says {table.similarity_kind}, and a file has one", unit)
        for row in rows
        if row.similarity_kind not in ("", table.similarity_kind)
    ]
    if problems:
        raise refuse(problems, path)
    return table


def _csv_lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """The line on which each row begins, and its cells by column."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        columns = [unprotect_cell(cell.strip()) for cell in next(reader, [])]
        if twice := sorted({column for column in columns if columns.count(column) > 1}):
            raise UserError(f"{path.name} has the column {twice[0] or '(without a name)'} twice: keep one of them.")
        begins = reader.line_num + 1
        for cells in reader:
            if len(cells) not in (0, len(columns)):
                raise UserError(
                    f"{path.name}, line {begins}: {len(cells)} cells in a table of {len(columns)} columns. "
                    "Quote cells that have a comma in them."
                )
            if cells:
                yield begins, {column: unprotect_cell(cell) for column, cell in zip(columns, cells, strict=True)}
            begins = reader.line_num + 1


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                values = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UserError(f"{path.name}, line {number}: no JSON ({error}).") from error
            if not isinstance(values, dict):
                raise UserError(f"{path.name}, line {number}: one JSON object per line is wanted.")
            yield number, {column: _as_text(value) for column, value in values.items()}


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


class _Cells:
    """The cells of one row. What is wrong with them is added to `problems`."""

    def __init__(self, line: int, cells: dict[str, str], problems: list[Problem], unit: str) -> None:
        self.line = line
        self.cells = cells
        self.problems = problems
        self.unit = unit

    def row(self, models: dict[str, str], scores: list[ScoreColumn], *, answered: bool) -> AnnotationRow:
        row = AnnotationRow(
            line=self.line,
            a=self.text("a").strip(),
            b=self.text("b").strip(),
            a_collection=self.text("a_collection").strip(),
            b_collection=self.text("b_collection").strip(),
            comparison=self.text("comparison").strip(),
            pattern={slug: self.parsed(column, _flag, default=0, needed=True) for slug, column in models.items()},
            annotator=self.parsed("annotator", _username, default="", needed=answered),
            label=self.parsed("label", _label, default=""),
            comment=self.text("comment"),
            seconds=self.parsed("seconds", _seconds, default=None),
            active_seconds=self.parsed("active_seconds", _seconds, default=None),
            unsure=bool(self.parsed("unsure", _flag, default=0)),
            faulty=self.parsed("faulty", _faulty, default=""),
            created=self.parsed("created", _time, default=None),
            position=self.parsed("position", _from_one, default=None),
            revision=self.parsed("revision", _from_one, default=None),
            submission=self.parsed("submission", _identifier, default=None),
            pair=self.text("pair").strip(),
            stratum_available=self.parsed("stratum_available", _from_zero, default=None),
            simulated=bool(self.parsed("simulated", _flag, default=0)),
            finer=" ".join(self.text("finer").split()),
            finer_key=self.text("finer_key").strip(),
            gold=self.parsed("gold", _label, default=""),
            skipped=self.parsed("skipped", _skip_reason, default=""),
            similarity_kind=self.parsed("similarity_kind", _similarity_kind, default=""),
            similarity=self.figures("similarity", scores, _figure),
            similar=self.figures("similar", scores, lambda cell: bool(_flag(cell))),
        )
        if bool(row.a) != bool(row.b):
            self.problem("b" if row.a else "a", "give both records of a pair, or neither")
        if row.skipped and (row.label or row.finer or row.finer_key):
            self.problem("skipped", "a skipped pair has no label; leave one of them empty")
        if row.skipped == SkipReason.OTHER and not row.comment.strip():
            self.problem("comment", "say why the pair was skipped, or give another reason")
        return row

    def text(self, column: str) -> str:
        cell = self.cells.get(column, "")
        if "\0" in cell:
            self.problem(column, "NUL characters cannot be stored; remove them")
        elif _HALVES.search(cell):
            self.problem(column, "half a character cannot be stored; remove it")
            return ""
        return cell

    def parsed(self, column: str, parse: Callable[[str], T], *, default: T, needed: bool = False) -> T:
        """The value of a cell, `default` where it is empty. `parse` raises ValueError with the reason."""
        cell = self.text(column).strip()
        if not cell:
            if needed:
                self.problem(column, "may not be empty")
            return default
        try:
            return parse(cell)
        except ValueError as error:
            self.problem(column, str(error))
            return default

    def figures(
        self, kind: str, scores: list[ScoreColumn], parse: Callable[[str], T]
    ) -> dict[str, dict[str, T | None]]:
        """{comparison: {model: value}} of the columns of one kind. A cell without a figure is None."""
        found: dict[str, dict[str, T | None]] = {}
        for score in scores:
            if score.kind == kind:
                by_model = found.setdefault(score.comparison, {})
                by_model[score.model] = self.parsed(score.name, parse, default=None)
        return found

    def problem(self, column: str, reason: str) -> None:
        self.problems.append(Problem(self.line, column, reason, self.unit))


def _flag(cell: str) -> int:
    if cell.lower() not in FLAGS:
        raise ValueError(f"{cell!r} is neither 0 nor 1 (columns that are not listed in the manual are models)")
    return FLAGS[cell.lower()]


def _label(cell: str) -> str:
    label = cell.lower().replace(" ", "_")
    if label not in Label.values:
        raise ValueError(f"{cell!r} is no label; use {', '.join(Label.values)} or leave it empty")
    return label


def _skip_reason(cell: str) -> str:
    if cell not in SkipReason.values:
        raise ValueError(f"{cell!r} is no reason to skip a pair; use {', '.join(SkipReason.values)} or leave it empty")
    return cell


def _similarity_kind(cell: str) -> str:
    try:
        return read_kind([cell])
    except UserError as error:
        raise ValueError(str(error).rstrip(".")) from error


def _faulty(cell: str) -> str:
    if cell not in Faulty.values:
        raise ValueError(f"{cell!r} names no record; use a, b or ab, or leave it empty")
    return cell


def _username(cell: str) -> str:
    if len(cell) > LONGEST_USERNAME:
        raise ValueError(f"a username has at most {LONGEST_USERNAME} characters")
    return cell


def _figure(cell: str) -> float:
    figure = _number(cell)
    if not math.isfinite(figure):
        raise ValueError(f"{cell!r} is not a finite number")
    return figure


def _seconds(cell: str) -> float:
    seconds = _figure(cell)
    if not 0 <= seconds <= LONGEST_SECONDS:
        raise ValueError(f"{cell!r} is not from 0 to {LONGEST_SECONDS:.0f}")
    return seconds


def _number(cell: str) -> float:
    try:
        return float(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is not a number") from None


def _from_zero(cell: str) -> int:
    number = _number(cell)  # a spreadsheet may have made 7 into 7.0
    if not (math.isfinite(number) and number == int(number) and 0 <= number < 2**53):
        raise ValueError(f"{cell!r} is not a whole number")
    return int(number)


def _from_one(cell: str) -> int:
    number = _from_zero(cell)
    if not 1 <= number < 2**31:
        raise ValueError(f"{cell!r} is not a number from 1 up")
    return number


def _time(cell: str) -> datetime:
    """A time without a zone is taken as UTC."""
    try:
        time = datetime.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is no time in ISO 8601, such as 2025-03-04T15:06:07+00:00") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _identifier(cell: str) -> uuid.UUID:
    try:
        return uuid.UUID(cell)
    except ValueError:
        raise ValueError(f"{cell!r} is no UUID") from None
