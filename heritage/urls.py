"""All addresses. Each app keeps its own list; the project only says where it begins."""

from django.contrib import admin
from django.contrib.auth import views as auth_views
from django.urls import include, path

from heritage.accounts.views import LogOut

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
    path("account/", include("heritage.accounts.urls")),
    path("login/", auth_views.LoginView.as_view(template_name="heritage/login.html"), name="login"),
    path("logout/", LogOut.as_view(), name="logout"),
    path("admin/", admin.site.urls),
]

handler400 = "heritage.pages.error_pages.bad_request"
handler404 = "heritage.pages.error_pages.not_found"
handler500 = "heritage.pages.error_pages.failed"
