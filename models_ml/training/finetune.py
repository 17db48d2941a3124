"""Fine-tuning a model on records, from their split to finished model folders. Needs no database."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL.Image import Image
from safetensors import SafetensorError
from safetensors.torch import load_file

from heritage.errors import UserError
from heritage.files.whole_folder import whole_folder
from heritage.progress import Progress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.folder import WEIGHTS_NAME
from models_ml.networks.pretrained import Pretrained
from models_ml.networks.tokenizer import cut_text
from models_ml.split import HELD_OUT
from models_ml.training.averaging import EpochMean
from models_ml.training.checkpoint import CARD_NAME, write_metrics, write_model, write_split
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.pixels import Pixels, decode, read_decoded
from models_ml.training.data.records import (
    MAX_TOKENS,
    Leaks,
    SharedPicture,
    Split,
    TrainingRecord,
    build_items,
    find_leaks,
    find_shared_pictures,
    image_names,
)
from models_ml.training.document import read_training_document, write_training_document
from models_ml.training.figures import HeldOutFigures, held_out_figures, search_quality
from models_ml.training.finetuned import Finetuned, OnHeldOut
from models_ml.training.group import Group
from models_ml.training.kinds import (
    AVERAGE,
    BEST,
    LAST,
    LINKED,
    SELECTIONS,
    Selection,
    averaged_epochs,
    kept_weights,
    possible_kinds,
)
from models_ml.training.links.choice import LinkChoice
from models_ml.training.links.config import LinkConfig
from models_ml.training.links.judged import write_judged
from models_ml.training.links.linked import Judge, LinkPlan, learn_links, link_quality, plan_links
from models_ml.training.log import LOG_FOLDER, StepLog
from models_ml.training.loop import ALONE, EpochMetrics, evaluate_network, train
from models_ml.training.state import StateFile, network_digest, run_identity

STATE_NAME, LINK_STATE_NAME = "state.safetensors", "state-links.safetensors"
# Decoded images above this lie in a file that the operating system pages, not in memory.
MEMORY_BYTES = 2 * 1024**3


@dataclass(frozen=True)
class FinetuningPlan:
    """The items a fine-tuning runs over, known before any image is decoded."""

    split: Split
    images: tuple[str, ...]
    training: Items
    evaluation: Items
    leaks: Leaks
    shared_pictures: tuple[SharedPicture, ...]
    links: LinkPlan | None = None

    @property
    def collections(self) -> tuple[str, ...]:
        return tuple(sorted({record.collection for record in (*self.split.training, *self.split.evaluation)}))

    @cached_property
    def rows(self) -> dict[str, int]:
        """Each image's row among the decoded pixels."""
        return {image: row for row, image in enumerate(self.images)}

    def counts(self) -> dict[str, int]:
        return {
            "training_records": len(self.split.training),
            "evaluation_records": len(self.split.evaluation),
            "records_left_out": self.split.left_out,
            "held_out_beside_twins": self.split.beside_twins,
            "images": len(self.images),
            "training_items": len(self.training),
            "evaluation_items": len(self.evaluation),
            "shared_images": self.leaks.images,
            "shared_sentences": self.leaks.sentences,
            "held_out_with_known_name": self.leaks.names,
        }

    def link_counts(self) -> dict[str, int]:
        """Of the pairs of records, empty where the run has no links."""
        return self.links.choice.counts() if self.links else {}


def plan_finetuning(pretrained: Pretrained, split: Split, links: LinkChoice | None = None) -> FinetuningPlan:
    """Count out images and items for this model's tokenizer."""
    images = image_names((*split.training, *split.evaluation, *(links.records.values() if links else ())))
    rows = {image: row for row, image in enumerate(images)}
    limit = min(MAX_TOKENS, pretrained.context_length)
    cut = partial(cut_text, pretrained.tokenizer, limit=limit)
    return FinetuningPlan(
        split=split,
        images=tuple(images),
        training=build_items(split.training, rows, cut),
        evaluation=build_items(split.evaluation, rows, cut),
        leaks=find_leaks(split),
        shared_pictures=find_shared_pictures(split),
        links=plan_links(links, rows, cut) if links else None,
    )


