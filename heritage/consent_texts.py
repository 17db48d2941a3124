"""What people agree to at sign-up, as whoever runs the site wrote it. Read once, with the settings."""

from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def consent_texts(text: str, file: str) -> dict[str, str]:
    """By language, "" for all others: `text`, or what `file` has and, beside consent.txt, consent.de.txt and so on.

    Empty where nobody is asked. Raises ImproperlyConfigured where a file cannot be read, or holds nothing.
    """
    if text.strip() and file:
        raise ImproperlyConfigured("CONSENT_TEXT and CONSENT_FILE are both set: keep one of them.")
    if not file:
        return {"": text.strip()} if text.strip() else {}
    path = Path(file).expanduser()
    others = {each.suffixes[-2][1:]: each for each in path.parent.glob(f"{path.stem}.*{path.suffix}") if each != path}
    return {language: _read(each) for language, each in {"": path, **others}.items()}


def _read(path: Path) -> str:
    try:
        found = path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"CONSENT_FILE: {path} cannot be read as text in UTF-8 ({error}).") from error
    if not found:
        raise ImproperlyConfigured(f"CONSENT_FILE: {path} is empty.")
    return found
