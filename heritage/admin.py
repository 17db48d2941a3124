"""What administrators manage at /admin/: accounts. Everything else has pages of its own."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from rest_framework.authtoken import admin as _token_admin  # noqa: F401 - registers what is taken out below
from rest_framework.authtoken.models import TokenProxy

from heritage.models import Role, User

admin.site.site_header = "Heritage Weaver accounts"
admin.site.site_title = "Heritage Weaver"
admin.site.index_title = "Accounts"
admin.site.unregister(Group)
admin.site.unregister(TokenProxy)  # lists them all in full; `create_account --token` prints one


@admin.register(User)
class HeritageUserAdmin(UserAdmin):
    """Django's own, with the role in place of single permissions."""

    list_display = ("username", "first_name", "last_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("role", "is_active")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("username", "role", "usable_password", "password1", "password2")}),)

    def save_model(self, request, obj, form, change):  # type: ignore[no-untyped-def]
        obj.is_staff = obj.is_superuser = obj.role == Role.ADMIN
        super().save_model(request, obj, form, change)
