"""Everything that writes a campaign's labels, the four and the finer ones, and finds the one that an answer names.

A campaign's row is locked meanwhile, so that two who work on its labels do not undo each other's checks. Once people
have answered, finer labels are only added and names worded better: answers keep the meaning with which they were given.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat

from annotation.labels.queries import campaign_labels, has_answers
from annotation.models import Campaign, CampaignLabel, CampaignLabelName, FinerLabel, FinerLabelName
from heritage.errors import UserError
from heritage.models import User

from .finer import FinerLabelDraft, check_finer_labels, finer_draft
from .four import DEFAULT_LABELS, LabelDraft, check_labels, label_draft


@transaction.atomic
def change_scheme(
    *,
    campaign: Campaign,
    labels: Sequence[LabelDraft] = (),
    finer: Sequence[FinerLabelDraft] = (),
    added: Sequence[FinerLabelDraft] = (),
    moved: tuple[str, int] | None = None,
    removed: str = "",
    changed_by: User | None = None,
) -> list[FinerLabel]:
    """All of these changes, or none and a UserError. Returns the finer labels that were `added`.

    `labels` are all four in the order of showing, or none where they stay. `finer` are those that get another name or
    letter, by key. `moved` goes (by -1) up or down among those under its label, and at the end stays; `removed` goes.

    Once people have answered, names alone change, and those that they read stay on record: keys, colours and order are
    in their fingers.
    """
    _lock(campaign)
    if removed:
        _remove(campaign, removed)
    labels_now = tuple(map(label_draft, campaign_labels(campaign)))
    finer_now = list(campaign.finer_labels.all())
    models = campaign.sampling.model_slugs
    labels_then = check_labels(labels, model_slugs=models) if labels else labels_now
    # Checked together, so that two of them may change places.
    wanted = [*_changed(finer_now, finer), *added]
    finer_then = check_finer_labels(wanted, labels=labels_then, model_slugs=models)
    is_answered = has_answers(campaign)
    if labels_then != labels_now:
        _write_labels(campaign, labels_now, labels_then, is_answered=is_answered, changed_by=changed_by)
    _write_finer(finer_now, finer_then[: len(finer_now)], is_answered=is_answered, changed_by=changed_by)
    new = _add(campaign, finer_then[len(finer_now) :])
    if moved:
        _move(campaign, *moved)
    return new


def add_finer_labels(*, campaign: Campaign, drafts: Sequence[FinerLabelDraft]) -> list[FinerLabel]:
    """Add all of the drafts behind those that there are, or raise UserError and add none."""
    return change_scheme(campaign=campaign, added=drafts)


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


# --- The four ---------------------------------------------------------------------------------


def _write_labels(
    campaign: Campaign,
    now: Sequence[LabelDraft],
    then: Sequence[LabelDraft],
    *,
    is_answered: bool,
    changed_by: User | None,
) -> None:
    """As rows for all four, or as none where nothing is the campaign's own."""
    if is_answered:
        if [replace(each, name="") for each in now] != [replace(each, name="") for each in then]:
            raise _is_fixed("keys, colours and order of the labels stay")
        CampaignLabelName.objects.bulk_create(
            CampaignLabelName(campaign=campaign, label=before.label, name=before.name, changed_by=changed_by)
            for before, after in zip(now, then, strict=True)
            if before.name != after.name
        )
    campaign.own_labels.all().delete()
    if then == DEFAULT_LABELS:
        return
    CampaignLabel.objects.bulk_create(
        CampaignLabel(
            campaign=campaign,
            label=draft.label,
            name=draft.name,
            shortcut=draft.shortcut,
            colour=draft.colour,
            position=position,
        )
        for position, draft in enumerate(then, start=1)
    )


# --- The finer ones ---------------------------------------------------------------------------


def _changed(now: Sequence[FinerLabel], changes: Sequence[FinerLabelDraft]) -> list[FinerLabelDraft]:
    """What there is, with other names and letters where changes say so. What is under which label stays."""
    by_key = {draft.key: draft for draft in changes}
    if by_key.keys() - {each.key for each in now}:
        raise _is_gone()
    return [replace(by_key.get(each.key, finer_draft(each)), label=each.label) for each in now]


def _write_finer(
    now: Sequence[FinerLabel], then: Sequence[FinerLabelDraft], *, is_answered: bool, changed_by: User | None
) -> None:
    changed = [(finer, draft) for finer, draft in zip(now, then, strict=True) if finer_draft(finer) != draft]
    if not changed:
        return
    if is_answered:
        if any(finer.shortcut != draft.shortcut for finer, draft in changed):
            raise _is_fixed("the letters of finer labels stay")
        FinerLabelName.objects.bulk_create(
            FinerLabelName(finer=finer, name=finer.name, changed_by=changed_by) for finer, _ in changed
        )
    rows = [finer for finer, _ in changed]
    # Out of each other's way first: two may change names or letters. No name begins with white space.
    aside = FinerLabel.objects.filter(pk__in=[finer.pk for finer in rows])
    aside.update(name=Concat(Value(" "), F("key"), output_field=CharField()), shortcut="")
    for finer, draft in changed:
        finer.name, finer.shortcut = draft.name, draft.shortcut
    FinerLabel.objects.bulk_update(rows, ["name", "shortcut"])


def _add(campaign: Campaign, drafts: Sequence[FinerLabelDraft]) -> list[FinerLabel]:
    first = 1 + max(campaign.finer_labels.values_list("position", flat=True), default=0)
    return FinerLabel.objects.bulk_create(
        FinerLabel(
            campaign=campaign,
            label=draft.label,
            key=draft.key,
            name=draft.name,
            shortcut=draft.shortcut,
            position=position,
        )
        for position, draft in enumerate(drafts, start=first)
    )


def _move(campaign: Campaign, key: str, by: int) -> None:
    finer = _found(campaign, key)
    _check_unanswered(campaign, "the order of finer labels stays")
    beside = list(campaign.finer_labels.filter(label=finer.label))
    place = beside.index(finer) + by
    if 0 <= place < len(beside):
        other = beside[place]
        finer.position, other.position = other.position, finer.position
        FinerLabel.objects.bulk_update([finer, other], ["position"])


def _remove(campaign: Campaign, key: str) -> None:
    finer = _found(campaign, key)
    # Waits for an answer that is naming it at this moment, which then counts as the first.
    FinerLabel.objects.select_for_update().get(pk=finer.pk)
    _check_unanswered(campaign, "finer labels stay")
    finer.delete()


def _found(campaign: Campaign, key: str) -> FinerLabel:
    for finer in campaign.finer_labels.all():
        if finer.key == key:
            return finer
    raise _is_gone()


def _check_unanswered(campaign: Campaign, what: str) -> None:
    if has_answers(campaign):
        raise _is_fixed(what)


def _is_fixed(what: str) -> UserError:
    return UserError(f"People have answered in this campaign, so {what} as they found it.")


def _is_gone() -> UserError:
    return UserError("There is no such finer label any more: somebody has removed it.")
