"""What administrators manage at /admin/: accounts. Everything else has pages of its own."""

from allauth.account import admin as _address_admin  # noqa: F401 - registers what is taken out below
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _factor_admin  # noqa: F401
from allauth.mfa.models import Authenticator
from allauth.socialaccount import admin as _institution_admin  # noqa: F401
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.authtoken import admin as _token_admin  # noqa: F401 - registers what is taken out below
from rest_framework.authtoken.models import TokenProxy

from heritage.accounts.passwords import reset_password
from heritage.accounts.second_factor.factors import has_second_factor, remove_second_factor
from heritage.accounts.tokens import end_token
from heritage.audit.actions import audit
from heritage.models import ApiToken, AuditAction, Role, User

admin.site.site_header = "Heritage Weaver accounts"
admin.site.site_title = "Heritage Weaver"
admin.site.index_title = "Accounts"
admin.site.unregister(Group)
admin.site.unregister(EmailAddress)  # empty
admin.site.unregister(Authenticator)  # keys to accounts, which nobody should read
admin.site.unregister((SocialAccount, SocialApp, SocialToken))  # links are made by their people, the rest is empty
admin.site.unregister(TokenProxy)  # a table that is empty; see `heritage.accounts.tokens`
# Its own log-in asks for no second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


@admin.register(User)
class HeritageUserAdmin(UserAdmin):
    """Django's own, with the role in place of single permissions."""

    list_display = ("username", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": ("last_login", "date_joined", "token", "second_factor")}),
    )
    readonly_fields = ("token", "second_factor")
    actions = ("new_passwords", "end_tokens", "remove_second_factors")
    add_fieldsets = ((None, {"fields": ("username", "role", "usable_password", "password1", "password2")}),)

    @admin.display(description="Token for programs")
    def token(self, user: User) -> str:
        found = ApiToken.objects.filter(user=user).first()
        return f"valid until {found.expires:%-d %B %Y}" if found else "none"

    @admin.display(description="Second factor", boolean=True)
    def second_factor(self, user: User) -> bool:
        return has_second_factor(user)

    @admin.action(description="Give selected users new passwords")
    def new_passwords(self, request: HttpRequest, users: QuerySet[User]) -> HttpResponse:
        """In the answer and nowhere else; each is changed by its person at the next log-in."""
        passwords = [
            (user.username, reset_password(user)) for user in users.exclude(username=request.user.get_username())
        ]
        for username, _ in passwords:
            audit(AuditAction.PASSWORD, person=request.user, subject=username, request=request)
        return render(request, "heritage/new_passwords.html", {"passwords": passwords})

    @admin.action(description="End the tokens of selected users")
    def end_tokens(self, request: HttpRequest, users: QuerySet[User]) -> None:
        ended = [user for user in users if end_token(user)]
        for user in ended:
            audit(AuditAction.TOKEN_ENDED, person=request.user, subject=user.username, request=request)
        self.message_user(request, f"Tokens ended: {len(ended)}.")

    @admin.action(description="Remove the second factors of selected users")
    def remove_second_factors(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Their sessions end; each logs in by the password alone, until another factor is added. One's own is removed
        on one's account's page, which asks who one is."""
        others = users.exclude(username=request.user.get_username())
        removed = [user for user in others if remove_second_factor(user)]
        for user in removed:
            audit(AuditAction.FACTOR_REMOVED, person=request.user, subject=user.username, request=request)
        self.message_user(request, f"Second factors removed: {len(removed)}.")

    def save_model(self, request, obj, form, change):  # type: ignore[no-untyped-def]
        obj.is_staff = obj.is_superuser = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
        if {"role", "is_active"} & set(form.changed_data) or not change:
            said = f"{obj.username}: {obj.role}{'' if obj.is_active else ', not active'}"
            audit(AuditAction.ROLE, person=request.user, subject=said, request=request)

    def user_change_password(self, request, id, form_url=""):  # type: ignore[no-untyped-def]
        answer = super().user_change_password(request, id, form_url)
        if answer.status_code == 302 and (user := User.objects.filter(pk=id).first()):
            audit(AuditAction.PASSWORD, person=request.user, subject=user.username, request=request)
        return answer

    def log_deletions(self, request, queryset):  # type: ignore[no-untyped-def]
        for user in queryset:
            audit(AuditAction.DELETED, person=request.user, subject=f"account {user.username}", request=request)
        return super().log_deletions(request, queryset)
