"""Writing the audit log."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from heritage.models import AuditAction, AuditEntry, User
from heritage.texts import printable
from heritage.throttling import network_address

Answer = Callable[[HttpRequest], HttpResponseBase]
LONGEST_SUBJECT = 300
ONCE_IN = timedelta(hours=1)


def audit(
    action: AuditAction,
    *,
    person: User | AnonymousUser | None,
    subject: str = "",
    request: HttpRequest | None = None,
    once_in: timedelta | None = None,
) -> None:
    """Write down that `person` (None: a command) did something to `subject`, and from where.

    `once_in`: not again where the same is written within that time. Never hand in a password or token.
    """
    now, subject = timezone.now(), printable(subject)[:LONGEST_SUBJECT]
    key, name = (person.pk, person.get_username()) if person is not None else (None, "")
    if once_in is not None:
        same = AuditEntry.objects.filter(action=action, person_key=key, subject=subject, created__gt=now - once_in)
        if same.exists():
            return
    AuditEntry.objects.create(
        created=now,
        action=action,
        person_key=key,
        person=name[:150],
        subject=subject,
        address=network_address(request)[:64] if request is not None else "",
    )
    if action == AuditAction.LOGGED_IN:  # often enough
        forget_old()


def audit_deletion(request: HttpRequest, subject: str) -> None:
    """Write down that whoever asks, who has an account, deleted `subject`."""
    audit(AuditAction.DELETED, person=request.user, subject=subject, request=request)  # type: ignore[arg-type]


def forget_person(person: User, *, called: str, without: Callable[[str], str]) -> int:
    """Take a person who is erased out of the log, within a transaction: who did something is `called` so, from nowhere,
    and `without` takes the names out of what it was done to. Action and time stay. Returns how many entries changed.
    """
    with connection.cursor() as cursor:
        # Until the transaction ends the database lets these columns change, which it does for nobody else.
        cursor.execute("SET LOCAL heritage.erasing = 'on'")
    theirs = AuditEntry.objects.filter(Q(person_key=person.pk) | Q(person__iexact=person.username))
    changed = theirs.update(person_key=None, person=called, address="")
    for entry in AuditEntry.objects.filter(subject__icontains=person.username).iterator(chunk_size=2_000):
        subject = without(entry.subject)[:LONGEST_SUBJECT]
        if subject != entry.subject:
            # Who typed that name wrong was at its address.
            address = "" if entry.action == AuditAction.LOG_IN_FAILED else entry.address
            changed += AuditEntry.objects.filter(pk=entry.pk).update(subject=subject, address=address)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL heritage.erasing = 'off'")
    return changed


def forget_old() -> int:
    """Remove what is older than AUDIT_DAYS. Returns how many entries went."""
    removed, _ = AuditEntry.objects.filter(created__lt=timezone.now() - timedelta(days=settings.AUDIT_DAYS)).delete()
    return removed


class DownloadsMiddleware:
    """Writes down each file that somebody with an account saves: whatever page it is of, it leaves the site."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        saved = response.headers.get("Content-Disposition", "").startswith("attachment")
        person = getattr(request, "_cached_user", None)  # known where the view asked, and these all do
        if saved and response.status_code == 200 and request.method != "HEAD" and person is not None and person.pk:
            audit(AuditAction.EXPORTED, person=person, subject=request.path, request=request)
        return response
