"""Names for annotators that say nothing of who they are. The same campaign gives the same ones."""

from collections.abc import Iterable

from django.utils.crypto import salted_hmac

from annotation.models import Campaign


def pseudonyms(campaign: Campaign, usernames: Iterable[str]) -> dict[str, str]:
    """ "annotator-01" and so on, in an order that nobody without the installation's key can tell: in the order of
    the alphabet, whoever knows who took part could name them."""

    def place(username: str) -> str:
        return salted_hmac("annotation.report", f"{campaign.pk}/{username}", algorithm="sha256").hexdigest()

    ordered = sorted(set(usernames), key=place)
    width = len(str(len(ordered)))
    return {username: f"annotator-{number:0{width}d}" for number, username in enumerate(ordered, start=1)}
