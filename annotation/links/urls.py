"""Addresses of the links that experts agree on."""

from django.urls import path

from . import views

urlpatterns = [
    path("links/", views.links, name="links"),
    path("links/<uuid:campaign_id>/download/", views.download, name="download-links"),
    path("links/<uuid:campaign_id>/<int:pair_id>/", views.link, name="link"),
    path("records/<int:pk>/links/", views.record_links, name="record-links"),
]
