from django.urls import path

from linking import views

urlpatterns = [
    path("surveys/<int:pk>/", views.survey_page, name="survey"),
    path("surveys/<int:pk>/discard/", views.discard_survey, name="discard-survey"),
    path("", views.sampling_list, name="samplings"),
    path("new/", views.new_sampling, name="new-sampling"),
    path("<int:pk>/changes/", views.changes, name="sampling-changes"),
    path("<int:pk>/", views.sampling_page, name="sampling"),
]
