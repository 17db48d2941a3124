"""What people agree to at sign-up: which text is asked about, and that somebody has agreed."""

import hashlib
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from heritage.models import User


@dataclass(frozen=True)
class ConsentText:
    text: str

    @property
    def sha256(self) -> str:
        return _sha256(self.text)


def consent_asked(person: User | None = None) -> ConsentText | None:
    """The text in the reader's language; None where none is set, and for those who agreed to it as it stands, in
    whatever language."""
    texts: dict[str, str] = settings.CONSENT_TEXTS
    if not texts or (person is not None and agreed_text(person.consent_hash) is not None):
        return None
    language = (get_language() or "").partition("-")[0]
    return ConsentText(texts.get(language) or texts[""])


def agreed_text(sha256: str) -> str | None:
    """The text of that hash, where it is among those that are shown now."""
    return next((text for text in settings.CONSENT_TEXTS.values() if _sha256(text) == sha256), None)


def record_consent(*, person: User, sha256: str) -> None:
    """That the person agreed now to the text with that hash."""
    person.consented, person.consent_hash = timezone.now(), sha256
    person.save(update_fields=["consented", "consent_hash"])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
