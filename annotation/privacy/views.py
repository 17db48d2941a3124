"""What is kept about a person, for themselves; and for administrators, who hand it out and erase people."""

import json

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from annotation.privacy.actions import erase_person
from annotation.privacy.queries import counts_of, person_document
from annotation.requests import PersonRequest
from heritage.access import administrator_required
from heritage.audit.actions import audit
from heritage.errors import UserError
from heritage.models import AuditAction, User
from heritage.pages.downloads import attachment, file_name


@login_required
@never_cache
@require_safe
def own_data(request: PersonRequest) -> HttpResponse:
    """All that is kept about the reader, to be saved."""
    return _as_file(request.user)


@administrator_required
@never_cache
@require_safe
def person_data(request: PersonRequest, person_id: int) -> HttpResponse:
    return _as_file(get_object_or_404(User, pk=person_id))


@administrator_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person_page(request: PersonRequest, person_id: int) -> HttpResponse:
    """How much is kept about somebody, and the form that erases them once their name is typed."""
    person = get_object_or_404(User, pk=person_id)
    problem = ""
    if request.method == "POST":
        try:
            _refuse_oneself(request.user, person)
            _check_typed_user_name(request, person)
            erasure = erase_person(person=person)
        except UserError as error:
            problem = str(error)
        else:
            audit(AuditAction.ERASED, person=request.user, request=request)
            said = f"Erased {person.username}. {erasure.answers} answers stay, under a pseudonym."
            messages.success(request, said)
            return redirect(reverse("admin:heritage_user_changelist"))
    context = {
        "person": person,
        "counts": {
            name.replace("_", " "): count for name, count in counts_of(person_document(person)).items() if count
        },
        "is_oneself": person == request.user,
        "problem": problem,
        "typed": request.POST.get("name", ""),
    }
    return render(request, "annotation/privacy/person.html", context, status=422 if problem else 200)


def _refuse_oneself(reader: User, person: User) -> None:
    if reader == person:
        raise UserError("This is your own account: let another administrator erase it.")


def _check_typed_user_name(request: PersonRequest, person: User) -> None:
    if request.POST.get("name", "").strip() != person.username:
        raise UserError(f"Type the user name, {person.username}, to erase this person.")


def _as_file(person: User) -> HttpResponse:
    text = json.dumps(person_document(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return attachment(file_name("data", person.username, ending="json"), "application/json", text)
