"""What an evaluation found, in sentences that a curator reads: each figure with its interval and its n. Pure."""

from collections.abc import Sequence
from typing import Any

from heritage.pages.tables import number, p_text

from .tables import candidates_words

Row = dict[str, Any]

SIGNIFICANT = 0.05
_TASK = ("target", "candidates", "candidates_from", "subset")


def findings(document: dict[str, Any]) -> list[str]:
    """The first task in words: how good the models are, and whether the others differ from the base."""
    task = main_task(document)
    rows = [row for row in document["rows"] if _is_of(row, task)]
    comparisons = [
        row
        for row in document["comparisons"]
        if _is_of(row, task) and row["measure"] in ("accuracy", "relevance") and row["models"][1] == rows[0]["model"]
    ]
    if document["evaluation"] == "zero-shot":
        said = [_zero_shot(rows, document), *_against_chance(rows, "accuracy")]
        return [*said, *(_difference(row, 100, "points") for row in comparisons)]
    said = [_search(rows, document), *_against_chance(rows, "relevance")]
    return [*said, *(_difference(row, 1, "relevant records") for row in comparisons)]


def main_task(document: dict[str, Any]) -> dict[str, Any]:
    """What identifies the rows that are read first: the first task asked for; of a search the top 10 where it is."""
    rows = document["rows"]
    if document["evaluation"] == "zero-shot":
        return {key: rows[0].get(key) for key in _TASK}
    tops = [row["top"] for row in rows]
    return {"top": 10 if 10 in tops else tops[0]}


def caveats(document: dict[str, Any]) -> list[str]:
    """What limits the figures."""
    found = []
    if document["settings"]["records"] == "all":
        found.append(
            "All records took part, also those that a model may have learnt from: figures of fine-tuned models flatter."
        )
    if document["records"] < 100:
        found.append(f"Only {document['records']:,} records took part; intervals are wide.")
    if len(document["comparisons"]) > 1:
        found.append(
            f"{len(document['comparisons'])} differences were tested without correction; of as many, one in twenty "
            "would seem significant by chance alone."
        )
    if any(row.get("candidates_from") == "all" for row in document["rows"]):
        found.append(
            "Where candidates are of all collections, a model that only tells the collections apart rules out those of "
            "the others: such figures may reward a museum’s own style."
        )
    if document.get("by_noun"):
        found.append("Intervals by noun rest on few records each and are not tested.")
    return found


def notes(document: dict[str, Any]) -> list[str]:
    """How the figures were made."""
    settings = document["settings"]
    said = []
    if settings["records"] == "held-out":
        seeds = " and ".join(map(str, document["split_seeds"]))
        said.append(f"Records are held out by the split of seed {seeds}: no model here was trained on them.")
    if document["evaluation"] == "search":
        said.append(
            f"A record counts as relevant if the two names’ cosine in all-MiniLM-L6-v2 is at least "
            f"{settings['alike']}. Recall is the share of all relevant records that the top has, over queries that "
            "have any; chance is what a random ranking would reach."
        )
    else:
        said.append(
            f"Every model chooses among the same labels, drawn with seed {settings['seed']}. Chance is one in so many; "
            "majority is what always giving the most common label would reach. A tie counts as wrong."
        )
    said.append(
        "Intervals come from 2,000 bootstrap samples of the records. Two models are compared over the same records: "
        "accuracy and found by McNemar’s exact test, other figures by random signs of the differences."
    )
    return said


def _is_of(row: Row, task: dict[str, Any]) -> bool:
    return all(row.get(key) == value for key, value in task.items())


def _zero_shot(rows: Sequence[Row], document: dict[str, Any]) -> str:
    first = rows[0]
    models = _listed([f"{row['model']} {_share(row['accuracy'])} (95 % interval {_shares(row)})" for row in rows])
    label = "names" if first["target"] == "name" else "root nouns of names"
    return (
        f"Shown a picture and {first['candidates']} {label}{candidates_words(first)}, models choose the right one for "
        f"this share of {first['n']:,} {_records(document)}: {models}. Chance is {_share(first['chance'])}."
    )


def _search(rows: Sequence[Row], document: dict[str, Any]) -> str:
    first = rows[0]
    models = _listed(
        [f"{row['model']} {row['relevance']:.2f} (95 % interval {row['low']:.2f} to {row['high']:.2f})" for row in rows]
    )
    what = {"image": "picture", "text": "description"}
    where = " in other collections" if first["across"] else ""
    return (
        f"Of the {first['top']} records whose {what[first['to']]} is nearest to a {what[first['from']]}{where}, so "
        f"many are of the same kind, on average over {first['n']:,} {_records(document)}: {models}. Chance is "
        f"{first['chance']:.2f}."
    )


def _against_chance(rows: Sequence[Row], figure: str) -> list[str]:
    """Which models guessing would equal or beat, by their intervals."""
    below = [row["model"] for row in rows if row["high"] < row["chance"]]
    equal = [row["model"] for row in rows if row["low"] <= row["chance"] <= row["high"] or row[figure] < row["chance"]]
    equal = [model for model in equal if model not in below]
    said = []
    if below:
        do = "do" if len(below) > 1 else "does"
        said.append(
            f"{_listed(below)} {do} worse than guessing, as the whole interval lies below chance: the vectors may "
            "be of other weights, or the texts in a language that the model does not know."
        )
    if equal:
        said.append(f"{_listed(equal)} cannot be told from guessing, as the interval holds chance.")
    return said


def _difference(row: Row, scale: float, unit: str) -> str:
    other, base = row["models"]
    size, low, high = (abs(value) * scale for value in (row["mean"], row["low"], row["high"]))
    digits = 1 if scale > 1 else 2
    if row["p"] >= SIGNIFICANT:
        return (
            f"{other} and {base} cannot be told apart (difference {number(row['mean'] * scale, digits)} {unit}, 95 % "
            f"interval {number(row['low'] * scale, digits)} to {number(row['high'] * scale, digits)}, "
            f"p = {p_text(row['p'])}, n = {row['n']:,})."
        )
    how = "better" if row["mean"] > 0 else "worse"
    low, high = sorted((low, high))
    p = p_text(row["p"])
    return (
        f"{other} is {size:.{digits}f} {unit} {how} than {base} (95 % interval {low:.{digits}f} to {high:.{digits}f}, "
        f"p {p if p.startswith('<') else '= ' + p}, n = {row['n']:,})."
    )


def _records(document: dict[str, Any]) -> str:
    return "records" if document["settings"]["records"] == "all" else "held-out records"


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _shares(row: Row) -> str:
    return f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
