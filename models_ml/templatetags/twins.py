"""Says beside models which of them are the same."""

from collections.abc import Sequence

from django import template

from models_ml.twins import twins_in_words

register = template.Library()


@register.inclusion_tag("models_ml/_twins.html")
def twin_models(models: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Of these slugs, or of all models there are."""
    return {"sentences": twins_in_words(models)}
