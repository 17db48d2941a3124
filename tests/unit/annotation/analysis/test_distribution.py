"""Label counts, agreement and the answer in words."""

import pandas as pd
import pytest

from annotation.analysis.agreement.percent import percent_agreement
from annotation.analysis.annotation_frame import COLUMNS, AnnotationFrame, drawn_column
from annotation.analysis.distribution import label_distributions, stratum_name
from annotation.analysis.findings import model_findings, odds_ratio_words
from annotation.analysis.regression.logit import Coefficient, Regression

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


def regression(name: str, *rows: tuple[str, float, float, float]) -> Regression:
    """With an intercept; rows of term, odds ratio and its interval."""
    import math

    coefficients = tuple(
        Coefficient(
            term=term,
            coef=math.log(ratio),
            se=0.1,
            z=1.0,
            p=0.012,
            low=math.log(low),
            high=math.log(high),
            odds_ratio=ratio,
            odds_low=low,
            odds_high=high,
        )
        for term, ratio, low, high in rows
    )
    return Regression(name, "stratum", True, "nonrobust", 551, (Coefficient("intercept"), *coefficients))


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


# --- The answer in words -----------------------------------------------------------------------


def test_an_effect_and_none() -> None:
    (effect, none) = model_findings(
        [regression("base + tuned", ("base", 0.86, 0.61, 1.22), ("tuned", 1.775, 1.25, 2.51))]
    )
    assert str(effect) == (
        "Pairs that tuned finds similar are linked by experts 1.8 times as often, in odds, as pairs that it does not."
    )
    assert [span.text for span in effect.spans if span.strong] == ["tuned", "1.8 times"]
    assert effect.evidence == (
        "tuned in base + tuned: odds ratio 1.77 (95 % interval 1.25 to 2.51), p = 0.012, n = 551.",
    )
    assert str(none) == "For base no effect can be told from chance."


def test_models_without_an_effect_share_a_sentence() -> None:
    findings = model_findings(
        [
            regression("base + best", ("base", 0.9, 0.6, 1.2), ("best", 1.1, 0.9, 1.3)),
            regression("base + last", ("base", 0.8, 0.6, 1.1), ("last", 1.1, 0.9, 1.3)),
        ]
    )
    assert [str(finding) for finding in findings] == ["For best, last and base no effect can be told from chance."]
    assert len(findings[0].evidence) == 4


def test_the_base_in_several_regressions() -> None:
    def of_base(*intervals: tuple[float, float, float]) -> str:
        fits = [
            regression(f"base + m{place}", ("base", *interval), (f"m{place}", 1, 0.5, 2))
            for place, interval in enumerate(intervals)
        ]
        return str(model_findings(fits)[0])

    assert "linked by experts 1.5 to 1.6 times as often" in of_base((1.5, 1.2, 2), (1.6, 1.2, 2))
    assert "linked by experts 1.5 times as often" in of_base((1.5, 1.2, 2), (1.49, 1.2, 2))
    assert of_base((1.5, 1.2, 2), (1.1, 0.9, 2)) == (
        "For base the answer depends on which model stands beside it: see the figures."
    )


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(1.775, "1.8"), (1.04, "1.04"), (12.3, "12"), (0.0123, "0.012"), (0.996, "0.996"), (150, "150")],
)
def test_ratios_in_words(ratio: float, words: str) -> None:
    assert odds_ratio_words(ratio) == words
