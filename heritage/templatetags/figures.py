"""Figures as they are set in pages: a real minus sign, fixed digits, a dash where nothing could be estimated."""

from django import template

register = template.Library()

NOT_ESTIMATED = "–"


@register.filter
def figure(value: float | None, digits: int) -> str:
    """`digits` decimals: -0.148 -> "−0.148"."""
    if value is None:
        return NOT_ESTIMATED
    return f"{value:,.{digits}f}".replace("-", "−")


@register.filter
def odds(value: float | None) -> str:
    """An odds ratio or an end of its interval: two decimals, and words for what is off every scale."""
    if value is None:
        return NOT_ESTIMATED
    if value >= 1000:
        return "> 999"
    return "< 0.01" if value < 0.005 else f"{value:.2f}"


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
