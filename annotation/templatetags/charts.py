"""Charts in templates: `drawings` of the context has the drawing of each by its name."""

from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from annotation.results.charts.figures import Chart

register = template.Library()


@register.simple_tag(takes_context=True)
def drawing(context: dict[str, Any], chart: Chart) -> SafeString:
    """The chart as an `<svg>` element. Its texts were escaped when it was drawn."""
    return mark_safe(context["drawings"][chart.name].svg)  # noqa: S308
