"""Addresses of sets of records."""

from django.urls import path

from heritage.sets import views

urlpatterns = [
    path("sets/", views.record_sets, name="record-sets"),
    path("sets/keep/", views.keep_record_set, name="keep-record-set"),
    path("sets/<slug:slug>/", views.record_set, name="record-set"),
    path("sets/<slug:slug>/remove/", views.remove_record_set, name="remove-record-set"),
]
