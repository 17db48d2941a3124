"""Filters that set figures in templates; what several rooms share of them is in `heritage.pages.figures`."""

from django import template

from heritage.pages.figures import NOT_ESTIMATED, figure, odds

register = template.Library()
register.filter(figure)
register.filter(odds)


@register.filter
def p_value(value: float | None) -> str:
    if value is None:
        return NOT_ESTIMATED
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 in whole per cent, with the sign."""
    return NOT_ESTIMATED if share is None else f"{percent_number(share)} %"


@register.filter
def percent_number(share: float | None) -> str:
    """The same without the sign, for the ends of an interval after the first."""
    return NOT_ESTIMATED if share is None else f"{100 * share:.0f}"
