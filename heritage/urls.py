"""All addresses. Each app keeps its own list; the project only says where it begins."""

from django.contrib import admin
from django.urls import include, path
from django.views import defaults
from django.views.i18n import set_language

from heritage.accounts.views.forgotten import Forgotten, NewPassword
from heritage.accounts.views.institution import back_from_institution, log_in_institution
from heritage.accounts.views.log_in import LogIn, log_in_second_factor
from heritage.accounts.views.own_account import LogOut
from heritage.metrics.views import metrics
from heritage.pages import error_pages
from heritage.pages.languages import in_reader_language, script_words
from heritage.serving import health

urlpatterns = [
    path("", include("heritage.catalogue.urls")),
    path("", include("heritage.sets.urls")),
    path("", include("heritage.publishing.urls")),
    path("", include("heritage.reconciliation.urls")),
    path("jobs/", include("heritage.jobs.urls")),
    path("", include("models_ml.urls")),
    path("", include("models_ml.search.urls")),
    path("", include("linking.evaluation.urls")),
    path("pairs/", include("linking.urls")),
    path("", include("annotation.urls")),
    path("api/", include("annotation.api.urls")),
    path("audit/", include("heritage.audit.urls")),
    path("account/", include("heritage.accounts.urls")),
    path("login/", in_reader_language(LogIn.as_view()), name="login"),
    path("login/second-factor/", log_in_second_factor, name="log-in-second-factor"),
    path("login/forgotten/", in_reader_language(Forgotten.as_view()), name="forgotten-password"),
    path("login/new-password/<uidb64>/<token>/", in_reader_language(NewPassword.as_view()), name="new-password"),
    path("login/institution/", log_in_institution, name="log-in-institution"),
    path("login/institution/back/", back_from_institution, name="back-from-institution"),
    path("language/", set_language, name="set_language"),
    path("words/<str:language>.js", script_words, name="words"),
    path("logout/", LogOut.as_view(), name="logout"),
    # Django's way from an account to its page, of which there is none; it fails on identifiers that are no number.
    path("admin/r/<path:what>", error_pages.nothing_there),
    path("admin/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("metrics", metrics, name="metrics"),
    path("readyz", health.readyz, name="readyz"),
]

handler400 = in_reader_language(error_pages.bad_request)
handler403 = in_reader_language(defaults.permission_denied)
handler404 = in_reader_language(error_pages.not_found)
handler500 = in_reader_language(error_pages.failed)
