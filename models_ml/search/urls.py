from django.urls import path, re_path

from models_ml.search import views

urlpatterns = [
    path("search/", views.search_page, name="search"),
    path("search/picture/", views.bring_picture, name="bring-picture"),
    path("search/part/", views.choose_part, name="choose-part"),
    re_path(
        r"^search/picture/(?P<content_hash>[0-9a-f]{64})/(?P<size>display|thumbnail)\.webp$",
        views.query_picture,
        name="query-picture",
    ),
]
