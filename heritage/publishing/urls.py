"""Addresses for programs that read the catalogue."""

from django.urls import path

from . import views

urlpatterns = [
    path("api/collections/", views.CollectionsView.as_view(), name="api-collections"),
    path("api/records/", views.RecordsView.as_view(), name="api-records"),
    path("api/records/<int:pk>/", views.RecordView.as_view(), name="api-record"),
    path("api/search/", views.SearchView.as_view(), name="api-search"),
    path("records/<int:pk>/manifest.json", views.ManifestView.as_view(), name="record-manifest"),
    path("records/<int:pk>/linked-art.json", views.LinkedArtView.as_view(), name="record-linked-art"),
    path(
        "records/<int:pk>/beside/<int:other_pk>/manifest.json", views.PairManifestView.as_view(), name="pair-manifest"
    ),
]
