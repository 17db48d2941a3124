"""In which language and direction a text of a museum, or of a person, is read.

`<h2 {% in_language record.name_language %}>`: the tag is left out where it is not known; the direction is always that
of the text itself, so that its full stop stands where it should.
"""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.simple_tag
def in_language(language: str | None = "") -> SafeString:
    """The attributes of an element that holds a text in `language`, a tag such as de."""
    direction = mark_safe('dir="auto"')
    return format_html('lang="{}" {}', language, direction) if language else direction
