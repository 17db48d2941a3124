"""Fine-tuning a model on the database's records, or on a training set that was exported from them.

The training itself (`models_ml.training`) knows no database. Imports torch when it runs: for commands
and jobs only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import PIL.Image
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Prefetch, Q

from heritage.catalogue.pictures import open_picture
from heritage.catalogue.queries import IMAGES_HERE, get_collections
from heritage.database.embedded import cluster_exists
from heritage.errors import UserError
from heritage.files.whole_folder import full_disk_explained
from heritage.models import Collection, Record
from heritage.progress import Progress
from heritage.sets.queries import get_set, keys_of
from models_ml.finetuning.judging import judge_pairs
from models_ml.finetuning.link_answers import pooled_links
from models_ml.models import EmbeddingModel
from models_ml.networks import sources
from models_ml.registry import check_slug, get_model, register_model
from models_ml.training.data.folder import read_training_set, write_training_set
from models_ml.training.data.records import (
    SharedPicture,
    Split,
    TrainingRecord,
    keep_twins_together,
    leave_out_pictures,
    split_records,
)
from models_ml.training.links.choice import LinkChoice, choose_links
from models_ml.training.links.config import LinkConfig

if TYPE_CHECKING:
    from models_ml.training.config import TrainingConfig
    from models_ml.training.finetune import FinetuningPlan


@dataclass(frozen=True)
class FinetuningResult:
    """What a fine-tuning did or, after a dry run, could do.

    `training` is the document that the model folders and the registry keep of it. `folders` are those of
    `models`; `registered` says whether they are in the registry: not so on a machine without a database.
    `not_written` names each model that would be another one's copy, with that other one.
    """

    models: tuple[str, ...]
    folders: tuple[Path, ...]
    registered: bool
    not_written: dict[str, str]
    counts: dict[str, int]
    shared_pictures: tuple[SharedPicture, ...]
    training: dict[str, Any]

    def in_words(self) -> str:
        """On how much, which epoch was the best, and which model was not written since it would be a copy."""
        counts = self.counts
        said = [
            f"Trained on {counts['training_records']:,} records, {counts['evaluation_records']:,} held out; "
            f"the best epoch is {self.training['best_epoch']} of {self.training['recipe']['epochs']}."
        ]
        said += [
            f"{copy} would be the same weights as {other}, and was not written."
            for copy, other in self.not_written.items()
        ]
        return " ".join(said)


@dataclass(frozen=True)
class _Data:
    split: Split
    open_image: Callable[[str], PIL.Image.Image]
    links: LinkChoice | None
    image_size: int | None = None  # side of the pictures where they were made smaller
    squash: bool = False  # to squares


def finetune_model(
    *,
    base: str,
    name: str,
    config: "TrainingConfig",
    progress: Progress,
    collections: Sequence[str] = (),
    among: Sequence[str] = (),
    data: Path | None = None,
    out: Path | None = None,
    dry_run: bool = False,
    resume: bool = False,
    checkpoint_steps: int = 0,
    leave_out: Sequence[str] = (),
    links: Sequence[str] | None = None,
    link_config: LinkConfig = LinkConfig(),  # noqa: B008 - frozen
    before_training: Callable[["FinetuningPlan"], None] = lambda plan: None,
) -> FinetuningResult:
    """Fine-tune the model `base`, a slug or a source, to NAME-best, NAME-last ... and register them.

    With `links`, names of campaigns, it goes on to NAME-linked by what experts answered there; with `data` these are
    the folder's own, and `links` is empty.

    `collections` are slugs, and `among` those of sets of records; none means all. With `data`, a folder from
    `export_training_set`, the database is not needed, and where there is none nothing is registered. The model folders
    go to `out`, by default DATA_DIR/models. `leave_out` names pictures that take no part. `before_training` is told
    what was found in the data. With `dry_run` everything is checked and counted and nothing is trained or written.
    Raises UserError, before training, for an unknown base, set, collection or campaign, a name that is taken, and
    records or links that do not suffice; whatever goes wrong later leaves no half-written model.
    """
    from models_ml.networks.loading import load_pretrained
    from models_ml.training.data.batches import require_comparable
    from models_ml.training.finetune import finetune_to_folders, is_interrupted, plan_finetuning
    from models_ml.training.group import joined_group
    from models_ml.training.kinds import possible_kinds

    if config.select == "links" and links is None:
        raise UserError(
            "--select links goes by pairs that experts linked, and this fine-tuning has none: choose loss or search, "
            "or name a campaign with --links."
        )
    if links is not None:
        _require_campaigns_or_data(links, data)
    has_database = data is None or _database_exists()
    output = (out or settings.MODELS_DIR).absolute()
    slugs = tuple(f"{name}-{kind}" for kind in possible_kinds(config.epochs, links=links is not None))
    folders = tuple(output / slug for slug in slugs)
    parent, source = _find_base(base, has_database)
    # What an interrupted run left at its end is for finetune_to_folders to tell.
    _require_free(slugs, () if resume and is_interrupted(output, name) else folders, has_database)
    if data:
        chosen = _read_folder(data, config.seed, progress, links)
    else:
        chosen = _read_database(collections, among, config.seed, leave_out, links)
    if config.select == "links" and chosen.links:
        chosen.links.require_selection()
    require_comparable(
        chosen.split.training,
        kind=config.batches,
        batch_size=config.batch_size,
        hard_negatives=config.hard_negatives,
    )
    pretrained = load_pretrained(source)
    if chosen.image_size is not None and chosen.image_size < pretrained.image_size:
        raise UserError(
            f"The training set's pictures are {chosen.image_size} px and {base} reads {pretrained.image_size} px: "
            f"export it again with --image-size {pretrained.image_size}."
        )
    if chosen.squash and pretrained.preprocess.resize_mode != "squash":
        raise UserError(
            f"The training set's pictures are squashed to squares and {base} reads them in their own shape: export it "
            "again without --squash."
        )
    plan = plan_finetuning(pretrained, chosen.split, chosen.links)
    counts = plan.counts() | plan.link_counts()
    if dry_run:
        return FinetuningResult(slugs, folders, False, {}, counts, plan.shared_pictures, {})
    before_training(plan)
    advice = "make room and give the same command again with --resume"
    with joined_group() as group, full_disk_explained(output, advice):
        finetuned = finetune_to_folders(
            pretrained,
            plan,
            config,
            base=base,
            name=name,
            output=output,
            open_image=chosen.open_image,
            progress=progress,
            resume=resume,
            checkpoint_steps=checkpoint_steps,
            link_config=link_config,
            judge=judge_pairs,
            group=group,
            when_written=partial(_register, parent=parent) if has_database else lambda folders: None,
        )
    return FinetuningResult(
        models=tuple(folder.name for folder in finetuned.folders.values()),
        folders=tuple(finetuned.folders.values()),
        registered=has_database,
        not_written={f"{name}-{kind}": f"{name}-{same}" for kind, same in finetuned.copies.items()},
        counts=counts,
        shared_pictures=plan.shared_pictures,
        training=finetuned.document(),
    )


@dataclass(frozen=True)
class ExportedSet:
    """What an export wrote: records, links where they were asked for, and the number of pictures."""

    split: Split
    links: LinkChoice | None
    images: int


def export_training_set(
    target: Path,
    *,
    collections: Sequence[str],
    among: Sequence[str] = (),
    seed: int,
    image_size: int,
    squash: bool = False,
    progress: Progress,
    leave_out: Sequence[str] = (),
    links: Sequence[str] | None = None,
) -> ExportedSet:
    """Write what `finetune_model` would read to a folder: the records, and of the campaigns `links` the pairs."""
    if not 32 <= image_size <= 1024:
        raise UserError("--image-size is the side in pixels that the model reads, from 32 to 1024; most read 224.")
    if links is not None:
        _require_campaigns_or_data(links, None)
    data = _read_database(collections, among, seed, leave_out, links)
    choice = data.links
    of_split = {*data.split.training, *data.split.evaluation}
    written = write_training_set(
        target,
        data.split,
        seed=seed,
        image_size=image_size,
        squash=squash,
        open_image=data.open_image,
        progress=progress,
        links=choice.carried() if choice else None,
        left_out=[record for record in choice.records.values() if record not in of_split] if choice else (),
    )
    return ExportedSet(data.split, choice, written)


def _require_campaigns_or_data(links: Sequence[str], data: Path | None) -> None:
    if data and links:
        raise UserError(
            "A training set brings its own links, without a database: give --links alone here, and name the campaigns "
            "to export_training_set."
        )
    if not data and not links:
        raise UserError("Name the campaigns whose answers are to be learnt from, such as --links Pilot.")


def _read_database(
    collections: Sequence[str],
    among: Sequence[str],
    seed: int,
    leave_out: Sequence[str],
    links: Sequence[str] | None,
) -> _Data:
    answered = pooled_links(links) if links else None
    records = leave_out_pictures(read_training_records(get_collections(collections or None), among), leave_out)
    split = keep_twins_together(split_records(records, seed=seed))
    choice = choose_links(answered, split, records, seed=seed) if answered else None
    return _Data(split, open_picture, choice)


def _read_folder(folder: Path, seed: int, progress: Progress, links: Sequence[str] | None) -> _Data:
    found = read_training_set(folder, progress)
    if found.seed != seed:
        raise UserError(
            f"The training set was split with seed {found.seed}: give --seed {found.seed}, or export it with "
            f"--seed {seed}."
        )
    if links is None:
        return _Data(found.split, found.open_image, None, found.image_size, found.squash)
    if found.links is None:
        raise UserError("The training set has no links: export it with export_training_set --links CAMPAIGN.")
    choice = choose_links(found.links, found.split, found.left_out, seed=seed)
    return _Data(found.split, found.open_image, choice, found.image_size, found.squash)


def _find_base(base: str, has_database: bool) -> tuple[EmbeddingModel | None, str]:
    """The registered model of that slug or source, if any, and the source to load."""
    if ":" in base:
        source = sources.stored_form(base)
        registered = EmbeddingModel.objects.filter(source=source).first() if has_database else None
        return registered, sources.loadable(source)
    if has_database:
        model = get_model(base)
        return model, sources.loadable(model.source)
    if base in sources.BUNDLED:
        return None, sources.loadable(f"bundled:{base}")
    raise UserError(
        f"There is no database here to look {base!r} up in: name the base by its source, such as "
        "ViT-B-16-SigLIP:webli, local-dir:PATH or heritage-mini."
    )


def _register(folders: Sequence[Path], *, parent: EmbeddingModel | None) -> None:
    """All or none. The folders may hold days of work: they stay whatever the database says."""
    try:
        with transaction.atomic():
            for folder in folders:
                register_model(slug=folder.name, source=f"local-dir:{folder}", parent=parent)
    except (UserError, DatabaseError) as error:
        reason = " ".join(str(error).split())
        commands = ", ".join(f"register_model {folder.name} local-dir:{folder}" for folder in folders)
        raise UserError(
            f"The models are trained but not registered ({reason}); once that is mended: {commands}."
        ) from error


def _database_exists() -> bool:
    """Whether DATABASE_URL names a server or the embedded one was ever started. Starts nothing."""
    data_dir = connection.settings_dict.get("EMBEDDED_UNDER")
    return data_dir is None or cluster_exists(data_dir)


def read_training_records(collections: Sequence[Collection], among: Sequence[str] = ()) -> list[TrainingRecord]:
    """All records of the collections, or those in one of the sets `among`, with segments and the pictures here.

    Raises UserError for a set that there is not.
    """
    chosen = Q(collection__in=collections)
    if among:
        chosen &= Q(pk__in=keys_of([get_set(slug).slug for slug in among]))
    records = (
        Record.objects.filter(chosen)
        .select_related("collection")
        .prefetch_related(Prefetch("images", queryset=IMAGES_HERE, to_attr="pictures"), "segments")
        .order_by("pk")  # a resumed run must meet them in the same order
    )
    return [
        TrainingRecord(
            collection=record.collection.slug,
            record_id=record.record_id,
            name=record.name,
            segments=tuple(segment.text for segment in record.segments.all() if segment.position > 0),
            # One picture may have come from two addresses.
            images=tuple(dict.fromkeys(image.content_hash for image in record.pictures)),
            terms=tuple(record.taxonomy),
        )
        for record in records.iterator(chunk_size=2000)
    ]


def _require_free(slugs: Sequence[str], folders: Sequence[Path], has_database: bool) -> None:
    for slug in slugs:
        check_slug(slug)
        if has_database and EmbeddingModel.objects.filter(slug=slug).exists():
            raise UserError(f"The model {slug} is registered already; choose another --name.")
    for folder in folders:
        if folder.exists():
            raise UserError(f"{folder} exists already; choose another --name, or remove the folder.")
