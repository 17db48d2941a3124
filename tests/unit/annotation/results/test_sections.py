"""Sections of the results, and each chart and table of theirs by its name alone."""

from collections import Counter

from annotation.results.sections.whole import SECTIONS, result_chart, result_table


def test_addresses_of_sections_charts_and_tables_are_each_of_one() -> None:
    for names in (
        [kind.id for kind in SECTIONS],
        [name for kind in SECTIONS for name in kind.charts],
        [name for kind in SECTIONS for name in kind.tables],
    ):
        assert not [name for name, count in Counter(names).items() if count > 1]


def test_one_table_is_made_of_its_own_part_of_the_document() -> None:
    thirds = [{"name": "first third", "n": 4, "share": 0.5, "low": 0.2, "high": 0.8, "median_seconds": 9.0}]
    document = {"simulated": True, "finer_labels": [], "order_and_time": {"thirds": thirds}}
    table = result_table(document, "order")
    assert table is not None
    assert [row["share"] for row in table.raw] == [0.5]
    chart = result_chart(document, "order")
    assert chart is not None
    assert chart.simulated


def test_what_has_no_figures_or_is_unknown_is_none() -> None:
    document = {"simulated": True, "finer_labels": [], "order_and_time": {"thirds": []}}
    assert result_table(document, "order") is None
    assert result_table(document, "nothing") is None
    assert result_table(document, "finer-labels") is None  # this campaign has none
    assert result_chart(document, "nothing") is None
