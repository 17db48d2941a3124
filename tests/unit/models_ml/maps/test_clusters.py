"""Clusters are found where they are, and are named by what is theirs."""

import numpy as np

from models_ml.maps.clusters import NONE, colour_terms, find_clusters, name_clusters, terms_of

random = np.random.default_rng(4)
SIZES = (300, 200, 100)
OF = np.repeat([0, 1, 2], SIZES)
PLACES = np.array([[100, 100], [500, 120], [300, 600]])[OF] + random.normal(size=(600, 2)) * 12


def test_three_heaps_are_three_clusters_the_largest_first() -> None:
    found = find_clusters(PLACES, seed=0)
    for heap in range(3):
        own = found[heap == OF]
        assert (own == heap).mean() > 0.95
    assert np.array_equal(found, find_clusters(PLACES, seed=0))


def test_of_many_points_those_not_looked_at_belong_where_their_nearest_does(monkeypatch) -> None:
    monkeypatch.setattr("models_ml.maps.clusters.LOOKED_AT", 240)
    found = find_clusters(PLACES, seed=0)
    assert all((found[heap == OF] == heap).mean() > 0.9 for heap in range(3))


def test_few_points_have_no_clusters() -> None:
    assert (find_clusters(PLACES[:9], seed=0) == NONE).all()
    assert name_clusters(np.full(9, NONE, np.uint16), PLACES[:9], [["lamp"]] * 9) == []


def test_a_cluster_is_named_by_what_the_others_have_not() -> None:
    terms = [["object", ("telephones", "lamps", "clocks")[heap], f"odd {place}"] for place, heap in enumerate(OF)]
    named = name_clusters(OF.astype(np.uint16), PLACES.astype(np.uint16), terms)
    assert [cluster.terms[0] for cluster in named] == ["telephones", "lamps", "clocks"]
    assert [cluster.size for cluster in named] == list(SIZES)
    assert all("odd" not in cluster.name for cluster in named)
    for heap, cluster in enumerate(named):
        assert [cluster.x, cluster.y] in PLACES.astype(np.uint16)[heap == OF].tolist()


def test_a_name_says_nothing_twice() -> None:
    terms = [["lamp", "lamps", "oil"]] * 5 + [["clock"]] * 5
    named = name_clusters(np.repeat([0, 1], 5).astype(np.uint16), PLACES[:10].astype(np.uint16), terms)
    assert named[0].terms == ("lamp", "oil")


def test_terms_are_the_museums_and_otherwise_the_words_of_the_name() -> None:
    assert terms_of("The telephone of a ship", [" Telephones ", ""]) == ["Telephones"]
    assert terms_of("The telephone of a ship", []) == ["telephone", "ship"]
    assert terms_of("Die Lampe aus dem Haus", []) == ["lampe", "haus"]


def test_colours_go_to_the_terms_that_cover_most_records() -> None:
    terms = [["thing", "lamp", "oil"]] * 4 + [["thing", "oil"]] * 1 + [["thing", "clock"]] * 3 + [["thing"]] * 3
    chosen, of = colour_terms(terms, 2)
    assert chosen == ["oil", "clock"]  # all things are things, and lamps are under oil already
    assert of.tolist() == [0] * 5 + [1] * 3 + [255] * 3
