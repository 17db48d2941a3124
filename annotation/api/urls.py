"""Addresses of the API."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView

from . import views

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("campaigns/", views.CampaignsView.as_view(), name="api-campaigns"),
    path("campaigns/<uuid:campaign_id>/next/", views.NextPairView.as_view(), name="api-next"),
    path("assignments/<uuid:assignment_id>/label/", views.LabelView.as_view(), name="api-label"),
]
