"""What becomes of a picture's rows once it is asked for, and which pictures may be shown.

A picture that has arrived, that cannot be had, or that the museum has changed. `fetching` downloads, the store
under `heritage.pictures` keeps the files.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import PIL.Image
from django.db import transaction
from django.db.models import Q

from heritage.catalogue.picture_files import discard_pictures_after_commit, hold_picture_files, missing_files
from heritage.errors import UserError
from heritage.models import Image
from heritage.pictures.store import ImageError, ImageStore, StoredImage, is_tiled
from heritage.progress import NoProgress, Progress

logger = logging.getLogger(__name__)


@transaction.atomic
def store_fetched_image(
    *, image_ids: Sequence[int], stored: StoredImage, service: str = "", validators: Mapping[str, str] | None = None
) -> bool:
    """The picture of these images, which share an address, has arrived. One that is here already stays.

    Returns False, with nothing written, where its file has been removed since: nothing named it yet.
    """
    if not _is_held(stored):
        return False
    arrived = _arrived(stored, service, validators)
    Image.objects.filter(pk__in=image_ids, content_hash="").update(**arrived, problem="")
    return True


@transaction.atomic
def replace_changed_image(
    *, image_ids: Sequence[int], stored: StoredImage, service: str = "", validators: Mapping[str, str] | None = None
) -> bool:
    """The museum shows another picture at the address of these images: new rows, so that old vectors go.

    Returns False as `store_fetched_image` does.
    """
    if not _is_held(stored):
        return False
    images = list(Image.objects.select_for_update().filter(pk__in=image_ids))
    Image.objects.filter(pk__in=[image.pk for image in images]).delete()
    discard_pictures_after_commit({image.content_hash for image in images})
    for image in images:
        image.pk = None
        image.problem = ""
        for field, value in _arrived(stored, service, validators).items():
            setattr(image, field, value)
    Image.objects.bulk_create(images)
    return True


def _is_held(stored: StoredImage) -> bool:
    """Keeps the file until the transaction ends, and says whether it is there."""
    hold_picture_files()
    return not missing_files([stored.content_hash])


def _arrived(stored: StoredImage, service: str, validators: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "content_hash": stored.content_hash,
        "width": stored.width,
        "height": stored.height,
        "validators": dict(validators or {}),
    } | ({"service": service} if service else {})


def mark_image_unavailable(*, image_ids: Sequence[int], problem: str) -> None:
    """The picture of these images cannot be had; `problem` says why, in a sentence for people."""
    Image.objects.filter(pk__in=image_ids, content_hash="").update(problem=problem)


def renew_validators(*, image_ids: Sequence[int], validators: Mapping[str, str]) -> None:
    """The same picture came again, with these words of the server to ask by next time."""
    Image.objects.filter(pk__in=image_ids).update(validators=dict(validators))


def open_picture(content_hash: str) -> PIL.Image.Image:
    """The museum's picture in RGB, upright and in all its pixels. Raises UserError where it cannot be read."""
    try:
        return ImageStore.from_settings().picture(content_hash)
    except ImageError as error:
        raise UserError(f"The picture {content_hash[:12]}… {error}.") from error


def is_withheld(content_hash: str) -> bool:
    """Whether all who have this picture say that it, or its record, may not be shown."""
    images = Image.objects.filter(content_hash=content_hash).order_by()
    hidden = images.annotate(hidden=Q(withheld=True) | Q(record__withheld=True)).values_list("hidden", flat=True)
    return set(hidden.distinct()) == {True}


def is_shown_in_catalogue(content_hash: str) -> bool:
    """Whether some record that may be shown has this picture, and lets it be shown."""
    return Image.objects.filter(content_hash=content_hash, withheld=False, record__withheld=False).exists()


def name_to_save_under(content_hash: str) -> str:
    """What people would call the file of a picture, without its ending, such as smg-1950-12-2."""
    images = Image.objects.filter(content_hash=content_hash, withheld=False).select_related("record__collection")
    image = images.order_by("pk").first()
    if image is None:
        return content_hash[:12]
    name = f"{image.record.collection.slug}-{image.record.record_id}-{image.position + 1}"
    return "".join(letter if letter.isalnum() or letter in "-." else "_" for letter in name)


def make_missing_tiles(*, collection: str = "", progress: Progress | None = None) -> int:
    """Cut the large pictures of one collection, or of all, that came before there were tiles; counts them.

    Raises UserError where the folder of images cannot be written.
    """
    progress = progress or NoProgress()
    store = ImageStore.from_settings()
    images = Image.objects.exclude(content_hash="").exclude(Q(width=None) | Q(height=None)).order_by()
    if collection:
        images = images.filter(record__collection__slug=collection)
    sizes = images.values_list("content_hash", "width", "height").distinct()
    missing = [
        content_hash
        for content_hash, width, height in sizes.iterator()
        if is_tiled(width or 0, height or 0) and not store.tiles_folder(content_hash).is_dir()
    ]
    progress.start(f"Cutting tiles of {collection or 'all collections'}", len(missing))
    made = 0
    for content_hash in missing:
        try:
            made += store.make_tiles(content_hash)
        except ImageError as error:  # Its display was made by another version; it is enlarged from that.
            logger.warning("No tiles of %s: it %s", content_hash, error)
        progress.advance()
    return made
