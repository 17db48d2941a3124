"""What happens to samplings after they were drawn: another name, and their end where nothing depends on them."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import PROTECT, ManyToOneRel, Model, ProtectedError

from heritage.errors import UserError
from linking.actions import check_name
from linking.models import Sampling


def dependents(sampling: Sampling) -> Sequence[Model]:
    """What keeps a sampling from being deleted: the campaigns on it."""
    return [
        dependent
        for relation in Sampling._meta.related_objects
        if isinstance(relation, ManyToOneRel) and relation.on_delete is PROTECT
        for dependent in relation.related_model._default_manager.filter(**{relation.field.name: sampling}).order_by(
            "pk"
        )
    ]


@transaction.atomic
def rename_sampling(*, sampling: Sampling, name: str) -> None:
    """Raises UserError for a name that cannot be, or that another one has."""
    name = name.strip()
    current = Sampling.objects.select_for_update().get(pk=sampling.pk)
    if name == current.name:
        return
    check_name(name)
    try:
        with transaction.atomic():
            Sampling.objects.filter(pk=current.pk).update(name=name)
    except IntegrityError as error:  # somebody was faster since the check
        raise UserError(f"There is a sampling named {name} already: choose another name.") from error
    sampling.refresh_from_db(fields=["name"])


@transaction.atomic
def delete_sampling(*, sampling: Sampling) -> None:
    """Take away a sampling and its pairs. Raises UserError that says what depends on it."""
    current = Sampling.objects.select_for_update().get(pk=sampling.pk)
    if kept := dependents(current):
        raise UserError(f"{current.name} is what {', '.join(map(str, kept))} asks about: delete that first.")
    try:
        current.delete()
    except ProtectedError as error:
        raise UserError(f"Something else builds on {current.name}, so it is kept.") from error
