"""What an evaluation found in words and in drawings, on documents whose figures are known."""

import pytest

from models_ml.evaluation.findings import caveats, findings
from models_ml.evaluation.panels import evaluation_panels

TASK = {"target": "name", "candidates": 5, "subset": "all", "n": 668}


def row(model, accuracy, **more):
    figures = {"accuracy": accuracy, "low": accuracy - 0.03, "high": accuracy + 0.03, "chance": 0.2}
    return {"model": model, **TASK, **figures, **more}


def comparison(mean, p, models=("ft", "base")):
    difference = {"mean": mean, "low": mean - 0.03, "high": mean + 0.03, "p": p}
    return {"models": list(models), "measure": "accuracy", **TASK, **difference}


def document(**more):
    return {
        "evaluation": "zero-shot",
        "settings": {"models": ["base", "ft"], "records": "held-out"},
        "records": 668,
        "rows": [row("base", 0.612), row("ft", 0.66), row("base", 0.5, candidates=10), row("ft", 0.4, candidates=10)],
        "comparisons": [comparison(0.048, 0.002)],
        "by_noun": [],
        **more,
    }


def test_the_first_task_is_told_with_interval_n_and_chance():
    sentence, difference = findings(document())
    assert "base 61.2 % (95 % interval 58.2 to 64.2) and ft 66.0 % (95 % interval 63.0 to 69.0)" in sentence
    assert "668 held-out records" in sentence
    assert "Chance is 20.0 %" in sentence
    assert difference == "ft is 4.8 points better than base (95 % interval 1.8 to 7.8, p = 0.002, n = 668)."


def test_a_loss_is_said_to_be_one():
    assert findings(document(comparisons=[comparison(-0.048, 0.0002)]))[1] == (
        "ft is 4.8 points worse than base (95 % interval 1.8 to 7.8, p < 0.001, n = 668)."
    )


def test_what_cannot_be_told_apart_is_not_ranked():
    found = findings(document(comparisons=[comparison(-0.01, 0.4)]))[1]
    assert found.startswith("ft and base cannot be told apart (difference −1.0 points")


def test_comparisons_between_others_than_the_base_are_left_to_the_table():
    assert len(findings(document(comparisons=[comparison(0.1, 0.001, models=("other", "ft"))]))) == 1


def test_what_guessing_would_equal_or_beat_is_said():
    rows = [row("base", 0.12), row("ft", 0.19), row("other", 0.22), row("good", 0.4)]
    worse, equal = findings(document(rows=rows, comparisons=[]))[1:]
    assert worse.startswith("base does worse than guessing, as the whole interval lies below chance")
    assert equal == "ft and other cannot be told from guessing, as the interval holds chance."
    both = findings(document(rows=[row("base", 0.1), row("ft", 0.11)], comparisons=[]))[1:]
    assert [said.split(",")[0] for said in both] == ["base and ft do worse than guessing"]


def test_caveats_name_what_flatters_and_what_is_small():
    assert caveats(document()) == []
    everything = document(records=30, settings={"models": ["base", "ft"], "records": "all"})
    flatter, small = caveats(everything)
    assert "flatter" in flatter
    assert "Only 30" in small
    many = document(comparisons=[comparison(0.1, 0.1)] * 3)
    assert "without correction" in caveats(many)[0]


def test_each_task_is_a_group_with_its_own_chance():
    rows = [row("base", 0.6), row("ft", 0.7), row("base", 0.5, candidates=10, chance=0.1)]
    (panel,) = evaluation_panels(document(rows=rows))
    assert [heading.text for heading in panel.plot.headings] == [
        "name, 5 candidates, all (n = 668)",
        "name, 10 candidates, all (n = 668)",
    ]
    five, ten = panel.plot.references
    assert ten.x < five.x
    assert five.y_high < ten.y_low
    assert len(panel.plot.rows) == 3


def test_nouns_are_bars_from_no_difference():
    nouns = [
        {"models": ["ft", "base"], "noun": noun, "candidates": 5, "n": 20, "mean": mean, "low": low, "high": high}
        for noun, mean, low, high in (("lamp", 0.3, 0.1, 0.5), ("radio", -0.2, -0.4, -0.1), ("loom", 0.1, -0.1, 0.3))
    ]
    _, panel = evaluation_panels(document(by_noun=nouns))
    (reference,) = panel.plot.references
    (lamp, lamp_bar), (radio, radio_bar), (loom, _) = panel.rows
    assert lamp_bar == pytest.approx((reference.x, lamp.x - reference.x), abs=0.2)
    assert radio_bar == pytest.approx((radio.x, reference.x - radio.x), abs=0.2)
    assert [each.css_class for each in (lamp, radio, loom)] == ["same-object", "", "unrelated"]
