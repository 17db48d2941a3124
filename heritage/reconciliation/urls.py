"""Addresses of the reconciliation service. OpenRefine is given the first, and reads the others from its manifest."""

from django.urls import path

from . import views

urlpatterns = [
    path("reconcile/", views.ReconciliationView.as_view(), name="reconcile"),
    path("reconcile", views.BareReconciliationView.as_view(), name="reconcile-bare"),
    path("reconcile/suggest/entity", views.SuggestEntityView.as_view(), name="reconcile-entities"),
    path("reconcile/suggest/property", views.SuggestPropertyView.as_view(), name="reconcile-suggest-properties"),
    path("reconcile/suggest/type", views.SuggestTypeView.as_view(), name="reconcile-types"),
    path("reconcile/properties", views.PropertiesView.as_view(), name="reconcile-properties"),
    path("reconcile/preview/<int:pk>", views.record_preview, name="reconcile-preview"),
]
