"""Headings by which a table is sorted: `{% heading "name" "Name" %}` in a page whose context has `sorting`."""

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from heritage.pages.sorting import Sorting

register = template.Library()


@register.simple_tag(takes_context=True)
def heading(context: dict[str, Any], column: str, words: str, kind: str = "") -> SafeString:
    """A cell with a link that sorts by the column; what else the address asks for stays, but for the page's number.

    `kind`: "number" where figures are below.
    """
    sorting: Sorting = context["sorting"]
    asked = context["request"].GET.copy()
    asked.pop("page", None)
    asked["sort"] = sorting.toggled(column)
    return format_html(
        '<th scope="col" class="sortable {}" aria-sort="{}"><a href="?{}">{}</a></th>',
        kind,
        sorting.aria(column),
        asked.urlencode(),
        words,
    )
