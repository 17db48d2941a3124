"""How many answers are stored, without whose they are or what they say."""

from collections.abc import Iterator

from django.db.models import Model
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from annotation.models import Annotation, PreferenceAnswer, Reflection, Skip

KINDS: dict[str, type[Model]] = {
    "annotation": Annotation,
    "skip": Skip,
    "reflection": Reflection,
    "preference": PreferenceAnswer,
}


def answers_stored() -> Iterator[Metric]:
    family = GaugeMetricFamily("heritage_answers", "Answers stored, with those corrected since.", labels=("kind",))
    for kind, model in KINDS.items():
        family.add_metric((kind,), model._default_manager.count())
    yield family
