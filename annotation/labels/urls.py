"""Addresses of a campaign's labels. For leads only."""

from django.urls import path

from . import views

urlpatterns = [
    path("campaigns/<uuid:campaign_id>/labels/", views.labels, name="campaign-labels"),
    path("campaigns/<uuid:campaign_id>/label-scheme.csv", views.scheme_csv, name="campaign-labels-csv"),
]
