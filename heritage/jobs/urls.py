"""Addresses below /jobs/."""

from django.urls import path

from . import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<int:pk>/", views.job_page, name="job"),
    path("<int:pk>/cancel/", views.cancel, name="cancel-job"),
    path("<int:pk>/retry/", views.retry, name="retry-job"),
]
