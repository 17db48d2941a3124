"""The paper's 551 link annotations, rebuilt from its published counts.

Beelen and Kitcher, "Heritage Weaver" (CHR 2025), doi 10.63744/txxUt12DJeT7. Only the counts of links by
sampling pattern matter to its Table 6; every table with these counts gives the same fit.
"""

import csv
from pathlib import Path

import pandas as pd

from annotation.analysis.annotation_frame import COLUMNS, AnnotationFrame, drawn_column

MODELS = ("base", "ft-best", "ft-last")
LABELS = ("same_object", "similar_object", "same_category", "unrelated")

# base, ft-best, ft-last: annotations, of which linked
PATTERN_COUNTS = {
    (1, 1, 1): (114, 63),
    (0, 1, 1): (108, 79),
    (1, 0, 0): (111, 49),
    (0, 0, 1): (112, 50),
    (0, 1, 0): (106, 52),
}

# Table 6, every printed digit: coefficient, standard error, z, P>|z|, 0.025, 0.975
TABLE_6 = {
    "base + ft-last": {
        "base": ("-0.1960", "0.148", "-1.329", "0.184", "-0.485", "0.093"),
        "ft-last": ("0.3692", "0.122", "3.024", "0.002", "0.130", "0.608"),
    },
    "base + ft-best": {
        "base": ("-0.2392", "0.148", "-1.613", "0.107", "-0.530", "0.051"),
        "ft-best": ("0.4543", "0.124", "3.654", "0.000", "0.211", "0.698"),
    },
}

# The authors' notebook: LogisticRegression() on all three models.
PENALISED = {"base": -0.09849299967196773, "ft-last": 0.32786230389137716, "ft-best": 0.5122743553636917}

# The same counts with an intercept: coefficients, and p of the fine-tuned model.
WITH_INTERCEPT = {
    "base + ft-last": {"base": "-0.1629", "ft-last": "0.4131", "p": "0.020"},
    "base + ft-best": {"base": "-0.1480", "ft-best": "0.5737", "p": "0.001"},
}


def printed(row: object) -> tuple[str, ...]:
    """A row of a regression table, as statsmodels' summary prints it."""
    figures = [getattr(row, name) for name in ("se", "z", "p", "low", "high")]
    return (f"{row.coef:.4f}", *(f"{figure:.3f}" for figure in figures))  # type: ignore[attr-defined]


def write_published_csv(path: Path) -> None:
    """The counts as a file for `import_annotations`, a row per annotation; one label is empty, as in the paper."""
    columns = ["a", "b", "comparison", *MODELS, "annotator", "label", "comment", "seconds", "created"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        for pattern, (annotations, linked) in PATTERN_COUNTS.items():
            for number in range(annotations):
                label = "similar_object" if number < linked else "unrelated"
                if pattern == (0, 1, 0) and number == annotations - 1:
                    label = ""
                flags = dict(zip(MODELS, pattern, strict=True))
                writer.writerow({**flags, "annotator": f"expert-{number % 6}", "label": label})


def published_frame() -> AnnotationFrame:
    """One row per annotation. Comparisons, labels and annotators are not published by pattern: one stands for all."""
    rows = []
    for pattern, (annotations, linked) in PATTERN_COUNTS.items():
        for number in range(annotations):
            rows.append(
                {
                    "annotator": "expert",
                    "pair": len(rows),
                    "a": "",
                    "b": "",
                    "comparison": "",
                    "label": "similar_object" if number < linked else "unrelated",
                    "linked": int(number < linked),
                    "position": len(rows) + 1,
                    "seconds": None,
                    "created": None,
                    **{drawn_column(model): flag for model, flag in zip(MODELS, pattern, strict=True)},
                }
            )
    frame = pd.DataFrame(rows, columns=[*COLUMNS, *(drawn_column(model) for model in MODELS)])
    return AnnotationFrame(models=MODELS, comparisons=(), labels=LABELS, frame=frame)
