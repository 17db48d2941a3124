from django.urls import path

from . import views

urlpatterns = [
    path("account/data.json", views.own_data, name="own-data"),
    path("people/<int:person_id>/", views.person_page, name="person"),
    path("people/<int:person_id>/data.json", views.person_data, name="person-data"),
]
