"""Addresses of campaigns, their people and invitations."""

from django.urls import path

from .remarks import views as remarks
from .views import campaigns, invitations, people, planning, settings

urlpatterns = [
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path("campaigns/plan/", planning.plan_campaign, name="plan-campaign"),
    path("campaigns/new/", campaigns.new_campaign, name="new-campaign"),
    path("campaigns/<uuid:campaign_id>/progress/", campaigns.progress_page, name="campaign-progress"),
    path("campaigns/<uuid:campaign_id>/remarks/", remarks.remarks, name="campaign-remarks"),
    path("campaigns/<uuid:campaign_id>/remarks.csv", remarks.remarks_file, name="campaign-remarks-file"),
    path("campaigns/<uuid:campaign_id>/settings/", settings.settings, name="campaign-settings"),
    path("campaigns/<uuid:campaign_id>/preview/", settings.preview, name="campaign-preview"),
    path("campaigns/<uuid:campaign_id>/delete/", settings.delete, name="delete-campaign"),
    path("campaigns/<uuid:campaign_id>/state/", campaigns.campaign_state, name="campaign-state"),
    path("invitation/<str:token>/", invitations.invitation, name="invitation"),
    path("campaigns/<uuid:campaign_id>/reassign/", campaigns.reassign, name="campaign-reassign"),
    path("campaigns/<uuid:campaign_id>/people/", people.people, name="campaign-people"),
    path("campaigns/<uuid:campaign_id>/accounts/", people.change_account, name="campaign-accounts"),
    path("campaigns/<uuid:campaign_id>/leads/", people.set_lead, name="campaign-leads"),
    path(
        "campaigns/<uuid:campaign_id>/invitations/<uuid:invitation_id>/withdraw/",
        people.withdraw,
        name="withdraw-invitation",
    ),
    path("campaigns/<uuid:campaign_id>/deadline/", campaigns.campaign_deadline, name="campaign-deadline"),
]
