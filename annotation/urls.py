"""Addresses of this app, by subject. Whatever an annotator can reach carries random identifiers only."""

from django.urls import include, path

from .home import views as home

urlpatterns = [
    path("", home.home, name="home"),
    path("", include("annotation.labelling.urls")),
    path("", include("annotation.links.urls")),
    path("", include("annotation.campaigns.urls")),
    path("", include("annotation.guidance.urls")),
    path("", include("annotation.labels.urls")),
    path("", include("annotation.privacy.urls")),
    path("campaigns/<uuid:campaign_id>/suggestions/", include("annotation.suggestions.urls")),
    path("campaigns/<uuid:campaign_id>/", include("annotation.results.urls")),
    path("studies/", include("annotation.preference.urls")),
]
