"""What an evaluation of links found, in sentences that a curator reads, and its drawings. Pure."""

from collections.abc import Callable
from typing import Any

from heritage.pages.plots import Interval, interval_plot
from heritage.pages.tables import number, p_text
from models_ml.evaluation.panels import Panel

from .link_tables import flat

Row = dict[str, Any]
Document = dict[str, Any]

SIGNIFICANT = 0.05
FEW_LINKS = 50
_LINK_WORDS = {"linked": "links", "similar": "similar or the same objects", "same": "the same object"}
_ONE_LINK = {
    "linked": "a link",
    "similar": "a pair of similar or the same objects",
    "same": "a pair of the same object",
}


# --- Words -----------------------------------------------------------------------------------


def link_findings(document: Document) -> list[str]:
    """How many links lead the list, by all comparisons together where they were fused; then what differs."""
    rows = main_rows(document)
    first = rows[0]
    shares = _listed([f"{row['model']} {_share(row, 'top_share_1')}" for row in rows])
    areas = _listed([f"{row['model']} {_number(row)}" for row in rows])
    answer = (
        f"Of the most similar 1 % of {first['n']:,} pairs, by {_by(first)}, so many are {_LINK_WORDS[first['label']]}: "
        f"{shares}. At random it would be {100 * first['chance']:.1f} %."
    )
    found = [answer, f"The chance that {_ONE_LINK[first['label']]} is more similar than another pair (AUC): {areas}."]
    found += [_difference(row) for row in document["comparisons"] if _leads(row, document) and row["mean"] is not None]
    if any(row["queries"] for row in rows):
        ranks = _listed([f"{row['model']} {_share(row, 'recall_10')}" for row in rows])
        found.append(
            f"Of {first['queries']:,} records that have a partner, so many find one among the 10 nearest of the other "
            f"collection: {ranks}."
        )
    return found


def main_rows(document: Document) -> list[Row]:
    """A row for each model, of what is read first: any link, the comparisons fused where they were; flat."""
    rows = [flat(row) for row in document["rows"]]
    first = next((row for row in rows if row["comparison"] == "fused"), rows[0])
    about = {key: first[key] for key in ("comparison", "similarity", "label")}
    return [row for row in rows if about.items() <= row.items()]


def link_caveats(document: Document) -> list[str]:
    """What limits the figures."""
    truth, found = document["truth"], []
    labels = truth["labels"]
    if truth.get("simulated"):
        found.append("The answers were made by a program, not by experts.")
    if truth.get("unweighted"):
        found.append(f"Pairs are not weighted by their chance to be drawn: {truth['unweighted']}")
    elif "campaign" in truth:
        found.append(
            "The pairs were drawn; each counts for as many as it stands for. Of pairs in strata that were not drawn "
            "from, nothing is said."
        )
    elif not truth["complete"]:
        found.append("The truth names unrelated pairs, so only the pairs that it names took part.")
    if document["settings"]["records"] == "all" and (linked := document.get("learnt_from_links")):
        found.append(
            f"All records took part, and {_listed(linked)} learnt from experts’ links, perhaps of these pairs: its "
            f"figures flatter.{_held_out_words(document)}"
        )
    links = sum(count for label, count in labels.items() if label != "unrelated")
    if links < FEW_LINKS:
        found.append(f"Only {links:,} links are known; intervals are wide.")
    if any(row["low"] is None for row in document["rows"]):
        found.append("Where all links are of one record, no interval can be given.")
    if left := document["left_out"]:
        found.append(f"Of {', '.join(left)} nothing can be said: none of its pairs is known, or all are links.")
    tests = len(document["comparisons"]) + len(document["variants"])
    if tests > 1:
        found.append(
            f"{tests} differences were tested without correction; of as many, one in twenty would seem significant by "
            "chance alone."
        )
    return found


def link_notes(document: Document) -> list[str]:
    """How the figures were made."""
    said = []
    linked = document.get("learnt_from_links", [])
    if document["settings"]["records"] == "held-out":
        seeds = " and ".join(map(str, document["split_seeds"]))
        why = f", since {_listed(linked)} learnt from experts’ links" if linked else ""
        said.append(f"Both records of each pair are held out by the split of seed {seeds}{why}.")
    elif not linked:
        said.append(
            "All records took part, also those whose captions a model learnt from: it did not learn how records of the "
            f"two collections relate.{_held_out_words(document)}"
        )
    said.append(
        "Fused: the sum of image-image, text-text, text-image and image-text, each standardised over all pairs. "
        "Record-record: a record’s pictures and texts pooled to one vector. Both are of records that have pictures and "
        "texts. Chance is the share of links among all pairs."
    )
    said.append(
        "Intervals and tests allow for pairs that share a record, on either side: two-way clusters by record, "
        "Student’s t. Models and similarities are compared over the same pairs."
    )
    return said


