"""Addresses of labelling and of campaigns. Whatever an annotator can reach carries random identifiers only."""

from django.urls import include, path

from .campaigns.views import campaigns, invitations, people, planning
from .guidance import views as guidance
from .home import views as home
from .labelling.views import answers, guide, labelling, practice
from .labels import views as scheme
from .links import views as links

urlpatterns = [
    path("", home.home, name="home"),
    path("label/<uuid:campaign_id>/", labelling.label, name="label"),
    path("label/<uuid:campaign_id>/finished/", labelling.finished, name="finished"),
    path("label/<uuid:campaign_id>/instructions/", practice.instructions, name="instructions"),
    path("label/<uuid:campaign_id>/practice/", practice.practice, name="practice"),
    path("label/<uuid:campaign_id>/practice/<uuid:practice_id>/", practice.practice_pair, name="practice-pair"),
    path("label/<uuid:campaign_id>/<uuid:assignment_id>/", labelling.label_pair, name="label-pair"),
    path("answers/", answers.my_answers, name="my-answers"),
    path("answers/<uuid:campaign_id>/", answers.my_answers, name="my-answers"),
    path("guide/", guide.guide, name="guide"),
    path("links/", links.links, name="links"),
    path("links/<uuid:campaign_id>/download/", links.download, name="download-links"),
    path("links/<uuid:campaign_id>/<int:pair_id>/", links.link, name="link"),
    path("records/<int:pk>/links/", links.record_links, name="record-links"),
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/plan/", planning.plan_campaign, name="plan-campaign"),
    path("campaigns/new/", campaigns.new_campaign, name="new-campaign"),
    path("campaigns/<uuid:campaign_id>/progress/", campaigns.campaign_progress, name="campaign-progress"),
    path("campaigns/<uuid:campaign_id>/state/", campaigns.campaign_state, name="campaign-state"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("campaigns/<uuid:campaign_id>/reassign/", campaigns.reassign, name="campaign-reassign"),
    path("campaigns/<uuid:campaign_id>/guidance/", guidance.guidance, name="campaign-guidance"),
    path("campaigns/<uuid:campaign_id>/guidance/withdraw/", guidance.withdraw, name="withdraw-guidance"),
    path("campaigns/<uuid:campaign_id>/people/", people.people, name="campaign-people"),
    path("campaigns/<uuid:campaign_id>/labels/", scheme.labels, name="campaign-scheme"),
    path("campaigns/<uuid:campaign_id>/label-scheme.csv", scheme.scheme_csv, name="campaign-scheme-csv"),
    path("campaigns/<uuid:campaign_id>/leads/", people.set_lead, name="campaign-leads"),
    path(
        "campaigns/<uuid:campaign_id>/invitations/<uuid:invitation_id>/withdraw/",
        people.withdraw,
        name="withdraw-invitation",
    ),
    path("campaigns/<uuid:campaign_id>/deadline/", campaigns.campaign_deadline, name="campaign-deadline"),
    path("campaigns/<uuid:campaign_id>/", include("annotation.results.urls")),
    path("studies/", include("annotation.preference.urls")),
]
