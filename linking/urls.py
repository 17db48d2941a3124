from django.urls import path

from linking import views

urlpatterns = [
    path("", views.sampling_list, name="samplings"),
    path("new/", views.new_sampling, name="new-sampling"),
    path("<int:pk>/", views.sampling_page, name="sampling"),
]