def _held_out_words(document: Document) -> str:
    """How many would be left; nothing of evaluations that did not count them."""
    counts = document.get("held_out")
    if not counts:
        return ""
    return f" Held out are {counts['records']:,} records, and both records of {counts['pairs']:,} pairs."


def _leads(row: Row, document: Document) -> bool:
    first = main_rows(document)[0]
    about = {key: first[key] for key in ("comparison", "similarity", "label")}
    return about.items() <= row.items() and row["models"][1] == first["model"] and row["measure"] == "top_share 1"


def _difference(row: Row) -> str:
    other, base = row["models"]
    size, low, high = (100 * row[key] for key in ("mean", "low", "high"))
    p = p_text(row["p"])
    p = f"p {p}" if p.startswith("<") else f"p = {p}"
    interval = f"95 % interval {number(low, 1)} to {number(high, 1)}"
    if row["p"] >= SIGNIFICANT:
        return (
            f"{other} and {base} cannot be told apart by the top 1 % (difference {number(size, 1)} points, {interval}, "
            f"{p}, n = {row['n']:,} pairs)."
        )
    how = "more" if size > 0 else "fewer"
    return (
        f"The top 1 % of {other} holds {abs(size):.1f} points {how} than that of {base} ({interval}, {p}, "
        f"n = {row['n']:,} pairs)."
    )


def _by(row: Row) -> str:
    what = "all comparisons fused" if row["comparison"] == "fused" else row["comparison"]
    return what if row["similarity"] in ("plain", "fused") else f"{what}, {row['similarity']}"


def _share(row: Row, key: str) -> str:
    low, high = row[f"{key}_low"], row[f"{key}_high"]
    interval = "" if low is None else f" (95 % interval {100 * low:.1f} to {100 * high:.1f})"
    return f"{100 * row[key]:.1f} %{interval}"


def _number(row: Row) -> str:
    interval = "" if row["low"] is None else f" (95 % interval {row['low']:.3f} to {row['high']:.3f})"
    return f"{row['auc']:.3f}{interval}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


# --- Drawings --------------------------------------------------------------------------------


def link_panels(document: Document) -> list[Panel]:
    """Of what is read first: the top 1 % against chance, and the areas, by comparison."""
    rows = [flat(row) for row in document["rows"]]
    label = main_rows(document)[0]["label"]
    rows = [row for row in rows if row["label"] == label]
    return [
        _panel(
            "top",
            "The top of the list",
            f"Share of the most similar 1 % of pairs that are {_LINK_WORDS[label]}, 95 % interval",
            "chance",
            rows,
            "top_share_1",
            document,
            lambda row: row["chance"],
        ),
        _panel(
            "auc",
            "All pairs (AUC)",
            f"Chance that {_ONE_LINK[label]} is more similar than another pair, 95 % interval",
            "chance",
            rows,
            "auc",
            document,
            lambda row: 0.5,
        ),
    ]


def _panel(
    name: str,
    heading: str,
    explanation: str,
    reference: str,
    rows: list[Row],
    key: str,
    document: Document,
    chance: Callable[[Row], float],
) -> Panel:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        what = row["comparison"]
        if row["similarity"] not in ("plain", "fused"):
            what = f"{what}, {row['similarity']}"
        groups.setdefault(f"{what} (n = {row['n']:,})", []).append(row)
    plot = interval_plot(
        [(words, [_interval(row, key, document) for row in some]) for words, some in groups.items()],
        [chance(some[0]) for some in groups.values()],
        floor=None if key == "auc" else 0.0,
    )
    return Panel(name, heading, explanation, reference, plot)


def _interval(row: Row, key: str, document: Document) -> Interval:
    low, high = (row["low"], row["high"]) if key == "auc" else (row[f"{key}_low"], row[f"{key}_high"])
    colour = "unrelated" if row["model"] == document["settings"]["models"][0] else ""
    known = low is not None
    return Interval(row["model"], row[key], low if known else row[key], high if known else row[key], colour)
