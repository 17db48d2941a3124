"""Addresses of the links that experts agree on."""

from django.urls import path, re_path

from . import views
from .groups import views as groups
from .publishing.views import LinkManifestView, LinksView

urlpatterns = [
    path("links/", views.links, name="links"),
    path("links/groups/", groups.link_groups, name="link-groups"),
    re_path(r"^links/groups/groups\.(?P<form>svg|png|csv|json)$", groups.groups_file, name="link-groups-file"),
    path("links/groups/<int:key>/", groups.link_group, name="link-group"),
    path("links/<uuid:campaign_id>/download/", views.download, name="download-links"),
    path("links/<uuid:campaign_id>/<int:pair_id>/", views.link, name="link"),
    path("links/<uuid:campaign_id>/<int:pair_id>/manifest.json", LinkManifestView.as_view(), name="link-manifest"),
    path("api/links/", LinksView.as_view(), name="api-links"),
    path("records/<int:pk>/links/", views.record_links, name="record-links"),
]
