"""Samplings by every kind of similarity equal a naive reference, whatever the vectors, the tiles and the device."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heritage.errors import UserError
from linking.sampling.comparisons import COMPARISONS, METHOD_COMPARISONS, Fusion
from linking.sampling.devices import GraphicsProcessor, Processors
from linking.sampling.draw import record_keys
from linking.sampling.sample import Design, draw_sample
from linking.sampling.sections import Universe
from linking.sampling.similarity import group_vectors
from linking.sampling.tiles import Engine
from linking.sampling.variants.kinds import KINDS
from tests import linking_reference

TOLERANCE = 3e-5  # of sums of a few standardised similarities; of cosines a hundredth of it
WORLDS = ("random", "house styles", "identical", "ties", "zeros", "no images here", "texts only there")
SHAPES = ((9, 6), (4, 4, 5), (1, 12), (1, 1), (25, 14))


def world(name: str, shape: tuple[int, ...], seed: int, models: int = 2):
    """(collections, {model: {modality: [vectors of each record]}}); each model has a dimension of its own."""
    random = np.random.default_rng(seed)
    collections = np.repeat(np.arange(len(shape)), shape)
    sizes = {modality: random.integers(1, 4, len(collections)) for modality in ("image", "text")}
    if name not in ("random", "house styles"):
        sizes = {modality: random.integers(0, 4, len(collections)) for modality in sizes}
    if name == "no images here":
        sizes["image"][collections == 0] = 0
    if name == "texts only there":
        sizes["image"][collections == collections[-1]] = 0
    tables: dict[str, dict[str, list[np.ndarray]]] = {}
    for model in range(models):
        dimension = 5 + 2 * model
        styles = 3 * random.normal(size=(len(shape), dimension))
        tables[f"model{model}"] = {}
        for modality, counts in sizes.items():
            vectors = random.normal(size=(counts.sum(), dimension))
            if name == "house styles":
                vectors += styles[np.repeat(collections, counts)]
            if name == "identical":
                vectors = np.ones_like(vectors)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            if name == "ties":
                vectors = np.round(2 * vectors) / 2
            if name == "zeros":
                vectors[::2] = 0
            tables[f"model{model}"][modality] = np.split(vectors.astype(np.float32), np.cumsum(counts)[:-1])
    return collections, tables


def universe_of(collections: np.ndarray) -> Universe:
    return Universe(record_keys((f"c{of}", f"r{place}") for place, of in enumerate(collections)), collections)


def source_of(tables):
    def vectors(model, modality):
        lists = tables[model][modality]
        return group_vectors(np.repeat(np.arange(len(lists)), [len(table) for table in lists]), np.concatenate(lists))

    return vectors


def design_of(tables, kind: str, comparisons, **changes) -> Design:
    """All pairs are drawn, of every pattern."""
    parts = tuple(COMPARISONS[name] for name in comparisons)
    given = {
        "models": tuple(tables),
        "comparisons": (Fusion(parts),) if KINDS[kind].fused else parts,
        "percentile": 80,
        "percentile_over": "records",
        "patterns": tuple(format(code, f"0{len(tables)}b") for code in range(2 ** len(tables))),
        "per_stratum": 10**6,
        "seed": 0,
        "kind": KINDS[kind],
    }
    return Design(**given | changes)


@settings(max_examples=120, deadline=None)
@given(
    name=st.sampled_from(WORLDS),
    shape=st.sampled_from(SHAPES),
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(list(KINDS)),
    comparisons=st.sampled_from([*([name] for name in COMPARISONS), list(METHOD_COMPARISONS), list(COMPARISONS)]),
    percentile=st.sampled_from([50, 80, 99]),
    memory=st.sampled_from([1, 3000, 2**26]),
)
def test_similarities_thresholds_and_strata_equal_the_reference(
    name, shape, seed, kind, comparisons, percentile, memory
):
    collections, tables = world(name, shape, seed)
    if len(comparisons) > 1 and not KINDS[kind].fused:
        comparisons = comparisons[:1]  # no pair is drawn twice, so all are drawn by one comparison only
    design = design_of(tables, kind, comparisons, percentile=percentile)
    expected = {
        model: linking_reference.similarities_of_kind(own, kind, comparisons, collections)
        for model, own in tables.items()
    }
    [comparison] = [part.name for part in design.comparisons]
    if not expected["model0"][comparison]:
        with pytest.raises(UserError, match="No pair of records can be compared"):
            draw_sample(universe_of(collections), source_of(tables), design, engine=Engine(memory=memory))
        return
    sample = draw_sample(universe_of(collections), source_of(tables), design, engine=Engine(memory=memory))
    assert {(pair.a, pair.b) for pair in sample.pairs} == set(expected["model0"][comparison])
    for model, by_comparison in expected.items():
        own = {(pair.a, pair.b): pair.similarity[comparison][model] for pair in sample.pairs}
        assert np.isfinite(list(own.values())).all()
        assert own == pytest.approx(by_comparison[comparison], abs=TOLERANCE, rel=1e-5)
        # What the engine found is exactly what follows from its own similarities.
        threshold = np.percentile(np.array(list(own.values()), np.float64), percentile)
        assert sample.thresholds[comparison][model] == pytest.approx(threshold, abs=1e-13)
        for pair in sample.pairs:
            assert pair.similar[comparison][model] == (own[pair.a, pair.b] >= sample.thresholds[comparison][model])
    assert all(
        pair.pattern == "".join(str(int(flag)) for flag in pair.similar[comparison].values()) for pair in sample.pairs
    )
    sizes = {pattern: size for pattern, size in sample.sizes[comparison].items() if size}
    assert sizes == Counter(pair.pattern for pair in sample.pairs)
    assert all(pair.inclusion == 1 for pair in sample.pairs)
    assert all(histogram.pairs.sum() > 0 for histogram in sample.histograms[comparison].values())


@pytest.mark.parametrize("kind", KINDS)
def test_memory_threads_and_device_change_nothing(kind):
    collections, tables = world("house styles", (60, 40), 5)
    design = design_of(tables, kind, list(COMPARISONS), per_stratum=5, percentile=97, controls=("random",))

    def outcome(device, memory, workers=None):
        device.workers = workers or device.workers
        engine = Engine(device, memory)
        found = draw_sample(universe_of(collections), source_of(tables), design, engine=engine)
        histograms = {
            (comparison, model): histogram.pairs.tolist()
            for comparison, by_model in found.histograms.items()
            for model, histogram in by_model.items()
        }
        return found.thresholds, found.sizes, found.controls, found.pairs, histograms

    first = outcome(Processors(), 2**26)
    assert outcome(Processors(), 9000, 5) == first
    assert outcome(GraphicsProcessor("cpu"), 50_000) == first


@pytest.mark.parametrize("kind", KINDS)
def test_a_sampling_does_not_depend_on_the_order_of_the_records(kind):
    collections, tables = world("house styles", (20, 10), 4)
    universe = universe_of(collections)
    order = np.concatenate([np.arange(20)[::-1], np.arange(20, 30)])
    turned = {
        model: {modality: [lists[place] for place in order] for modality, lists in by_modality.items()}
        for model, by_modality in tables.items()
    }
    design = design_of(tables, kind, list(COMPARISONS), per_stratum=4)
    one = draw_sample(universe, source_of(tables), design)
    other = draw_sample(Universe(universe.keys[order], collections), source_of(turned), design)
    assert [(pair.a, pair.b, pair.pattern) for pair in one.pairs] == [
        (order[pair.a], order[pair.b], pair.pattern) for pair in other.pairs
    ]


def test_centred_finds_the_same_things_where_plain_finds_the_same_house():
    """Two houses draw the same thirty things, each in its style: the true partners are the most similar pairs."""
    random = np.random.default_rng(3)
    things, styles = random.normal(size=(30, 24)), 4 * random.normal(size=(2, 24))
    vectors = np.concatenate([things + style + 0.5 * random.normal(size=things.shape) for style in styles])
    vectors[::3] += 3 * random.normal(size=24)  # a second look that some records of either house share
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    tables = {"model": {"image": np.split(vectors, 60), "text": np.split(vectors, 60)}}

    def partners_found(kind):
        design = design_of(tables, kind, ["image-image"], percentile=100 * (1 - 30 / 900), patterns=("1",))
        sample = draw_sample(universe_of(np.repeat([0, 1], 30)), source_of(tables), design)
        return sum(pair.b == pair.a + 30 for pair in sample.pairs)

    assert partners_found("centred") > partners_found("plain")


@pytest.mark.parametrize("kind", ["csls", "centred+csls", "fused"])
def test_percentiles_over_vectors_have_no_meaning_where_records_are_adjusted(kind):
    collections, tables = world("random", (9, 6), 0)
    design = design_of(tables, kind, ["image-image"], percentile_over="vectors")
    with pytest.raises(ValueError, match="over pairs of records"):
        draw_sample(universe_of(collections), source_of(tables), design)
