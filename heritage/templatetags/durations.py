"""How long something took, in words that a person expects: 42 s, 3 min 20 s, 2 h 5 min."""

from datetime import datetime

from django import template

register = template.Library()


@register.filter
def duration_until(began: datetime, ended: datetime) -> str:
    """The time from `began` to `ended`, in its two largest units."""
    minutes, seconds = divmod(round((ended - began).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    if minutes:
        return f"{minutes} min {seconds} s"
    return f"{max(seconds, 1)} s"
