"""The audit log in the browser, for administrators: a page that is narrowed, and the same as CSV."""

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from heritage.access import administrator_required
from heritage.models import AuditAction, AuditEntry
from heritage.pages.downloads import csv_download

ENTRIES_PER_PAGE = 100


class AuditFilterForm(forms.Form):
    """What of the log is shown."""

    action = forms.ChoiceField(choices=[("", "Everything"), *AuditAction.choices], required=False)
    person = forms.CharField(max_length=150, required=False, label="User name")
    subject = forms.CharField(max_length=300, required=False, label="What has these words")


def _found(form: AuditFilterForm) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.order_by("-pk")
    if not form.is_valid():
        return entries.none()
    asked = form.cleaned_data
    if asked["action"]:
        entries = entries.filter(action=asked["action"])
    if asked["person"]:
        entries = entries.filter(person__iexact=asked["person"])
    if asked["subject"]:
        entries = entries.filter(subject__icontains=asked["subject"])
    return entries


@administrator_required
@never_cache
@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    """The newest entries first."""
    form = AuditFilterForm(request.GET)
    page = Paginator(_found(form), ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page": page}
    return render(request, "heritage/audit/log.html", context, status=422 if form.errors else 200)


@administrator_required
@never_cache
@require_safe
def audit_log_csv(request: HttpRequest) -> HttpResponse:
    """All entries that the filter leaves."""
    rows = (
        (entry.created.isoformat(), entry.get_action_display(), entry.person, entry.subject, entry.address)
        for entry in _found(AuditFilterForm(request.GET)).iterator(chunk_size=2_000)
    )
    return csv_download("audit-log.csv", [("time", "action", "person", "subject", "address"), *rows])
