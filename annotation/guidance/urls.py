"""Addresses of a campaign's guidance. For leads only."""

from django.urls import path

from . import views

urlpatterns = [
    path("campaigns/<uuid:campaign_id>/guidance/", views.guidance, name="campaign-guidance"),
    path("campaigns/<uuid:campaign_id>/guidance/withdraw/", views.withdraw_guidance, name="withdraw-guidance"),
]
