"""Everything that writes a campaign's finer labels, and finds the one that an answer names.

A campaign's row is locked meanwhile, so that two who work on its labels do not undo each other's checks. Once people
have answered, labels are only added and their names worded better: answers keep the meaning with which they were given.
"""

from collections.abc import Sequence

from django.db import transaction

from heritage.errors import UserError
from heritage.models import User

from . import queries
from .finer_labels import FinerLabelDraft, check_finer_labels, draft_of
from .models import Campaign, FinerLabel, FinerLabelName


@transaction.atomic
def add_finer_labels(*, campaign: Campaign, drafts: Sequence[FinerLabelDraft]) -> list[FinerLabel]:
    """Add all of the drafts behind those that there are, or raise UserError and add none."""
    _lock(campaign)
    existing = list(campaign.finer_labels.all())
    checked = check_finer_labels(
        drafts, existing=[draft_of(each) for each in existing], model_slugs=campaign.sampling.model_slugs
    )
    first = 1 + max((each.position for each in existing), default=0)
    return FinerLabel.objects.bulk_create(
        FinerLabel(
            campaign=campaign,
            label=draft.label,
            key=draft.key,
            name=draft.name,
            shortcut=draft.shortcut,
            position=position,
        )
        for position, draft in enumerate(checked, start=first)
    )


@transaction.atomic
def change_finer_label(
    *, campaign: Campaign, key: str, name: str, shortcut: str | None = None, changed_by: User | None = None
) -> FinerLabel:
    """Give it another name, and another letter (empty for none; None leaves it). Raises UserError.

    Once people have answered, the letter stays (their fingers know it), and the name that they read stays on record.
    """
    finer = _locked(campaign, key)
    wanted = finer.shortcut if shortcut is None else shortcut.strip().lower()
    if wanted != finer.shortcut:
        _check_unanswered(campaign, "the letter of a finer label stays")
    others = [draft_of(each) for each in campaign.finer_labels.exclude(pk=finer.pk)]
    draft = FinerLabelDraft(label=finer.label, name=name, key=finer.key, shortcut=wanted)
    [checked] = check_finer_labels([draft], existing=others, model_slugs=campaign.sampling.model_slugs)
    if checked.name != finer.name and queries.has_answers(campaign):
        FinerLabelName.objects.create(finer=finer, name=finer.name, changed_by=changed_by)
    finer.name, finer.shortcut = checked.name, checked.shortcut
    finer.save(update_fields=["name", "shortcut"])
    return finer


@transaction.atomic
def move_finer_label(*, campaign: Campaign, key: str, by: int) -> FinerLabel:
    """Up (`by` -1) or down (1) among those under its label; at the end it stays. Raises UserError once answered."""
    finer = _locked(campaign, key)
    _check_unanswered(campaign, "the order of finer labels stays")
    beside = list(campaign.finer_labels.filter(label=finer.label))
    place = beside.index(finer) + by
    if 0 <= place < len(beside):
        other = beside[place]
        finer.position, other.position = other.position, finer.position
        FinerLabel.objects.bulk_update([finer, other], ["position"])
    return finer


@transaction.atomic
def remove_finer_label(*, campaign: Campaign, key: str) -> FinerLabel:
    """Take it away. Raises UserError once people have answered."""
    finer = _locked(campaign, key)
    # Waits for an answer that is naming it at this moment, which then counts as the first.
    FinerLabel.objects.select_for_update().get(pk=finer.pk)
    _check_unanswered(campaign, "finer labels stay")
    finer.delete()
    return finer


def finer_label_named(campaign: Campaign, label: str, key: str) -> FinerLabel | None:
    """The finer label that an answer names, held until the answer is stored; None for an empty key.

    Call in a transaction. Raises UserError for a key that there is not, or that is under another of the four.
    """
    if not key:
        return None
    finer = FinerLabel.objects.select_for_update(no_key=True).filter(campaign=campaign, key=key).first()
    if finer is None:
        raise UserError(f"There is no finer label {key[:80]} in this campaign: leave it out, or use one that there is.")
    if finer.label != label:
        raise UserError(
            f"The finer label {key} is under {finer.label}, not under {label}: use one that is, or leave it out."
        )
    return finer


def _lock(campaign: Campaign) -> None:
    Campaign.objects.select_for_update().get(pk=campaign.pk)


def _locked(campaign: Campaign, key: str) -> FinerLabel:
    _lock(campaign)
    finer = FinerLabel.objects.filter(campaign=campaign, key=key).first()
    if finer is None:
        raise UserError("There is no such finer label any more: somebody has removed it.")
    return finer


def _check_unanswered(campaign: Campaign, what: str) -> None:
    if queries.has_answers(campaign):
        raise UserError(f"People have answered in this campaign, so {what} as they found it.")
