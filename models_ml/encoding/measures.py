"""Whether the encoder answers, and how much is asked of it."""

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from models_ml.encoding.client import questions_in_hand


def encoder() -> Iterator[Metric]:
    asked = questions_in_hand()
    yield GaugeMetricFamily(
        "heritage_encoder_up", "1 where the encoder of this machine answers within a second.", float(asked is not None)
    )
    if asked is not None:
        yield GaugeMetricFamily(
            "heritage_encoder_questions", "Questions that the encoder answers now, or that wait for it.", float(asked)
        )
