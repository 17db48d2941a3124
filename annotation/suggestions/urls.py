"""Addresses of suggested links, below a campaign's own. For leads only."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.suggestions, name="campaign-suggestions"),
    path("links.csv", views.suggestions_csv, name="campaign-suggestions-csv"),
]
