"""What pages show of rights: names of records and licences, and which addresses of a museum they may link to."""

from django import template

from heritage.models import Record
from heritage.pictures.licences import short_name

register = template.Library()


@register.filter
def licence_name(licence: str) -> str:
    """The licence's short name, such as CC BY 4.0, or else the museum's own words."""
    return short_name(licence) or licence


@register.filter
def shown_name(record: Record) -> str:
    """What a record is called, where it may be shown."""
    return "May no longer be shown" if record.withheld else str(record)


@register.filter
def is_web_address(text: str) -> bool:
    return text.startswith(("https://", "http://"))
