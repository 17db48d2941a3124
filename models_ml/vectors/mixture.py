"""Whether picture vectors that are compared are of the same pictures: the museum's files, or the page's, as once."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, Q

from heritage.models import Collection
from models_ml.models import EmbeddingModel, ImageVector

# By model: how many of its picture vectors are of the page's pictures, and how many there are.
PicturesSeen = Mapping[str, Sequence[int]]


def pictures_seen(models: Sequence[EmbeddingModel], collections: Sequence[Collection]) -> dict[str, list[int]]:
    """What the models saw of the collections' pictures; only models with vectors."""
    vectors = ImageVector.objects.filter(model__in=models, image__record__collection__in=collections).order_by()
    counts = vectors.values("model__slug").annotate(older=Count("pk", filter=Q(of_page=True)), total=Count("pk"))
    return {row["model__slug"]: [row["older"], row["total"]] for row in counts}


def mixture(seen: PicturesSeen) -> str:
    """What to say where vectors of both kinds are compared, and what to do; empty where all are of one."""
    older = {slug: (of_page, total) for slug, (of_page, total) in seen.items() if of_page}
    if not older or all(of_page == total for of_page, total in seen.values()):
        return ""
    counts = ", ".join(f"{of_page:,} of {total:,} of {slug}" for slug, (of_page, total) in older.items())
    commands = " and ".join(f"embed {slug} --renew" for slug in older)
    return (
        f"Some picture vectors are of the page’s lossy pictures and the others of the museums’ files ({counts}), so "
        f"their cosines do not quite compare: run {commands} first."
    )
