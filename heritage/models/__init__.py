"""What the catalogue keeps: accounts, collections with their records, images and texts, and jobs."""

from .accounts import Role, User
from .audit import AuditAction, AuditEntry
from .catalogue import Collection, Image, Record, TextSegment, image_url
from .counts import RecentCount
from .imports import Import, ImportChange, SavedMapping
from .jobs import JobRun
from .sessions import AccountSession
from .sets import RecordSet
from .tokens import ApiToken
from .words import Word

__all__ = [
    "AccountSession",
    "ApiToken",
    "AuditAction",
    "AuditEntry",
    "Collection",
    "Image",
    "Import",
    "ImportChange",
    "JobRun",
    "RecentCount",
    "Record",
    "RecordSet",
    "Role",
    "SavedMapping",
    "TextSegment",
    "User",
    "Word",
    "image_url",
]
