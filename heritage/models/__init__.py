"""What the catalogue keeps: accounts, collections with their records, images and texts, and jobs."""

from .accounts import Role, User
from .catalogue import Collection, Image, Record, TextSegment, image_url
from .jobs import JobRun

__all__ = ["Collection", "Image", "JobRun", "Record", "Role", "TextSegment", "User", "image_url"]