def finetune_to_folders(
    pretrained: Pretrained,
    plan: FinetuningPlan,
    config: TrainingConfig,
    *,
    base: str,
    name: str,
    output: Path,
    open_image: Callable[[str], Image],
    progress: Progress,
    resume: bool = False,
    checkpoint_steps: int = 0,
    link_config: LinkConfig = LinkConfig(),  # noqa: B008 - frozen
    judge: Judge = lambda judged: {},
    group: Group = ALONE,
    when_written: Callable[[Sequence[Path]], None] = lambda folders: None,
) -> Finetuned:
    """Train and write `output`/NAME-best (best by `config.select`), NAME-last, NAME-average, and NAME-linked where the
    plan has links, see `kinds`.

    What would be a copy of one before it is not written. The folders appear at the end, complete; whatever interrupts
    the work before leaves none, but once there is a checkpoint (after each epoch and every `checkpoint_steps` steps),
    `output`/.NAME.training stays, and `resume` goes on from it. Without `resume` such a folder is a UserError.
    `base` is what the card calls the model that training starts from. Every process of the `group` calls this;
    `output` must be the same folder for all, and the first writes to it. It then calls `when_written` with the
    folders; a run that is killed before that has ended goes on with `resume` too.
    """
    compute = choose_compute(config.device, config.precision)
    started = time.monotonic()
    workplace = _workplace(output, name)
    targets = {kind: output / f"{name}-{kind}" for kind in possible_kinds(config.epochs, links=plan.links is not None)}
    resolved = replace(config, device=str(compute.device), precision=compute.precision)
    identity = run_identity(network_digest(pretrained.network), resolved, plan.images, plan.training, plan.evaluation)
    state = StateFile(workplace / STATE_NAME, identity, checkpoint_steps)
    if state.path.exists() and not resume:
        raise UserError(f"A training of {name} was interrupted: go on with --resume, or remove {workplace}.")
    group.wait()  # until all have looked
    finished = False
    log: StepLog | None = None
    try:
        if group.is_first:
            _clear_up(workplace, targets, identity)
            log = StepLog(workplace / LOG_FOLDER)
        group.wait()
        pixels = _decode(pretrained, plan, config, open_image, workplace, progress, group)
        figures = partial(_figures, pretrained, pixels, plan, config)
        measure = partial(_measures, pretrained, pixels, plan, config)
        best_epoch = partial(_best_epoch, SELECTIONS[config.select])
        before = figures()
        averaged = averaged_epochs(config.epochs)
        mean = EpochMean(workplace, averaged[0])

        def keep_weights(history: Sequence[EpochMetrics]) -> None:
            if log:
                log.epoch(history[-1])
            if group.is_first and len(history) > 1:
                if best_epoch(history) == history[-1].epoch:
                    _write_weights(workplace / BEST, pretrained)
                if AVERAGE in targets:
                    mean.add(pretrained.network, history[-1].epoch)

        history = train(
            pretrained,
            pixels,
            lambda epoch: plan.training,
            plan.evaluation,
            config,
            progress=progress,
            after_epoch=lambda metrics: None,
            after_history=keep_weights,
            state=state,
            group=group,
            after_step=log.step if log else lambda step, loss, learning_rate: None,
            measure=measure,
        )
        group.wait()  # until the last sum is on disk
        if AVERAGE in targets:
            averaged = mean.epochs(config.epochs)
        kept = kept_weights(best_epoch(history), averaged, config.epochs, link_config.epochs if plan.links else 0)
        folders = {weights.kind: targets[weights.kind] for weights in kept if weights.same_as is None}
        if group.is_first and LAST in folders:
            _write_weights(workplace / LAST, pretrained)
        linked = None
        if plan.links:
            linked = learn_links(
                pretrained,
                pixels,
                plan.training,
                plan.evaluation,
                plan.links,
                config,
                link_config,
                judge=judge,
                progress=progress,
                state=_link_state(workplace, identity, plan.links, link_config, checkpoint_steps),
                group=group,
                log=StepLog(workplace / LOG_FOLDER / LINKED) if log else None,
                measure=measure,
            )
            history += linked.history
            if group.is_first:
                _write_weights(workplace / LINKED, pretrained)
        if group.is_first and AVERAGE in folders:
            mean.load(pretrained.network, config.epochs)
            _write_weights(workplace / AVERAGE, pretrained)
        group.wait()  # until all weights are on disk
        after = {}
        for weights in kept:
            if weights.kind in folders:
                _load_weights(workplace / weights.kind, pretrained)
                if len(weights.epochs) == 1:
                    of_epoch = history[weights.epochs[0]]
                    loss, measures = of_epoch.evaluation_loss, of_epoch.measures
                else:
                    loss = evaluate_network(pretrained, pixels, plan.evaluation, config, group)
                    measures = measure()
                after[weights.kind] = OnHeldOut(loss, measures, figures())
        finetuned = Finetuned(
            base=base,
            run=identity,
            collections=plan.collections,
            counts=plan.counts(),
            config=resolved,
            history=tuple(history),
            links=linked,
            best_epoch=kept[0].epochs[0],
            kept=kept,
            folders=folders,
            before=before,
            after=after,
            seconds=time.monotonic() - started,
        )
        if log:
            log.close()
            (workplace / LOG_FOLDER).replace(workplace / BEST / LOG_FOLDER)
            for kind, target in folders.items():
                _complete(workplace / kind, name, kind, plan, finetuned)
                (workplace / kind).replace(target)
        group.wait()
        finished = True  # whatever becomes of the rest
        if group.is_first:
            when_written(tuple(folders.values()))
        return finetuned
    finally:
        if group.is_first and (finished or not state.path.exists()):
            shutil.rmtree(workplace, ignore_errors=True)


