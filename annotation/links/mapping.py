"""Which SKOS property stands for which label. Pure."""

import re
from collections.abc import Mapping, Sequence

from annotation.vocabulary import Label
from heritage.errors import UserError

# What a label may become: a mapping property between the two records, one broader concept that both share, or
# nothing. Never owl:sameAs: two telephones of one type are two things, and experts saw records, not objects.
SHARED_BROADER = "shared-broader"
LEFT_OUT = "none"
PROPERTIES = ("exactMatch", "closeMatch", "relatedMatch", "broadMatch", "narrowMatch", SHARED_BROADER, LEFT_OUT)

DEFAULT_MAPPING: Mapping[str, str] = {
    Label.SAME_OBJECT.value: "closeMatch",
    Label.SIMILAR_OBJECT.value: "relatedMatch",
    Label.SAME_CATEGORY.value: SHARED_BROADER,
}


def read_mapping(options: Sequence[str]) -> dict[str, str]:
    """The default, changed by options of the form LABEL=PROPERTY. Raises UserError for what is neither."""
    mapping = dict(DEFAULT_MAPPING)
    for option in options:
        label, _, name = option.partition("=")
        if label not in DEFAULT_MAPPING:
            raise UserError(
                f"{option!r} maps no label of links: write LABEL=PROPERTY for {', '.join(DEFAULT_MAPPING)}."
            )
        name = re.sub(r"^skos:", "", name)
        if name not in PROPERTIES:
            raise UserError(
                f"A link cannot be written as {name or '(nothing)'}: choose one of {', '.join(PROPERTIES)}. "
                "Experts judged records, so no link says that two objects are one (owl:sameAs)."
            )
        mapping[label] = name
    return mapping
