"""Words, drawings and tables of an evaluation of links."""

import pytest

from heritage.pages.tables import render
from linking.evaluation.link_findings import link_caveats, link_findings, link_notes, link_panels
from linking.evaluation.link_tables import link_tables


def row(model, comparison="image-image", share=0.3, **changes):
    top = {"0.1": 0.5, "1": share, "5": 0.2}
    found = {
        "model": model, "comparison": comparison, "similarity": "fused" if comparison == "fused" else "plain",
        "label": "linked", "n": 90_000, "links": 12_960, "records_a": 600, "records_b": 150, "chance": 0.144,
        "auc": 0.6, "low": 0.55, "high": 0.65,
        "average_precision": 0.2, "average_precision_low": 0.15, "average_precision_high": 0.26,
        "top_share": top, "top_share_low": {key: value - 0.1 for key, value in top.items()},
        "top_share_high": {key: value + 0.1 for key, value in top.items()},
        "queries": 700, "recall": {"1": 0.2, "5": 0.5, "10": 0.7}, "recall_low": {"1": 0.1, "5": 0.4, "10": 0.6},
        "recall_high": {"1": 0.3, "5": 0.6, "10": 0.8}, "mrr": 0.4, "mrr_low": 0.3, "mrr_high": 0.5,
    }  # fmt: skip
    return found | changes


def difference(mean, p, **changes):
    found = {"models": ["ft", "base"], "comparison": "fused", "similarity": "fused", "label": "linked"}
    return found | {"measure": "top_share 1", "n": 90_000, "mean": mean, "low": -0.01, "high": 0.31, "p": p} | changes


def document(**changes):
    rows = [row(model, comparison) for model in ("base", "ft") for comparison in ("image-image", "fused")]
    labels = {"unrelated": 77_040, "same_category": 10_000, "similar_object": 2_800, "same_object": 160}
    found = {
        "evaluation": "links", "settings": {"models": ["base", "ft"], "records": "all"}, "split_seeds": [0],
        "rows": rows, "comparisons": [difference(0.15, 0.002)], "variants": [], "left_out": [],
        "truth": {"file": "truth.csv", "complete": True, "labels": labels},
    }  # fmt: skip
    return found | changes


def test_the_answer_is_the_top_of_the_fused_list_in_words():
    answer, areas, told_apart, ranks = link_findings(document())
    assert answer == (
        "Of the most similar 1 % of 90,000 pairs, by all comparisons fused, so many are links: base 30.0 % (95 % "
        "interval 20.0 to 40.0) and ft 30.0 % (95 % interval 20.0 to 40.0). At random it would be 14.4 %."
    )
    assert "a link is more similar than another pair (AUC): base 0.600 (95 % interval 0.550 to 0.650)" in areas
    assert told_apart.startswith("The top 1 % of ft holds 15.0 points more than that of base (95 % interval")
    assert "Of 700 records that have a partner" in ranks


def test_it_is_said_which_records_took_part_and_why():
    counts = {"records": 75, "pairs": 880}
    assert "Held out are 75 records, and both records of 880 pairs." in link_notes(document(held_out=counts))[0]
    assert link_notes(document())[0].endswith("how records of the two collections relate.")  # of an earlier version
    linked = document(learnt_from_links=["ft-linked"], held_out=counts)
    assert (
        "ft-linked learnt from experts’ links, perhaps of these pairs: its figures flatter" in link_caveats(linked)[0]
    )
    linked["settings"]["records"] = "held-out"
    assert "by the split of seed 0, since ft-linked learnt from experts’ links." in link_notes(linked)[0]
    assert not any("flatter" in caveat for caveat in link_caveats(linked))


def test_models_that_cannot_be_told_apart_are_called_so():
    found = link_findings(document(comparisons=[difference(-0.02, 0.4)]))[2]
    assert found.startswith("ft and base cannot be told apart by the top 1 % (difference −2.0 points")
    fewer = link_findings(document(comparisons=[difference(-0.2, 0.0001)]))[2]
    assert "holds 20.0 points fewer" in fewer
    assert "p < 0.001, n = 90,000 pairs" in fewer


def test_without_intervals_and_ranks_less_is_said():
    bare = {"low": None, "high": None, "queries": 0, "top_share_low": {"0.1": None, "1": None, "5": None}}
    rows = [row("base", **bare, top_share_high={"0.1": None, "1": None, "5": None})]
    found = document(rows=rows, comparisons=[], truth={"complete": False, "labels": {"same_object": 3}, "file": "x"})
    answer, areas = link_findings(found)
    assert answer.endswith("links: base 30.0 %. At random it would be 14.4 %.")
    assert areas.endswith("base 0.600.")
    assert {panel.id for panel in link_panels(found)} == {"top", "auc"}
    assert [table.name for table in link_tables(found)] == ["figures"]
    caveats = " ".join(link_caveats(found))
    assert "only the pairs that it names took part" in caveats
    assert "Only 3 links are known" in caveats
    assert "no interval can be given" in caveats


@pytest.mark.parametrize(
    ("truth", "said"),
    [
        (
            {"campaign": "C", "simulated": True, "unweighted": "", "complete": False},
            "made by a program, not by experts",
        ),
        ({"campaign": "C", "unweighted": "", "complete": False}, "each counts for as many as it stands for"),
        ({"campaign": "C", "unweighted": "It is not known.", "complete": False}, "not weighted by their chance"),
    ],
)
def test_what_limits_a_campaigns_answers_is_said(truth, said):
    found = document(truth=truth | {"labels": {"same_object": 100}}, left_out=["text-image"])
    caveats = " ".join(link_caveats(found))
    assert said in caveats
    assert "Of text-image nothing can be said" in caveats


def test_notes_say_which_records_took_part():
    assert link_notes(document())[0].startswith("All records took part")
    held_out = link_notes(document(settings={"models": ["base"], "records": "held-out"}))
    assert held_out[0] == "Both records of each pair are held out by the split of seed 0."


def test_tables_have_a_column_for_each_top():
    figures, ranks, comparisons = link_tables(document())
    assert figures.cells[0][:4] == ("base", "image-image", "plain", "linked")
    assert "0.300" in figures.cells[0]
    assert ranks.cells[0][4:9] == ("700", "0.200", "0.500", "0.700", "0.600 to 0.800")
    assert comparisons.cells[0][:5] == ("ft − base", "fused", "fused", "linked", "top 1 %")
    heading = render(figures, "csv").splitlines()[0]
    assert "top_share_0.1,top_share_1,top_share_5,top_share_0.1_low" in heading
