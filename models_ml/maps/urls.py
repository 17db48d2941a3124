"""Addresses of maps, below a model's own."""

from django.urls import path, re_path

from . import views

urlpatterns = [
    path("", views.map_page, name="map"),
    path("make/", views.start_map, name="start-map"),
    path("points.bin", views.map_points, name="map-points"),
    path("colours.bin", views.map_colours, name="map-colours"),
    path("records.json", views.map_records, name="map-records"),
    path("clusters/<int:number>/", views.map_cluster, name="map-cluster"),
    re_path(r"^map\.(?P<form>svg|png|csv|json)$", views.map_file, name="map-file"),
]