def is_interrupted(output: Path, name: str) -> bool:
    """Whether a training of `name` has left a state in `output` to go on from."""
    return (_workplace(output, name) / STATE_NAME).exists()


def _link_state(
    workplace: Path, identity: str, plan: LinkPlan, link_config: LinkConfig, checkpoint_steps: int
) -> StateFile:
    """Of the stage with links, beside that of the captions, which stays where they ended."""
    pairs = [[*pair.a, *pair.b, pair.target, pair.weight] for pair in plan.choice.training]
    told = json.dumps([identity, asdict(link_config), pairs])
    return StateFile(workplace / LINK_STATE_NAME, hashlib.sha256(told.encode()).hexdigest(), checkpoint_steps)


def _workplace(output: Path, name: str) -> Path:
    return output / f".{name}.training"


def _clear_up(workplace: Path, targets: Mapping[str, Path], identity: str) -> None:
    """Make the workplace ready for a start, or for going on wherever a run was killed.

    A run killed while it put its finished folders in their places has them taken back, to finish again. Any other
    folder at `targets` is a UserError.
    """
    if not (workplace / STATE_NAME).exists():
        shutil.rmtree(workplace, ignore_errors=True)  # of a run that was killed before its first checkpoint
    workplace.mkdir(parents=True, exist_ok=True)
    for unfinished in workplace.glob(".*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    for kind, target in targets.items():
        if target.exists():
            if read_training_document(target).get("run") != identity:
                raise UserError(f"{target} exists already; choose another --name, or remove the folder.")
            target.replace(workplace / kind)
    if (log := workplace / BEST / LOG_FOLDER).exists():
        log.replace(workplace / LOG_FOLDER)


def _best_epoch(selection: Selection, history: Sequence[EpochMetrics]) -> int:
    """0, before training, never counts."""
    trained = history[1:]
    figures = [metrics.figure(selection.name) for metrics in trained]
    return selection.best_epoch(figures, [metrics.evaluation_loss for metrics in trained])


def split_document(records: Mapping[str, Sequence[TrainingRecord]], *, seed: int) -> dict[str, Any]:
    """What split.json says: the rule and each side's records as [collection, record id]."""
    return {
        "rule": "SHA-256 of collection, record id and seed, see models_ml/split.py; "
        "twins as in models_ml/training/data/twins.py",
        "seed": seed,
        "held_out": HELD_OUT,
        **{side: [[record.collection, record.record_id] for record in group] for side, group in records.items()},
    }


def _decode(
    pretrained: Pretrained,
    plan: FinetuningPlan,
    config: TrainingConfig,
    open_image: Callable[[str], Image],
    workplace: Path,
    progress: Progress,
    group: Group,
) -> Pixels:
    """Decoded once, whatever the number of processes: the others read the first one's file."""
    enlarge = config.augmentation.margin if config.augmentation else 1.0
    size = len(plan.images) * round(enlarge * pretrained.image_size) ** 2 * 3
    file = workplace / "pixels" if size > MEMORY_BYTES or group.size > 1 else None
    if group.is_first:
        openers = [partial(open_image, image) for image in plan.images]
        pixels = decode(openers, pretrained.preprocess, progress=progress, enlarge=enlarge, file=file)
        if isinstance(pixels.data, np.memmap):
            pixels.data.flush()
    group.wait()
    if not group.is_first:
        pixels = read_decoded(len(plan.images), pretrained.preprocess, workplace / "pixels", enlarge=enlarge)
    return pixels


def _figures(
    pretrained: Pretrained, pixels: Pixels, plan: FinetuningPlan, config: TrainingConfig
) -> HeldOutFigures | None:
    named = [record for record in plan.split.evaluation if record.name.strip()]
    encoder = Encoder(pretrained, choose_compute(config.device, config.precision))
    return held_out_figures(
        encoder, pixels, [plan.rows[record.images[0]] for record in named], [record.name for record in named]
    )


def _measures(pretrained: Pretrained, pixels: Pixels, plan: FinetuningPlan, config: TrainingConfig) -> dict[str, float]:
    """What an epoch may be selected by, beside the loss."""
    encoder = Encoder(pretrained, choose_compute(config.device, config.precision))
    records = plan.split.evaluation
    texts = [[text for text in (record.name, *record.segments) if text.strip()] for record in records]
    first, slugs = [plan.rows[record.images[0]] for record in records], [record.collection for record in records]
    search = search_quality(encoder, pixels, first, texts, slugs)
    return {"search": search, **(link_quality(encoder, pixels, plan.links) if plan.links else {})}


def _load_weights(folder: Path, pretrained: Pretrained) -> None:
    try:
        pretrained.network.load_state_dict(load_file(folder / WEIGHTS_NAME))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise UserError(f"The weights kept in {folder} are damaged; remove {folder.parent} and start again.") from error


def _write_weights(folder: Path, pretrained: Pretrained) -> None:
    with whole_folder(folder) as incoming:
        write_model(incoming, pretrained)


def _complete(folder: Path, name: str, kind: str, plan: FinetuningPlan, finetuned: Finetuned) -> None:
    """Put metrics, split, training document and card beside the weights."""
    write_metrics(folder, finetuned.history)
    records = {"train": plan.split.training, "evaluation": plan.split.evaluation}
    write_split(folder, split_document(records, seed=finetuned.config.seed))
    if kind == LINKED and finetuned.links and finetuned.links.judged:
        write_judged(folder, finetuned.links.judged)
    document = finetuned.document() | {"kind": kind}
    if kind != LINKED:
        document.pop("links", None)  # this one learnt nothing of them
    write_training_document(folder, document)
    (folder / CARD_NAME).write_text(finetuned.card(name, kind), encoding="utf-8")
