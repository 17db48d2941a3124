"""Tables that readers sort by their headings: the address says by which, and the server sorts.

`?sort=name` is ascending, `?sort=-name` descending; anything else leaves the page's own order.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import F, QuerySet
from django.db.models.expressions import Combinable
from django.http import HttpRequest

Row = TypeVar("Row")


@dataclass(frozen=True)
class Sorting:
    """By which column; `column` is empty where the page's own order is kept."""

    column: str = ""
    descending: bool = False

    def toggled(self, column: str) -> str:
        """What the heading of a column asks for: ascending, or descending where it is that already."""
        return f"-{column}" if column == self.column and not self.descending else column

    def aria(self, column: str) -> str:
        if column != self.column:
            return "none"
        return "descending" if self.descending else "ascending"


def asked_sorting(request: HttpRequest, columns: Iterable[str]) -> Sorting:
    """What the address asks for, of these columns."""
    asked = request.GET.get("sort", "")
    column = asked.removeprefix("-")
    return Sorting(column, asked.startswith("-")) if column in set(columns) else Sorting()


def sorted_query(
    rows: QuerySet[Any], columns: Mapping[str, str | Combinable], request: HttpRequest
) -> tuple[QuerySet[Any], Sorting]:
    """The rows in the order that the address asks for, by a field or an expression of each column; what there is none
    of comes last, and equals by their keys."""
    sorting = asked_sorting(request, columns)
    if not sorting.column:
        return rows, sorting
    wanted = columns[sorting.column]
    expression: Any = F(wanted) if isinstance(wanted, str) else wanted
    order = expression.desc(nulls_last=True) if sorting.descending else expression.asc(nulls_last=True)
    return rows.order_by(order, "pk"), sorting


def sorted_rows(
    rows: Iterable[Row], columns: Mapping[str, Callable[[Row], Any]], request: HttpRequest
) -> tuple[list[Row], Sorting]:
    """As `sorted_query`, for rows that are read already."""
    sorting = asked_sorting(request, columns)
    rows = list(rows)
    if not sorting.column:
        return rows, sorting
    value = columns[sorting.column]
    there = [row for row in rows if value(row) is not None]
    there.sort(key=lambda row: _comparable(value(row)), reverse=sorting.descending)
    return [*there, *(row for row in rows if value(row) is None)], sorting


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
