"""Addresses of labelling. They carry random identifiers only."""

from django.urls import path

from .views import answers, guide, labelling, practice

urlpatterns = [
    path("label/<uuid:campaign_id>/", labelling.label, name="label"),
    path("label/<uuid:campaign_id>/finished/", labelling.finished, name="finished"),
    path("label/<uuid:campaign_id>/instructions/", practice.instructions, name="instructions"),
    path("label/<uuid:campaign_id>/practice/", practice.practice, name="practice"),
    path("label/<uuid:campaign_id>/practice/<uuid:practice_id>/", practice.practice_pair, name="practice-pair"),
    path("label/<uuid:campaign_id>/last-answers/", answers.last_answers, name="last-answers"),
    path("label/<uuid:campaign_id>/<uuid:assignment_id>/", labelling.label_pair, name="label-pair"),
    path("answers/", answers.my_answers, name="my-answers"),
    path("answers/<uuid:campaign_id>/", answers.my_answers, name="my-answers"),
    path("guide/", guide.guide, name="guide"),
]
