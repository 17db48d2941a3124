"""What a fine-tuning learnt of links: which pairs it has, how well it told them before and after, and in words."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from heritage.progress import Progress
from models_ml.networks.compute import choose_compute
from models_ml.networks.encoders import Encoder
from models_ml.networks.pretrained import Pretrained
from models_ml.training.config import TrainingConfig
from models_ml.training.data.items import Items
from models_ml.training.data.links import LinkPair
from models_ml.training.data.pixels import Pixels
from models_ml.training.group import Group
from models_ml.training.log import StepLog
from models_ml.training.loop import EpochMetrics
from models_ml.training.state import StateFile

from .batches import LinkItems, build_link_items
from .choice import LinkChoice
from .config import LinkConfig
from .cross_fitting import judge_by_folds
from .judged import JudgedPairs
from .similarities import pair_similarities
from .stage import train_on_links

# Figures of judged pairs; see models_ml/finetuning/judging.py.
Judge = Callable[[JudgedPairs], dict[str, Any]]


@dataclass(frozen=True)
class LinkPlan:
    """The pairs to learn from, and those that are held out, by the rows of decoded pictures."""

    choice: LinkChoice
    training: LinkItems
    held_out: LinkItems


def plan_links(choice: LinkChoice, rows: Mapping[str, int], cut: Callable[[str], list[str]]) -> LinkPlan:
    """`rows` and `cut` are as `build_items` takes them."""

    def items(pairs: tuple[LinkPair, ...]) -> LinkItems:
        return build_link_items(pairs, choice.records, rows, cut)

    return LinkPlan(choice, items(choice.training), items(choice.held_out))


@dataclass(frozen=True)
class PairFigures:
    """How well a model tells the links among some pairs: AUC by comparison, of those that have links and others."""

    pairs: int
    links: int
    auc: dict[str, float]


def pair_figures(encoder: Encoder, pixels: Pixels, items: LinkItems, pairs: tuple[LinkPair, ...]) -> PairFigures:
    linked = np.array([pair.is_link for pair in pairs], bool)
    auc = {}
    for name, values in pair_similarities(encoder, pixels, items).items() if pairs else ():
        known = ~np.isnan(values)
        if 0 < linked[known].sum() < known.sum():
            auc[name] = float(roc_auc_score(linked[known], values[known]))
    return PairFigures(len(pairs), int(linked.sum()), auc)


def link_quality(encoder: Encoder, pixels: Pixels, plan: LinkPlan) -> dict[str, float]:
    """The mean AUC over the comparisons of the pairs held out, as a measure; none where they cannot tell."""
    auc = pair_figures(encoder, pixels, plan.held_out, plan.choice.held_out).auc
    return {"links": float(np.mean(list(auc.values())))} if auc else {}


@dataclass(frozen=True)
class Course:
    """Figures of the same pairs before links were learnt from, and after."""

    before: PairFigures
    after: PairFigures


def learn_links(
    pretrained: Pretrained,
    pixels: Pixels,
    training: Items,
    evaluation: Items,
    plan: LinkPlan,
    config: TrainingConfig,
    link_config: LinkConfig,
    *,
    judge: Judge,
    progress: Progress,
    state: StateFile,
    group: Group,
    log: StepLog | None,
    measure: Callable[[], dict[str, float]],
) -> "Linked":
    """Train `pretrained.network` in place with links (`train_on_links`), and judge it before and after.

    `judge` gives figures of pairs that were judged by folds, where `link_config` asks for it.
    """
    encoder = partial(Encoder, pretrained, choose_compute(config.device, config.precision))
    sets = ((plan.training, plan.choice.training), (plan.held_out, plan.choice.held_out))
    before = [pair_figures(encoder(), pixels, *each) for each in sets]
    judged = None
    if link_config.folds:
        judged = judge_by_folds(
            pretrained,
            pixels,
            training,
            evaluation,
            plan.training,
            plan.choice.training,
            config,
            link_config,
            state=state,
            progress=progress,
            group=group,
        )
    history, _ = train_on_links(
        pretrained,
        pixels,
        training,
        evaluation,
        plan.training,
        config,
        link_config,
        progress=progress,
        state=state,
        group=group,
        after_history=(lambda history: log.epoch(history[-1])) if log else lambda history: None,
        after_step=log.step if log else lambda step, loss, learning_rate: None,
        measure=measure,
    )
    after = [pair_figures(encoder(), pixels, *each) for each in sets]
    learnt, held_out = (Course(*each) for each in zip(before, after, strict=True))
    out_of_fold = judge(judged) if judged and judged.pairs else None
    return Linked(plan.choice, link_config, tuple(history), learnt, held_out, judged, out_of_fold)


@dataclass(frozen=True)
class Linked:
    """The stage with links, done. `history` counts its epochs on from the captions'; `out_of_fold` has the figures of
    the `judged` pairs."""

    choice: LinkChoice
    config: LinkConfig
    history: tuple[EpochMetrics, ...]
    learnt: Course
    held_out: Course
    judged: JudgedPairs | None = None
    out_of_fold: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """What training.json says of it."""
        answered = self.choice.answered
        return {
            "campaigns": list(answered.campaigns),
            "simulated": answered.simulated,
            **self.choice.counts(),
            "recipe": asdict(self.config),
            "learnt": asdict(self.learnt),
            "held_out": asdict(self.held_out),
            "out_of_fold": self._out_of_fold(),
        }

    def _out_of_fold(self) -> dict[str, Any] | None:
        if self.judged is None:
            return None
        return {"pairs": len(self.judged.pairs), "models": self.judged.models, "figures": self.out_of_fold or {}}

    def in_words(self) -> str:
        """For the model card."""
        answered, counts = self.choice.answered, self.choice.counts()
        simulated = " A program gave answers among these: they are simulated." if answered.simulated else ""
        lines = [
            f"{answered.source} gave {counts['link_answers']:,} answers.{simulated} Epochs {self.history[0].epoch} to "
            f"{self.history[-1].epoch} learnt from {counts['link_pairs']:,} pairs of records, "
            f"{counts['links_among_pairs']:,} of them links, with weight {self.config.weight:g} beside the captions. "
            f"{counts['link_pairs_held_out']:,} pairs were not learnt from, since one of their records is held out.",
            "",
            "AUC, a link against an unrelated pair (chance 0.5):",
            "",
            "| | learnt from, before | after | held out, before | after |",
            "|---|---|---|---|---|",
        ]
        sets = (self.learnt.before, self.learnt.after, self.held_out.before, self.held_out.after)
        for name in self.learnt.after.auc | self.held_out.after.auc:
            cells = [f"{each.auc[name]:.3f}" if name in each.auc else "" for each in sets]
            lines.append(f"| {name} | {' | '.join(cells)} |")
        return "\n".join([*lines, *self._folds_in_words()])

    def _folds_in_words(self) -> Iterator[str]:
        if not self.judged or not self.out_of_fold:
            return
        yield from (
            "",
            f"{len(self.judged.pairs):,} of the pairs were also judged by models that learnt from neither record "
            f"({self.judged.models} runs from the same weights; link-folds.csv). AUC of any link, with 95 % intervals:",
            "",
            "| | before | after |",
            "|---|---|---|",
        )
        for name, by_label in self.out_of_fold.items():
            if auc := by_label.get("linked", {}).get("auc"):
                cells = [_with_interval(auc[when], auc[f"{when}_interval"]) for when in ("before", "after")]
                yield f"| {name} | {' | '.join(cells)} |"


def _with_interval(value: float, interval: tuple[float, float] | None) -> str:
    return f"{value:.3f}" + (f" ({interval[0]:.3f} to {interval[1]:.3f})" if interval else "")
