"""Addresses of the catalogue."""

from django.urls import path, re_path

from .importing import views as importing
from .views import catalogue, history, image_files, removal

HASH = "(?P<content_hash>[0-9a-f]{64})"

urlpatterns = [
    path("collections/", catalogue.collections, name="collections"),
    path("collections/new/", importing.new_collection, name="new-collection"),
    path("collections/<slug:slug>/", catalogue.collection, name="collection"),
    path("collections/<slug:slug>/import/", importing.import_into_collection, name="import-into-collection"),
    path("imports/<str:key>/", importing.import_draft, name="import-draft"),
    path("imports/<str:key>/mapping.json", importing.draft_mapping, name="draft-mapping"),
    path("collections/<slug:slug>/fetch-pictures/", importing.fetch_pictures, name="fetch-pictures"),
    path("collections/<slug:slug>/imports/", history.imports, name="imports"),
    path("collections/<slug:slug>/imports/<int:pk>/", history.import_page, name="import"),
    path("collections/<slug:slug>/imports/<int:pk>/rows-left.csv", history.rows_left, name="rows-left"),
    path("collections/<slug:slug>/imports/<int:pk>/undo/", removal.undo, name="undo-import"),
    path("collections/<slug:slug>/rename/", removal.rename, name="rename-collection"),
    path("collections/<slug:slug>/remove/", removal.remove_whole_collection, name="remove-collection"),
    path("records/<int:pk>/", catalogue.record, name="record"),
    path("records/<int:pk>/remove/", removal.remove_one_record, name="remove-record"),
    re_path(rf"^images/{HASH}/(?P<size>display|thumbnail)$", image_files.image, name="image"),
    re_path(rf"^images/{HASH}/original$", image_files.original, name="image-original"),
    re_path(rf"^images/{HASH}/tiles\.dzi$", image_files.tiles, name="image-tiles"),
    re_path(
        rf"^images/{HASH}/tiles_files/(?P<level>[0-9]{{1,2}})/(?P<x>[0-9]{{1,4}})_(?P<y>[0-9]{{1,4}})\.jpg$",
        image_files.tile,
        name="image-tile",
    ),
]
