"""Answers as W3C Web Annotations (https://www.w3.org/TR/annotation-model/): rows in, JSON-LD out.

Each answer is an annotation of both records: its targets. It classifies how they relate, with the label as a concept
of the same scheme as in exported links; a finer label, which is of one campaign alone, is a tag beside it. The model
reads several targets one by one; that the label is about the two together is said by the concept. What may be taken
for a link between two records is in exported links alone.
"""

import json
import uuid
from collections.abc import Iterable
from typing import IO, Any

from annotation.exchange.rows import Row
from annotation.links.addresses import RecordAddresses
from annotation.links.formats import NOTICE, label_address
from annotation.links.link import LinkedRecord
from annotation.vocabulary import Label

from .writing import ExactEncoder

CONTEXT = "http://www.w3.org/ns/anno.jsonld"


def write_answer_annotations(rows: Iterable[Row], *, campaign: str, addresses: RecordAddresses, file: IO[str]) -> int:
    """Write the answers to pairs of records as one collection; how many they were."""
    simulated = False
    items = []
    for row in rows:
        simulated |= bool(row["simulated"])
        if row["a"]:
            items.append(_annotation(row, addresses))
    name = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'heritage-weaver:answers:{campaign}')}"
    document = {
        "@context": CONTEXT,
        "id": name,
        "type": "AnnotationCollection",
        "label": " ".join(filter(None, (campaign, NOTICE if simulated else ""))),
        "total": len(items),
        "first": {"id": f"{name}:page", "type": "AnnotationPage", "startIndex": 0, "items": items},
    }
    file.write(json.dumps(document, cls=ExactEncoder, ensure_ascii=False, indent=1) + "\n")
    return len(items)


def _annotation(row: Row, addresses: RecordAddresses) -> dict[str, Any]:
    body: list[dict[str, Any]] = []
    if row["label"]:
        body += [
            {"type": "SpecificResource", "purpose": "classifying", "source": label_address(row["label"])},
            {"type": "TextualBody", "purpose": "tagging", "value": str(Label(row["label"]).label)},
        ]
    if row["finer"]:
        body.append({"type": "TextualBody", "purpose": "tagging", "value": row["finer"]})
    if row["unsure"]:
        body.append({"type": "TextualBody", "purpose": "tagging", "value": "Unsure"})
    body += [
        {"type": "TextualBody", "purpose": "assessing", "value": f"Record {side} is broken"} for side in row["faulty"]
    ]
    if row["comment"]:
        body.append({"type": "TextualBody", "purpose": "commenting", "value": row["comment"]})
    if row["simulated"]:
        body.append({"type": "TextualBody", "purpose": "describing", "value": NOTICE})
    return {
        "id": f"urn:uuid:{row['submission']}",
        "type": "Annotation",
        "motivation": "classifying",
        "creator": {"type": "Person", "nickname": row["annotator"]},
        "created": row["created"],
        "target": [addresses.of(LinkedRecord(row[f"{side}_collection"], row[side], "")) for side in "ab"],
        "body": body,
    }
