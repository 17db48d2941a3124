"""Whether the answers can be relied on. Pure."""

from .section import Said, SectionKind
from .words import Document


def quality_words(document: Document) -> tuple[str, ...]:
    """What speaks against relying on these answers; each once."""
    said = [*document["order_and_time"]["warnings"], *document["model_comparison"]["warnings"]]
    said += [warning for fit in document["regressions"] if fit["intercept"] for warning in fit["warnings"]]
    return tuple(dict.fromkeys(said))


def _said(document: Document) -> Said:
    warnings = quality_words(document)
    people = document["annotators"]
    counted = f"{document['n']:,} answers of {people:,} annotator{'' if people == 1 else 's'}."
    words = (counted, *warnings) if warnings else (f"{counted} Nothing speaks against relying on them.",)
    return Said(words)


SECTION = SectionKind(
    id="quality",
    heading="Can the answers be relied on?",
    say=_said,
)
