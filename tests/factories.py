"""What tests make in the database, with as little said as each test needs."""

from collections.abc import Sequence
from typing import Any

import factory
import numpy as np
from django.utils.text import slugify
from factory.django import DjangoModelFactory

from annotation.campaigns.actions import create_campaign
from annotation.models import Campaign, FinerLabel, PreferenceStudy
from annotation.preference.actions import CheckedRecipe, plan_choices, store_study
from annotation.preference.recipe import StudyRecipe, parse_slices
from heritage.models import Collection, Image, Record, Role, TextSegment, User
from linking.models import CandidatePair, Sampling, Stratum
from models_ml.models import EmbeddingModel
from models_ml.vectors.store import items_of, write_vectors

# --- annotation ------------------------------------------------------------------------------


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence("person{}".format)
    role = Role.ANNOTATOR


class CollectionFactory(DjangoModelFactory):
    class Meta:
        model = Collection
        django_get_or_create = ("slug",)

    slug = factory.Sequence("collection{}".format)
    name = factory.LazyAttribute(lambda collection: collection.slug.title())


class RecordFactory(DjangoModelFactory):
    class Meta:
        model = Record

    collection = factory.SubFactory(CollectionFactory)
    record_id = factory.Sequence("1900-{}".format)
    name = factory.Sequence("Telephone {}".format)
    description = "A telephone of black bakelite."


class ImageFactory(DjangoModelFactory):
    """A picture's row. Its pixels are not there unless a test writes them."""

    class Meta:
        model = Image

    record = factory.SubFactory(RecordFactory)
    position = factory.Sequence(int)
    source = factory.Sequence("pictures/{}.jpg".format)
    content_hash = factory.Sequence("{:064x}".format)


class SamplingFactory(DjangoModelFactory):
    """Two models of which the second sees what the first does not."""

    class Meta:
        model = Sampling

    name = factory.Sequence("Sampling {}".format)
    recipe = factory.LazyFunction(lambda: {"models": ["model-one", "model-two"], "collections": ["left", "right"]})


class StratumFactory(DjangoModelFactory):
    class Meta:
        model = Stratum

    sampling = factory.SubFactory(SamplingFactory)
    comparison = "image-image"
    pattern = factory.LazyFunction(lambda: {"model-one": 0, "model-two": 1})
    available = 12_345


class CandidatePairFactory(DjangoModelFactory):
    class Meta:
        model = CandidatePair

    stratum = factory.SubFactory(StratumFactory)
    sampling = factory.SelfAttribute("stratum.sampling")
    a = factory.SubFactory(RecordFactory, collection__slug="left")
    b = factory.SubFactory(RecordFactory, collection__slug="right")
    similarity = factory.LazyFunction(lambda: {"image-image": {"model-one": 0.4567891, "model-two": 0.7654321}})
    similar = factory.LazyFunction(lambda: {"image-image": {"model-one": False, "model-two": True}})


class CampaignFactory(DjangoModelFactory):
    """A campaign without assignments; `annotation.campaigns.actions.create_campaign` makes one with them."""

    class Meta:
        model = Campaign

    name = factory.Sequence("Campaign {}".format)
    sampling = factory.SubFactory(SamplingFactory)


class FinerLabelFactory(DjangoModelFactory):
    class Meta:
        model = FinerLabel

    campaign = factory.SubFactory(CampaignFactory)
    label = "same_category"
    name = factory.Sequence("Finer label {}".format)
    key = factory.LazyAttribute(lambda finer: slugify(finer.name))
    position = factory.Sequence(int)


STRATA = (
    ("image-image", {"model-one": 1, "model-two": 1}),
    ("image-image", {"model-one": 0, "model-two": 1}),
    ("text-text", {"model-one": 1, "model-two": 0}),
)


def sampling_with_pairs(per_stratum: int = 4, **arguments: object) -> Sampling:
    """A sampling of three strata over two comparisons, each record with one picture."""
    sampling = SamplingFactory(**arguments)
    for comparison, pattern in STRATA:
        stratum = StratumFactory(sampling=sampling, comparison=comparison, pattern=pattern)
        for pair in CandidatePairFactory.create_batch(per_stratum, stratum=stratum):
            for record in (pair.a, pair.b):
                ImageFactory(record=record, position=0)
    return sampling


def campaign_for(*people: User, pairs_each: int = 4, **arguments: object) -> Campaign:
    """An open campaign with pairs for these people."""
    sampling = sampling_with_pairs(per_stratum=max(1, -(-pairs_each * len(people) // len(STRATA))))
    names = {"name": CampaignFactory.build().name, "sampling": sampling} | arguments
    return create_campaign(annotators=[person.username for person in people], pairs_each=pairs_each, **names)


# --- linking ---------------------------------------------------------------------------------


def collections_with_vectors(
    sizes: dict[str, int],
    models: Sequence[str],
    *,
    models_present: Sequence[str] = (),
    dimension: int = 6,
    seed: int = 0,
) -> list[EmbeddingModel]:
    """Collections of so many records, each with a name and most with a picture, and vectors of related models.

    models are made, models_present are there already.
    """
    random = np.random.default_rng(seed)
    collections = [CollectionFactory(slug=slug) for slug in sizes]
    for collection in collections:
        for number in range(sizes[collection.slug]):
            record = RecordFactory(collection=collection, record_id=f"{collection.slug}-{number}")
            TextSegment.objects.create(record=record, kind="name", position=0, text=record.name)
            for position in range(number % 3):  # every third record has no picture
                ImageFactory(record=record, position=position)
    registered = [
        EmbeddingModel.objects.create(slug=slug, source=f"local-dir:{slug}", dimension=dimension) for slug in models
    ] + list(EmbeddingModel.objects.filter(slug__in=models_present))
    for modality in ("image", "text"):
        items = items_of(modality, collections).order_by("pk")
        keys = list(items.values_list("pk", flat=True))
        common = random.normal(size=(len(keys), dimension))
        for model in registered:
            vectors = common + 0.6 * random.normal(size=common.shape)
            vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
            write_vectors(model=model, modality=modality, keys=keys, vectors=vectors.astype(np.float32))
    return registered


# --- preference studies ----------------------------------------------------------------------


def preference_study(
    *people: User,
    models: Sequence[str] = ("model-one", "model-two", "model-three"),
    queries: Sequence[str] = ("lamp", "telephone"),
    slices: Sequence[str] = ("1-3", "4-6"),
    same: Sequence[tuple[str, str]] = (),
    **changes: Any,
) -> PreferenceStudy:
    """An open study for these people, with records drawn in place of what the models would find.

    Each record has one picture. `same` names pairs of models of which the second finds what the first finds.
    """
    records = [ImageFactory(record__collection__slug="left", position=0).record.pk for _ in range(24)]
    parts = parse_slices(slices)
    random = np.random.default_rng(5)
    found = {
        model: np.array([random.permutation(records)[: parts[-1].last] for _ in queries], np.int64) for model in models
    }
    for one, other in same:
        found[other] = found[one]
    checked = CheckedRecipe((), (Collection.objects.get(slug="left"),), people, tuple(queries), parts)
    recipe = StudyRecipe(
        **{"name": f"Study {PreferenceStudy.objects.count() + 1}", "seed": 1}
        | {"models": tuple(models), "collections": ("left",), "queries": tuple(queries), "slices": tuple(slices)}
        | {"annotators": tuple(person.username for person in people)}
        | changes
    )
    return store_study(recipe, plan_choices(checked, found))
