"""What was written down before the first answer, and what came otherwise. Pure."""

from collections.abc import Iterator
from datetime import datetime

from annotation.results.sections.section import Said, SectionKind
from annotation.results.sections.words import Document


def _said(document: Document) -> Said:
    plan = document["plan"]
    if plan is None:
        return Said(
            ("No plan of analysis was written down when labelling began.",),
            ("It is done whenever a campaign is opened here; imported answers, and older campaigns, have none.",),
        )
    recorded = f"Written down on {datetime.fromisoformat(plan['recorded']):%-d %B %Y}, before the first answer."
    own = [f"In the lead’s words: {plan['intentions']}"] if plan["intentions"] else []
    return Said((recorded, *plan["sentences"], *own), _otherwise(document))


def _otherwise(document: Document) -> Iterator[str]:
    plan = document["plan"]
    if plan["models"] != document["models"]:
        yield f"Planned for the models {', '.join(plan['models'])}; analysed are {', '.join(document['models'])}."
    if plan["people"] and plan["people"] != document["flow"]["people"]:
        yield f"Planned for {plan['people']} people; pairs were dealt to {document['flow']['people']}."
    if plan["answers"] and plan["answers"] != document["n"]:
        yield f"Planned were {plan['answers']:,} answers; analysed are {document['n']:,}."


SECTION = SectionKind(id="plan", heading="What was planned", say=_said)
