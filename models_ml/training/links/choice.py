"""Which of the answered pairs a training may learn from. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models_ml.training.data.links import LinkPair, RecordKey
from models_ml.training.data.records import Split, TrainingRecord
from models_ml.training.data.twins import twin_groups, words


@dataclass(frozen=True)
class ChosenPairs:
    """The pairs to learn from and those of which a record is held out, with all their records.

    elsewhere: pairs with a record that is not of the training's collections; incomparable: pairs of which a record has
    neither picture nor text.
    """

    training: tuple[LinkPair, ...]
    held_out: tuple[LinkPair, ...]
    records: Mapping[RecordKey, TrainingRecord]
    elsewhere: int
    incomparable: int


def choose_pairs(
    pairs: Sequence[LinkPair], split: Split, others: Iterable[TrainingRecord], *, seed: int
) -> ChosenPairs:
    """`others` are the records that the split left out, or of them those that a pair has.

    A pair is held out where one of its records is: by the split, by the rule of `models_ml.split` where it left the
    record out, or as a twin of such a record. So pairs of held-out records are judged by a model that saw neither.
    """
    records = {
        (record.collection, record.record_id): record for record in (*split.training, *split.evaluation, *others)
    }
    here = [pair for pair in pairs if pair.a in records and pair.b in records]
    comparable = [pair for pair in here if _is_comparable(records[pair.a]) and _is_comparable(records[pair.b])]
    named = {key: records[key] for pair in comparable for key in (pair.a, pair.b)}
    held_out = _held_out(named, split, seed)
    apart = [pair.a in held_out or pair.b in held_out for pair in comparable]
    return ChosenPairs(
        training=tuple(pair for pair, out in zip(comparable, apart, strict=True) if not out),
        held_out=tuple(pair for pair, out in zip(comparable, apart, strict=True) if out),
        records=named,
        elsewhere=len(pairs) - len(here),
        incomparable=len(here) - len(comparable),
    )


def _is_comparable(record: TrainingRecord) -> bool:
    return bool(record.images) or record.has_text


def _held_out(named: Mapping[RecordKey, TrainingRecord], split: Split, seed: int) -> set[RecordKey]:
    by_split = {(record.collection, record.record_id) for record in split.evaluation}
    own = {key for key, record in named.items() if key in by_split or record.side(seed) == "evaluation"}
    # Besides twins of twins, which the split holds out, records that it left out may have some.
    compared = [*named.values(), *split.evaluation]
    groups = twin_groups(
        [record.images for record in compared], [words((record.name, *record.segments)) for record in compared]
    ).tolist()
    of_held_out = {group for key, group in zip(named, groups, strict=False) if key in own} | {*groups[len(named) :]}
    return {key for key, group in zip(named, groups, strict=False) if group in of_held_out}
