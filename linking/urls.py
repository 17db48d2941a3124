from django.urls import path

from linking import views
from linking.figures import views as figures

urlpatterns = [
    path("surveys/<int:pk>/", views.survey_page, name="survey"),
    path("surveys/<int:pk>/discard/", views.discard_survey, name="discard-survey"),
    path("", views.sampling_list, name="samplings"),
    path("new/", views.new_sampling, name="new-sampling"),
    path("<int:pk>/changes/", views.changes, name="sampling-changes"),
    path("<int:pk>/", views.sampling_page, name="sampling"),
    path("<int:pk>/settings/", views.sampling_settings, name="sampling-settings"),
    path("<int:pk>/figure/", figures.sampling_figure, name="sampling-figure"),
    path("<int:pk>/figure.<str:form>", figures.sampling_figure_file, name="sampling-figure-file"),
    path("<int:pk>/pairs/<int:pair_pk>/", figures.sampled_pair, name="sampled-pair"),
]
