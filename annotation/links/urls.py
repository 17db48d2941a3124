"""Addresses of the links that experts agree on."""

from django.urls import path

from . import views
from .publishing.views import LinkManifestView, LinksView

urlpatterns = [
    path("links/", views.links, name="links"),
    path("links/<uuid:campaign_id>/download/", views.download, name="download-links"),
    path("links/<uuid:campaign_id>/<int:pair_id>/", views.link, name="link"),
    path("links/<uuid:campaign_id>/<int:pair_id>/manifest.json", LinkManifestView.as_view(), name="link-manifest"),
    path("api/links/", LinksView.as_view(), name="api-links"),
    path("records/<int:pk>/links/", views.record_links, name="record-links"),
]
