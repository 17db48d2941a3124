"""The analysis of a preference study as plain text for a terminal."""

from collections.abc import Mapping
from typing import Any


def preference_report(document: Mapping[str, Any]) -> str:
    """Lay out what `preference_document` gives, with the command's `study`."""
    people = "expert" if document["annotators"] == 1 else "experts"
    parts = [
        "\n".join(
            [document["study"], f"{document['n']} answers by {document['annotators']} {people}", *document["answer"]]
        )
    ]
    groups = [document["overall"], *document["by_slice"], *document["by_annotator"]]
    if document["n"]:
        parts += [_wins(groups, document["models"]), _pairs(document["pairs"])]
    parts += document["caveats"]
    return "\n\n".join(parts)


def _wins(groups: list[Mapping[str, Any]], models: list[str]) -> str:
    width = max(len(group["group"]) for group in groups) + 2
    columns = [*models, "none better"]
    wide = max(24, *(len(column) + 2 for column in columns))
    lines = [f"{'Wins':<{width}}{'n':>6}" + "".join(f"{column:>{wide}}" for column in columns)]
    for group in groups:
        shares = "".join(f"{_share(row):>{wide}}" for row in (*group["by_model"], group["none_better"]))
        lines.append(f"{group['group']:<{width}}{group['n']:>6}{shares}")
    return "\n".join(lines)


def _share(row: Mapping[str, Any]) -> str:
    """Such as "150, 52 % (45 to 59)"."""
    if row["share"] is None:
        return "-"
    interval = "" if row["low"] is None else f" ({100 * row['low']:.0f} to {100 * row['high']:.0f})"
    return f"{row['wins']:.4g}, {100 * row['share']:.0f} %{interval}"


def _pairs(pairs: list[Mapping[str, Any]]) -> str:
    names = [" against ".join(pair["models"]) for pair in pairs]
    width = max(map(len, names), default=0) + 2
    lines = [f"{'Queries':<{width}}{'won':>6}{'lost':>6}{'equal':>7}{'p':>9}{'Holm':>9}"]
    for name, pair in zip(names, pairs, strict=True):
        tests = "".join(f"{'-' if pair[p] is None else format(pair[p], '.4f'):>9}" for p in ("p", "p_holm"))
        lines.append(f"{name:<{width}}{pair['better']:>6}{pair['worse']:>6}{pair['equal']:>7}{tests}")
    return "\n".join(lines)
