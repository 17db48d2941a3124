"""Addresses of the catalogue."""

from django.urls import path, re_path

from .views import catalogue, image_files, imports

urlpatterns = [
    path("collections/", catalogue.collections, name="collections"),
    path("collections/new/", imports.new_collection, name="new-collection"),
    path("collections/<slug:slug>/", catalogue.collection, name="collection"),
    path("collections/<slug:slug>/import/", imports.import_into_collection, name="import-into-collection"),
    path("collections/<slug:slug>/fetch-pictures/", imports.fetch_pictures, name="fetch-pictures"),
    path("records/<int:pk>/", catalogue.record, name="record"),
    path("search/", catalogue.search, name="search"),
    re_path(r"^images/(?P<content_hash>[0-9a-f]{64})/(?P<size>display|thumbnail)$", image_files.image, name="image"),
]
