"""Addresses of a campaign's result, below the campaign's own. For leads only."""

from django.urls import path

from . import dashboard

urlpatterns = [
    path("", dashboard.campaign, name="campaign"),
    path("annotations.csv", dashboard.annotations_csv, name="export-annotations"),
    path("regressions.csv", dashboard.regressions_csv, name="campaign-regressions"),
    path("labels.csv", dashboard.labels_csv, name="campaign-labels"),
]
