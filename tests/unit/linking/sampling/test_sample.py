"""Sampling invariants: strata partition all pairs, quotas, no pair twice, the same draw for the same seed."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from threading import Barrier

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from heritage.errors import UserError
from linking.sampling.comparisons import ALL_COMPARISONS, COMPARISONS, DEFAULT_COMPARISONS
from linking.sampling.devices import GraphicsProcessor, Processors
from linking.sampling.draw import record_keys
from linking.sampling.sample import Design, draw_sample
from linking.sampling.sections import Universe
from linking.sampling.similarity import group_vectors
from linking.sampling.strata import default_patterns
from linking.sampling.tiles import Engine
from tests import linking_reference

DIMENSION = 5


def drawn_or_reject(*arguments):
    """A sample; a generated world in which a collection got no image at all is no example."""
    try:
        return draw_sample(*arguments)
    except UserError:
        reject()


def random_world(seed: int, *, models: int = 3, collections=(9, 6), ties: bool = False, missing: bool = True):
    """(collections, {model: {modality: [vectors of each record]}}): related models, as fine-tuned ones are."""
    random = np.random.default_rng(seed)
    count = sum(collections)
    tables: dict[str, dict[str, list[np.ndarray]]] = {f"model{number}": {} for number in range(models)}
    for modality in ("image", "text"):
        sizes = random.integers(0 if missing else 1, 4, count)
        common = random.normal(size=(sizes.sum(), DIMENSION))
        for by_modality in tables.values():
            vectors = common + 0.5 * random.normal(size=common.shape)
            vectors = np.round(vectors) / 4 if ties else vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
            by_modality[modality] = np.split(vectors.astype(np.float32), np.cumsum(sizes)[:-1])
    return np.repeat(np.arange(len(collections)), collections), tables


def universe_of(collections: np.ndarray, chosen: np.ndarray | None = None) -> Universe:
    keys = record_keys((f"c{collection}", f"r{place}") for place, collection in enumerate(collections))
    return Universe(keys, collections, chosen)


def source_of(tables):
    def vectors(model, modality):
        lists = tables[model][modality]
        records = np.repeat(np.arange(len(lists)), [len(table) for table in lists])
        return group_vectors(records, np.concatenate(lists))

    return vectors


def design_for(tables, **changes) -> Design:
    models = tuple(tables)
    given = {
        "models": models,
        "comparisons": tuple(COMPARISONS[name] for name in DEFAULT_COMPARISONS),
        "percentile": 80,
        "percentile_over": "records",
        "patterns": default_patterns(len(models)),
        "per_stratum": 3,
        "seed": 0,
    }
    return Design(**given | changes)


def as_tuples(sample):
    return [(pair.a, pair.b, pair.comparison, pair.pattern) for pair in sample.pairs]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    ties=st.booleans(),
    models=st.integers(1, 4),
    comparison=st.sampled_from(list(COMPARISONS)),
    percentile=st.sampled_from([50, 80, 97.5, 99]),
    over=st.sampled_from(["records", "vectors"]),
    collections=st.sampled_from([(9, 6), (4, 4, 5), (1, 12)]),
    memory=st.sampled_from([1, 3000, 2**26]),
)
def test_thresholds_and_strata_equal_the_reference_pair_for_pair(
    seed, ties, models, comparison, percentile, over, collections, memory
):
    places, tables = random_world(seed, models=models, collections=collections, ties=ties)
    every_pattern = tuple(format(code, f"0{models}b") for code in range(2**models))
    design = design_for(
        tables,
        comparisons=(COMPARISONS[comparison],),
        percentile=percentile,
        percentile_over=over,
        patterns=every_pattern,
        per_stratum=1000,
    )
    pairs = linking_reference.cross_collection_pairs(places)
    first = next(iter(tables.values()))
    if not linking_reference.similarities(first, comparison, pairs):
        with pytest.raises(UserError, match="No pair of records can be compared"):
            draw_sample(universe_of(places), source_of(tables), design, engine=Engine(memory=memory))
        return
    sample = draw_sample(universe_of(places), source_of(tables), design, engine=Engine(memory=memory))
    thresholds, strata = linking_reference.strata(tables, comparison, places, percentile, over)
    assert sample.thresholds[comparison] == pytest.approx(thresholds, abs=1e-14)
    drawn: dict[str, set[tuple[int, int]]] = {}
    for pair in sample.pairs:
        drawn.setdefault(pair.pattern, set()).add((pair.a, pair.b))
    assert drawn == strata
    assert {pattern: size for pattern, size in sample.sizes[comparison].items() if size} == {
        pattern: len(found) for pattern, found in strata.items()
    }


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), ties=st.booleans(), quota=st.integers(1, 12), draw_seed=st.integers(0, 5))
def test_draws_keep_quotas_name_no_pair_twice_and_belong_to_their_stratum(seed, ties, quota, draw_seed):
    places, tables = random_world(seed, ties=ties, missing=False)
    design = design_for(tables, per_stratum=quota, seed=draw_seed)
    sample = drawn_or_reject(universe_of(places), source_of(tables), design)
    pairs = [(pair.a, pair.b) for pair in sample.pairs]
    assert len(set(pairs)) == len(pairs)
    assert all(places[a] < places[b] for a, b in pairs)
    drawn = Counter((pair.comparison, pair.pattern) for pair in sample.pairs)
    for comparison, sizes in sample.sizes.items():
        assert sum(sizes.values()) == 9 * 6
        for pattern in design.patterns:
            assert drawn[comparison, pattern] <= min(quota, sizes[pattern])
    for pair in sample.pairs:
        assert pair.pattern == "".join(str(int(pair.similar[pair.comparison][model])) for model in design.models)
        for comparison, by_model in pair.similarity.items():
            aggregate = COMPARISONS[comparison].aggregate
            for model, value in by_model.items():
                left, right = (tables[model][modality] for modality in comparison.split("-"))
                assert value == linking_reference.similarity(left[pair.a], right[pair.b], aggregate)
                assert pair.similar[comparison][model] == (value >= sample.thresholds[comparison][model])


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), ties=st.booleans(), memory=st.sampled_from([1, 500, 20_000]))
def test_the_same_seed_draws_the_same_pairs_whatever_the_memory(seed, ties, memory):
    places, tables = random_world(seed, ties=ties)

    def outcome(size):
        """The sample, or why there is none: now and then a collection gets no image at all."""
        try:
            found = draw_sample(universe_of(places), source_of(tables), design_for(tables), engine=Engine(memory=size))
            return found.thresholds, found.sizes, found.pairs
        except UserError as error:
            return str(error)

    assert outcome(memory) == outcome(2**26)


def test_another_seed_draws_other_pairs():
    places, tables = random_world(3, collections=(40, 30))
    draws = {
        tuple(as_tuples(draw_sample(universe_of(places), source_of(tables), design_for(tables, seed=seed))))
        for seed in range(5)
    }
    assert len(draws) == 5


def test_a_draw_does_not_depend_on_the_order_of_the_records():
    places, tables = random_world(4, collections=(20, 10))
    universe = universe_of(places)
    order = np.concatenate([np.arange(20)[::-1], np.arange(20, 30)])
    turned = Universe(universe.keys[order], places)
    turned_tables = {
        model: {modality: [lists[place] for place in order] for modality, lists in by_modality.items()}
        for model, by_modality in tables.items()
    }
    one = draw_sample(universe, source_of(tables), design_for(tables))
    other = draw_sample(turned, source_of(turned_tables), design_for(tables))
    assert as_tuples(one) == [(order[a], order[b], *stratum) for a, b, *stratum in as_tuples(other)]


def test_draws_are_uniform_over_a_stratum():
    places, tables = random_world(8, collections=(12, 10), missing=False)
    design = {"comparisons": (COMPARISONS["image-image"],), "per_stratum": 6, "patterns": ("000",)}
    drawn: Counter[tuple[int, int]] = Counter()
    for seed in range(400):
        sample = draw_sample(universe_of(places), source_of(tables), design_for(tables, seed=seed, **design))
        drawn.update((pair.a, pair.b) for pair in sample.pairs)
    size = sample.sizes["image-image"]["000"]
    expected = 400 * 6 / size
    # Chi-squared with size - 1 degrees of freedom: mean size - 1, variance about twice that.
    statistic = sum((drawn[pair] - expected) ** 2 for pair in drawn) / expected + (size - len(drawn)) * expected
    assert abs(statistic - (size - 1)) < 4 * np.sqrt(2 * (size - 1))


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), chosen_seed=st.integers(0, 100))
def test_chosen_records_restrict_strata_but_not_thresholds(seed, chosen_seed):
    places, tables = random_world(seed, missing=False)
    chosen = np.random.default_rng(chosen_seed).random(len(places)) < 0.3
    design = design_for(tables, per_stratum=100, comparisons=(COMPARISONS["text-text"],))
    every = drawn_or_reject(universe_of(places), source_of(tables), design)
    some = draw_sample(universe_of(places, chosen), source_of(tables), design)
    assert some.thresholds == every.thresholds
    assert as_tuples(some) == [pair for pair in as_tuples(every) if chosen[pair[0]] or chosen[pair[1]]]
    assert sum(some.sizes["text-text"].values()) == 9 * 6 - (~chosen[:9]).sum() * (~chosen[9:]).sum()


@pytest.mark.parametrize("percentile", [99, 97.5, 80, 50])
def test_about_the_named_share_of_pairs_lies_above_a_threshold(percentile):
    places, tables = random_world(11, collections=(60, 40), missing=False)
    sample = draw_sample(universe_of(places), source_of(tables), design_for(tables, percentile=percentile))
    for comparison in DEFAULT_COMPARISONS:
        for place in range(3):
            above = sum(size for pattern, size in sample.sizes[comparison].items() if pattern[place] == "1")
            assert above == pytest.approx(2400 * (1 - percentile / 100), abs=1)


def test_models_with_vectors_of_different_images_are_refused():
    places, tables = random_world(1, missing=False)
    tables["model1"]["image"][0] = tables["model1"]["image"][0][:0]
    with pytest.raises(ValueError, match="different images or texts"):
        draw_sample(universe_of(places), source_of(tables), design_for(tables))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    ties=st.booleans(),
    models=st.integers(1, 3),
    percentile=st.sampled_from([40, 60, 80]),
    memory=st.sampled_from([1, 2**26]),
)
def test_similar_by_image_and_text_both_equals_the_reference(seed, ties, models, percentile, memory):
    places, tables = random_world(seed, models=models, ties=ties)
    every_pattern = tuple(format(code, f"0{models}b") for code in range(2**models))
    comparisons = (ALL_COMPARISONS["image+text"],)
    design = design_for(
        tables, comparisons=comparisons, percentile=percentile, patterns=every_pattern, per_stratum=1000
    )
    expected = None
    with suppress(IndexError, ValueError):  # of no pairs there is no percentile
        expected = linking_reference.strata_of_both(tables, places, percentile)
    if not expected:
        with pytest.raises(UserError, match="No pair of records can be compared"):
            draw_sample(universe_of(places), source_of(tables), design, engine=Engine(memory=memory))
        return
    sample = draw_sample(universe_of(places), source_of(tables), design, engine=Engine(memory=memory))
    drawn: dict[str, set[tuple[int, int]]] = {}
    for pair in sample.pairs:
        drawn.setdefault(pair.pattern, set()).add((pair.a, pair.b))
    assert drawn == expected


def test_controls_are_uniform_over_all_pairs_and_over_similar_ones():
    places, tables = random_world(8, collections=(12, 10), missing=False)
    comparison = (COMPARISONS["text-text"],)
    design = {"comparisons": comparison, "per_stratum": 6, "patterns": ("111",), "controls": ("random", "similar")}
    drawn: dict[str, Counter[str]] = {"random": Counter(), "similar": Counter()}
    for seed in range(150):
        sample = draw_sample(universe_of(places), source_of(tables), design_for(tables, seed=seed, **design))
        for pair in sample.pairs:
            if pair.control:
                drawn[pair.control][pair.pattern] += 1
    sizes = sample.sizes["text-text"]
    assert sample.controls["text-text"] == {"random": 120, "similar": 120 - sizes["000"]}
    assert drawn["random"].total() == drawn["similar"].total() == 900
    assert drawn["random"]["000"] / 900 == pytest.approx(sizes["000"] / 120, abs=0.06)
    assert drawn["similar"]["000"] == 0
    assert drawn["similar"]["011"] / 900 == pytest.approx(sizes["011"] / (120 - sizes["000"]), abs=0.08)


def test_inclusion_probabilities_are_how_often_pairs_are_drawn():
    places, tables = random_world(8, collections=(12, 10), missing=False)
    comparisons = (COMPARISONS["image-image"], COMPARISONS["text-text"])
    design = {"comparisons": comparisons, "per_stratum": 3, "patterns": ("000",), "controls": ("similar", "random")}
    drawn: Counter[tuple[int, int]] = Counter()
    promised: dict[tuple[int, int], float] = {}
    rounds = 250
    for seed in range(rounds):
        sample = draw_sample(universe_of(places), source_of(tables), design_for(tables, seed=seed, **design))
        drawn.update((pair.a, pair.b) for pair in sample.pairs)
        promised |= {(pair.a, pair.b): pair.inclusion for pair in sample.pairs}
    assert len(promised) == 120
    assert sum(promised.values()) == pytest.approx(len(sample.pairs)) == 2 * 3 * 3
    rates = np.array([drawn[pair] / rounds for pair in promised])
    expected = np.array(list(promised.values()))
    assert len(set(expected.round(6))) == 4
    # Their errors are those of so many draws, and of never giving a pair to two strata.
    assert np.abs(rates - expected).mean() < 1.2 * np.sqrt(expected * (1 - expected) / rounds).mean()


def test_chosen_collections_are_crossed_and_no_others():
    places, tables = random_world(5, collections=(6, 5, 4), missing=False)
    universe = replace(universe_of(places), crossed=((0, 2), (1, 2)))
    sample = draw_sample(universe, source_of(tables), design_for(tables))
    assert sum(sample.sizes["image-image"].values()) == 6 * 4 + 5 * 4
    assert {(places[pair.a], places[pair.b]) for pair in sample.pairs} == {(0, 2), (1, 2)}


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), ties=st.booleans(), memory=st.sampled_from([1, 2**26]))
def test_histograms_count_exact_similarities(seed, ties, memory):
    places, tables = random_world(seed, ties=ties, missing=False)
    sample = drawn_or_reject(universe_of(places), source_of(tables), design_for(tables))
    if memory == 1:
        again = draw_sample(universe_of(places), source_of(tables), design_for(tables), engine=Engine(memory=1))
        assert again.histograms["text-text"]["model0"].as_json() == sample.histograms["text-text"]["model0"].as_json()
    pairs = linking_reference.cross_collection_pairs(places)
    for comparison, by_model in sample.histograms.items():
        for model, histogram in by_model.items():
            values = list(linking_reference.similarities(tables[model], comparison, pairs).values())
            values = np.clip(np.array(values, np.float64), -1, 1)
            expected, _ = np.histogram(values, histogram.edges)
            assert histogram.pairs.tolist() == expected.tolist()
            assert sum(histogram.as_json()["pairs"]) == len(values)


def test_the_number_of_threads_changes_nothing():
    places, tables = random_world(9, collections=(40, 30))

    def outcome(workers):
        device = Processors()
        device.workers = workers
        return draw_sample(universe_of(places), source_of(tables), design_for(tables), engine=Engine(device, 20_000))

    one, many = outcome(1), outcome(5)
    assert (one.thresholds, one.sizes, one.pairs) == (many.thresholds, many.sizes, many.pairs)


@pytest.mark.parametrize("ties", [True, False])
def test_torch_draws_what_numpy_draws(ties):
    """On the processor: what a GPU runs, but for the GPU."""
    places, tables = random_world(12, ties=ties, collections=(30, 20))
    design = design_for(tables, comparisons=tuple(ALL_COMPARISONS.values()), controls=("random",))
    one, other = (
        draw_sample(universe_of(places), source_of(tables), design, engine=Engine(device, 50_000))
        for device in (Processors(), GraphicsProcessor("cpu"))
    )
    assert (one.thresholds, one.sizes, one.pairs) == (other.thresholds, other.sizes, other.pairs)


class Member:
    """A process of a group, played by a thread."""

    def __init__(self, rank: int, size: int, barrier: Barrier, table: list) -> None:
        self.rank, self.size, self._barrier, self._table = rank, size, barrier, table

    def collect(self, own):
        self._table[self.rank] = own
        self._barrier.wait()
        found = list(self._table)
        self._barrier.wait()
        return found


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10**6), ties=st.booleans(), size=st.integers(2, 4), memory=st.sampled_from([1, 3000, 2**26]))
def test_processes_that_share_the_work_all_get_what_one_gets(seed, ties, size, memory):
    places, tables = random_world(seed, ties=ties, missing=False)
    design = design_for(tables, controls=("random",))
    alone = draw_sample(universe_of(places), source_of(tables), design)
    barrier, table = Barrier(size, timeout=60), [None] * size

    def member(rank):
        engine = Engine(memory=memory, group=Member(rank, size, barrier, table))
        found = draw_sample(universe_of(places), source_of(tables), design, engine=engine)
        return found.thresholds, found.sizes, found.controls, found.pairs

    with ThreadPoolExecutor(size) as pool:
        for found in pool.map(member, range(size)):
            assert found == (alone.thresholds, alone.sizes, alone.controls, alone.pairs)
