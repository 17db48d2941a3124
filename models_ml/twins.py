"""Models that are one set of weights under several names: whatever is said of one holds for the other."""

from collections import defaultdict
from collections.abc import Iterable

from models_ml.models import EmbeddingModel

BEST, LAST = "-best", "-last"


def twins(slugs: Iterable[str] | None = None) -> list[tuple[str, ...]]:
    """Those of these models (all there are, without) that share their weights, by slug. One query."""
    registered = EmbeddingModel.objects.order_by("slug")
    if slugs is not None:
        registered = registered.filter(slug__in=list(slugs))
    by_weights: dict[str, list[str]] = defaultdict(list)
    for slug, fingerprint, source in registered.values_list("slug", "fingerprint", "source"):
        by_weights[fingerprint or source].append(slug)
    return [tuple(same) for same in by_weights.values() if len(same) > 1]


def twins_in_words(slugs: Iterable[str] | None = None) -> list[str]:
    """A sentence for each set of weights that several of these models are."""
    return [_in_words(same) for same in twins(slugs)]


def _in_words(same: tuple[str, ...]) -> str:
    names = f"{', '.join(same[:-1])} and {same[-1]}"
    first, last = same[0], same[-1]
    if len(same) == 2 and first.endswith(BEST) and last == first.removesuffix(BEST) + LAST:
        return f"{names} are the same: the last epoch was the best."
    return f"{names} are the same weights under {len(same)} names: they cannot differ."
