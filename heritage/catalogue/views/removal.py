"""Pages that take back: undoing an import, removing a record or a collection; and renaming. For leads.

Each asks first, and says what would go and what stands in the way. Much work becomes a job.
"""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from heritage.access import lead_required
from heritage.audit.actions import audit_deletion
from heritage.catalogue.collections import rename_collection
from heritage.catalogue.history import plan_undo, undo_import
from heritage.catalogue.removal import (
    MOST_AT_ONCE,
    collection_dependents,
    dependents,
    in_words,
    remove_collection,
    remove_records,
    what_goes,
)
from heritage.errors import UserError
from heritage.jobs import start_job
from heritage.models import Collection, Import, Record

READ_AND_WRITE = ("GET", "HEAD", "POST")


class CollectionNamesForm(forms.Form):
    """A collection's two names; what can be used is checked where they are stored."""

    name = forms.CharField(max_length=200, help_text="As people read it, such as Science Museum Group.")
    slug = forms.CharField(
        label="Short name",
        max_length=50,
        help_text="For commands and addresses, such as smg. Addresses of its pages change with it.",
    )


@require_http_methods(READ_AND_WRITE)
@lead_required
def undo(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """What undoing an import would do; sent, it is undone."""
    imported = get_object_or_404(Import.objects.select_related("collection"), pk=pk, collection__slug=slug)
    try:
        plan = plan_undo(imported)
        if request.method == "POST":
            audit_deletion(request, f"import {pk} into {slug}")
            if plan.concerned > MOST_AT_ONCE:
                arguments = {"number": pk, "collection": slug, "username": request.user.get_username()}
                return redirect(start_job("undo-import", user=request.user, **arguments))  # type: ignore[arg-type]
            result = undo_import(imported=imported, user=request.user)  # type: ignore[arg-type]
            if result.collection_removed:
                messages.success(request, f"Import {pk} is undone, and its collection, empty now, is gone.")
                return redirect("collections")
            return redirect(imported)
    except UserError as error:
        messages.error(request, str(error))
        return redirect(imported)
    context = {"import": imported, "collection": imported.collection, "plan": plan}
    return render(request, "heritage/undo_import.html", context)


@require_http_methods(READ_AND_WRITE)
@lead_required
def remove_one_record(request: HttpRequest, pk: int) -> HttpResponse:
    """What goes with a record, or depends on it; sent, it is removed."""
    record = get_object_or_404(Record.objects.select_related("collection"), pk=pk)
    if request.method == "POST":
        try:
            remove_records(collection=record.collection.slug, record_ids=[record.record_id])
        except UserError as error:
            messages.error(request, str(error))
            return redirect("remove-record", pk)
        audit_deletion(request, f"record {record.record_id} of {record.collection.slug}")
        messages.success(request, f"Record {record.record_id} is removed.")
        return redirect(record.collection)
    this = Record.objects.filter(pk=pk)
    context = {"record": record, "dependents": dependents(this), "goes": in_words(what_goes(this))}
    return render(request, "heritage/remove_record.html", context)


@require_http_methods(READ_AND_WRITE)
@lead_required
def remove_whole_collection(request: HttpRequest, slug: str) -> HttpResponse:
    """What goes with a collection, or depends on it; sent, it is removed."""
    collection = get_object_or_404(Collection, slug=slug)
    records = Record.objects.filter(collection=collection)
    if request.method == "POST":
        try:
            if records.count() > MOST_AT_ONCE:
                audit_deletion(request, f"collection {slug}")
                return redirect(
                    start_job("remove-collection", user=request.user, collection=slug)  # type: ignore[arg-type]
                )
            remove_collection(slug=slug)
        except UserError as error:
            messages.error(request, str(error))
            return redirect("remove-collection", slug)
        audit_deletion(request, f"collection {slug}")
        messages.success(request, f"The collection {collection.name} is removed.")
        return redirect("collections")
    context = {
        "collection": collection,
        "dependents": collection_dependents(collection),
        "goes": in_words(what_goes(records)),
    }
    return render(request, "heritage/remove_collection.html", context)


@require_http_methods(READ_AND_WRITE)
@lead_required
def rename(request: HttpRequest, slug: str) -> HttpResponse:
    """A form for a collection's name and short name."""
    collection = get_object_or_404(Collection, slug=slug)
    initial = {"name": collection.name, "slug": slug}
    form = CollectionNamesForm(request.POST or None, initial=initial)
    if form.is_valid():
        try:
            return redirect(
                rename_collection(slug=slug, name=form.cleaned_data["name"], new_slug=form.cleaned_data["slug"])
            )
        except UserError as error:
            form.add_error(None, str(error))
    status = 422 if form.is_bound else 200
    return render(request, "heritage/rename_collection.html", {"collection": collection, "form": form}, status=status)
