"""Addresses of preference studies. Whatever an expert can reach carries random identifiers only."""

from django.urls import path

from .views import choosing, studies

urlpatterns = [
    path("", studies.studies, name="preference-studies"),
    path("new/", studies.new_study, name="new-preference-study"),
    path("<uuid:study_id>/", studies.study, name="preference-study"),
    path("<uuid:study_id>/settings/", studies.study_settings, name="preference-study-settings"),
    path("<uuid:study_id>/state/", studies.set_study_state, name="preference-study-state"),
    path("<uuid:study_id>/answers.csv", studies.download_answers, name="preference-answers"),
    path("<uuid:study_id>/wins.csv", studies.download_wins, name="preference-wins"),
    path("<uuid:study_id>/rankings.csv", studies.download_rankings, name="preference-rankings"),
    path("<uuid:study_id>/choose/", choosing.choose, name="choose"),
    path("<uuid:study_id>/choose/<uuid:choice_id>/", choosing.choice, name="preference-choice"),
    path("<uuid:study_id>/choices/", choosing.my_choices, name="my-choices"),
]
