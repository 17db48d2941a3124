"""Label counts and agreement."""

import pandas as pd
import pytest

from annotation.analysis.agreement.percent import percent_agreement
from annotation.analysis.annotation_frame import COLUMNS, AnnotationFrame, drawn_column
from annotation.analysis.distribution import label_distributions, stratum_name

LABELS = ("same_object", "similar_object", "same_category", "unrelated")


def answers(*rows: tuple[str, int, str, int, int]) -> AnnotationFrame:
    """Rows of annotator, pair, label, and the pattern of base and tuned."""
    frame = pd.DataFrame(
        [
            {
                "annotator": annotator,
                "pair": pair,
                "comparison": "image-image",
                "label": label,
                "linked": int(label not in ("", "unrelated")),
                drawn_column("base"): base,
                drawn_column("tuned"): tuned,
            }
            for annotator, pair, label, base, tuned in rows
        ],
        columns=[*COLUMNS, drawn_column("base"), drawn_column("tuned")],
    )
    return AnnotationFrame(models=("base", "tuned"), comparisons=("image-image",), labels=LABELS, frame=frame)


def test_labels_are_counted_in_every_group() -> None:
    data = answers(
        ("ann", 1, "same_object", 1, 1),
        ("ann", 2, "unrelated", 1, 0),
        ("bob", 3, "same_category", 0, 1),
        ("bob", 4, "", 0, 1),
    )
    found = label_distributions(data)
    assert {count.label: count.count for count in found.overall.counts} == {
        "same_object": 1,
        "similar_object": 0,
        "same_category": 1,
        "unrelated": 1,
        "": 1,
    }
    assert (found.overall.n, found.overall.linked, found.overall.linked_share) == (4, 2, 0.5)
    assert found.overall.linked_low == pytest.approx(0.150, abs=5e-4)  # Wilson's interval of 2 in 4
    assert found.overall.linked_high == pytest.approx(0.850, abs=5e-4)
    assert [(group.group, group.n, group.linked) for group in found.by_annotator] == [("ann", 2, 1), ("bob", 2, 1)]
    assert [(group.group, group.n) for group in found.by_model] == [("base", 2), ("tuned", 3)]
    assert [group.group for group in found.by_stratum] == [
        "image-image: tuned, not base",
        "image-image: base, not tuned",
        "image-image: all models",
    ]
    assert sum(group.n for group in found.by_stratum) == 4


def test_a_label_outside_the_scheme_is_counted_too() -> None:
    found = label_distributions(answers(("ann", 1, "replica", 1, 1)))
    assert [count.label for count in found.overall.counts] == [*LABELS, "replica", ""]


def test_no_annotations_have_no_shares() -> None:
    found = label_distributions(answers())
    assert found.overall.linked_share is None
    assert {count.share for count in found.overall.counts} == {None}
    assert found.by_stratum == ()


@pytest.mark.parametrize(
    ("comparison", "pattern", "name"),
    [
        ("text-text", (1, 1, 1), "text-text: all models"),
        ("", (0, 1, 1), "best and last, not base"),
        ("image-image", (1, 0, 0), "image-image: base, not best or last"),
        ("image-image", (0, 0, 0), "image-image: no model"),
    ],
)
def test_strata_are_named_by_their_models(comparison: str, pattern: tuple[int, ...], name: str) -> None:
    assert stratum_name(comparison, ("base", "best", "last"), pattern) == name


def test_agreement_is_the_mean_over_pairs() -> None:
    found = percent_agreement(
        answers(
            ("ann", 1, "same_object", 1, 1),
            ("bob", 1, "same_object", 1, 1),
            ("ann", 2, "same_object", 1, 1),
            ("bob", 2, "similar_object", 1, 1),
            ("cat", 2, "unrelated", 1, 1),
            ("ann", 3, "unrelated", 1, 1),
            ("bob", 4, "", 1, 1),
            ("cat", 4, "unrelated", 1, 1),
        )
    )
    assert (found.pairs, found.answers) == (2, 5)
    assert found.same_label == pytest.approx((1 + 0) / 2)
    assert found.same_outcome == pytest.approx((1 + 1 / 3) / 2)


def test_agreement_without_overlap_is_not_estimable() -> None:
    found = percent_agreement(answers(("ann", 1, "unrelated", 1, 1), ("bob", 2, "unrelated", 1, 1)))
    assert found.same_label is None
    assert found.reason == "No pair has been answered by more than one person."
