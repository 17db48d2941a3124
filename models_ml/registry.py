"""Which models there are: registering, finding, and the bundled one that is there from the start."""

import re
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from heritage.errors import UserError
from models_ml.models import EmbeddingModel
from models_ml.networks import sources
from models_ml.training.document import read_training_document

HERITAGE_MINI = "heritage-mini"


@transaction.atomic
def register_model(*, slug: str, source: str, parent: EmbeddingModel | None = None) -> EmbeddingModel:
    """Add a model. A folder that `finetune` wrote, here or elsewhere, brings its training along, and its parent
    where its base is registered here. Naming the same source again changes nothing; another source needs another
    slug, since stored vectors and published results go by the slug.

    Raises UserError for a slug that is taken or malformed and for a source that cannot be read.
    """
    check_slug(slug)
    source = sources.stored_form(source)
    description = sources.describe(source)
    existing = EmbeddingModel.objects.select_for_update().filter(slug=slug).first()
    if existing:
        if (existing.source, existing.fingerprint) == (source, description.fingerprint):
            return existing
        raise UserError(f"The model {slug} is registered with other weights ({existing.source}); choose another slug.")
    folder = sources.local_folder(source)
    training = read_training_document(folder) if folder else {}
    if parent is None and training:
        base = training["base"]
        parent = EmbeddingModel.objects.filter(Q(slug=base) | Q(source=base)).first()
    return EmbeddingModel.objects.create(
        slug=slug,
        source=source,
        dimension=description.dimension,
        fingerprint=description.fingerprint,
        parent=parent,
        training=training,
    )


def check_slug(slug: str) -> None:
    """Raise UserError where `slug` cannot name a model."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", slug):
        raise UserError(f"{slug!r} cannot name a model: use letters, digits, - and _ only, at most 100.")


def ensure_bundled_model() -> None:
    """Register heritage-mini where it is not, or refresh what is known of it after an upgrade."""
    source = f"bundled:{HERITAGE_MINI}"
    description = sources.describe(source)
    model, _ = EmbeddingModel.objects.get_or_create(
        slug=HERITAGE_MINI, defaults={"source": source, "dimension": description.dimension}
    )
    if model.fingerprint != description.fingerprint:
        # Vectors of other weights are of no use with these.
        model.image_vectors.all().delete()
        model.segment_vectors.all().delete()
        model.dimension, model.fingerprint = description.dimension, description.fingerprint
        model.save()


def get_model(slug: str) -> EmbeddingModel:
    """The model of that slug. Raises UserError that lists the known ones."""
    return get_models([slug])[0]


def get_models(slugs: Sequence[str]) -> list[EmbeddingModel]:
    """The models of those slugs, in that order. Raises UserError that lists the known ones."""
    found = {model.slug: model for model in EmbeddingModel.objects.all()}
    for slug in slugs:
        if slug not in found:
            raise UserError(f"No model is called {slug!r}. Registered: {', '.join(sorted(found)) or 'none'}.")
    return [found[slug] for slug in slugs]
