"""A campaign's answers as the consensus takes them, and the items that its records have on Wikidata."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from annotation.models import Campaign
from annotation.queries import current_annotations
from heritage.errors import UserError

from .consensus import Answer, LinkedRecord

_ITEM = re.compile(r"Q[1-9]\d*")


@dataclass(frozen=True)
class CampaignAnswers:
    """`unnamed` counts answers to pairs of a published table that names no records."""

    answers: list[Answer]
    unnamed: int

    @property
    def collections(self) -> list[str]:
        return sorted({record.collection for answer in self.answers for record in (answer.a, answer.b)})


def campaign_answers(campaign: Campaign) -> CampaignAnswers:
    """In one query, whatever their number."""
    pair = "assignment__pair__"
    rows = current_annotations(campaign).values_list(
        f"{pair}a__collection__slug",
        f"{pair}a__record_id",
        f"{pair}a__name",
        f"{pair}b__collection__slug",
        f"{pair}b__record_id",
        f"{pair}b__name",
        "assignment__annotator__username",
        "label",
        "created",
    )
    answers, unnamed = [], 0
    for row in rows.iterator(chunk_size=5_000):
        if row[0] is None or row[3] is None:
            unnamed += 1
        else:
            answers.append(Answer(LinkedRecord(*row[:3]), LinkedRecord(*row[3:6]), *row[6:]))
    return CampaignAnswers(answers, unnamed)


def read_items(path: Path) -> dict[tuple[str, str], str]:
    """Wikidata items by (collection, record id), from a CSV with the columns collection, record_id, item."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if missing := {"collection", "record_id", "item"} - set(reader.fieldnames or ()):
                raise UserError(f"{path.name} lacks the column {' and '.join(sorted(missing))}.")
            items = {}
            for row in reader:
                item = (row["item"] or "").strip()
                if not _ITEM.fullmatch(item):
                    raise UserError(f"{path.name}, line {reader.line_num}: {item!r} is no Wikidata item such as Q42.")
                items[(row["collection"] or "").strip(), (row["record_id"] or "").strip()] = item
            return items
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not UTF-8: save it as CSV in UTF-8.") from error
