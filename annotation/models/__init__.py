"""The tables of `annotation`, a module a subject. What their columns may hold is in `annotation.vocabulary`."""

from .answers import Annotation, Assignment, LabellingEnd, Reflection, Skip
from .campaigns import Campaign, CampaignChange, CampaignLead, Invitation, InvitationUse
from .guidance import GoldPair, GuidancePair, PracticeAnswer
from .labels import CampaignLabel, CampaignLabelName, FinerLabel, FinerLabelName, default_labels
from .links import LinkReview
from .preference import PreferenceAnswer, PreferenceChoice, PreferenceQuery, PreferenceResult, PreferenceStudy
from .results import AnalysisPlan, KeptAnalysis, ResultOpening

__all__ = [
    "AnalysisPlan",
    "Annotation",
    "Assignment",
    "Campaign",
    "CampaignChange",
    "CampaignLabel",
    "CampaignLabelName",
    "CampaignLead",
    "FinerLabel",
    "FinerLabelName",
    "GoldPair",
    "GuidancePair",
    "Invitation",
    "InvitationUse",
    "KeptAnalysis",
    "LabellingEnd",
    "LinkReview",
    "PracticeAnswer",
    "PreferenceAnswer",
    "PreferenceChoice",
    "PreferenceQuery",
    "PreferenceResult",
    "PreferenceStudy",
    "Reflection",
    "ResultOpening",
    "Skip",
    "default_labels",
]
