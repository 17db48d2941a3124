"""How often each finer label was given, under the one of the four with which analyses count it."""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from annotation.answers.queries import current_annotations
from annotation.labels.queries import label_names
from annotation.models import Campaign


@dataclass(frozen=True)
class FinerCount:
    """Answers that count with this finer label, of `n` with the label. `key` and `name` are empty for those left at the
    label itself. `label_name` is what the campaign calls the label.
    """

    label: str
    key: str
    name: str
    count: int
    n: int
    label_name: str


def finer_counts(campaign: Campaign) -> list[FinerCount]:
    """Of every label that has finer ones, these in their order and then what was left at it. Empty where there are
    none."""
    finer = list(campaign.finer_labels.all())
    if not finer:
        return []
    newest = current_annotations(campaign).order_by().values_list("label", "finer")
    counted: Counter[tuple[str, int | None]] = Counter(newest)
    found = []
    for label, label_name in label_names(campaign).items():
        under = [each for each in finer if each.label == label]
        n = sum(count for (given, _), count in counted.items() if given == label)
        found += [FinerCount(label, each.key, each.name, counted[label, each.pk], n, label_name) for each in under]
        if under:
            found.append(FinerCount(label, "", "", counted[label, None], n, label_name))
    return found


def finer_code(label: str, key: str) -> str:
    """A finer label under the one that it is under: "same_category/same-maker"."""
    return f"{label}/{key}"


def finer_document(campaign: Campaign) -> list[dict[str, Any]]:
    """The same as plain data for JSON, which names the four by their keys."""
    return [
        {name: value for name, value in asdict(each).items() if name != "label_name"} for each in finer_counts(campaign)
    ]
