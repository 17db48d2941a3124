"""Addresses of the API."""

from django.urls import path

from . import views

urlpatterns = [
    path("campaigns/", views.CampaignsView.as_view(), name="api-campaigns"),
    path("campaigns/<uuid:campaign_id>/next/", views.NextPairView.as_view(), name="api-next"),
    path("assignments/<uuid:assignment_id>/label/", views.LabelView.as_view(), name="api-label"),
]
