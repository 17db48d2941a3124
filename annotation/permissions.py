"""Who may ask for which address, and how: the list that a test walks and `manage.py permissions` writes down.

It grants nothing. Each view guards itself, by `heritage.access`, `annotation.access` and the modules of visibility;
this says what all of them together come to, and an address that is not here fails the test.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from django.urls import URLPattern, URLResolver, get_resolver

# In the order of the columns. "Elsewhere": of another campaign than the one that the address names.
PEOPLE: Final = (
    "visitor",
    "annotator elsewhere",
    "annotator",
    "campaign lead elsewhere",
    "campaign lead",
    "project lead",
    "administrator",
)
_VISITOR, _ELSEWHERE, _ANNOTATOR, _LEAD_ELSEWHERE, _CAMPAIGN_LEAD, _LEAD, _ADMINISTRATOR = PEOPLE


class Audience(Enum):
    """For whom an address is: in words, and which of PEOPLE."""

    def __init__(self, words: str, people: Sequence[str]) -> None:
        self.words, self.people = words, frozenset(people)

    EVERYBODY = "everybody", PEOPLE
    ACCOUNTS = "everybody with an account, who sees what is their own", PEOPLE[1:]
    PICTURES = "everybody with an account; with PUBLIC_CATALOGUE also without", PEOPLE[1:]
    CATALOGUE = "project leads; with PUBLIC_CATALOGUE also everybody without an account", (_LEAD, _ADMINISTRATOR)
    ANNOTATORS = "those to whom pairs or choices were dealt, of their own", (_ANNOTATOR,)
    ANY_LEADS = "those who lead a campaign, of what they lead", PEOPLE[3:]
    CAMPAIGN_LEADS = "those who lead the campaign", PEOPLE[4:]
    FOLLOWERS = "project leads, and whoever started the job", (_LEAD, _ADMINISTRATOR)
    LEADS = "project leads", (_LEAD, _ADMINISTRATOR)
    ADMINISTRATORS = "administrators", (_ADMINISTRATOR,)
    WATCHERS = "whoever knows METRICS_TOKEN, which is no account's", ()


@dataclass(frozen=True)
class Permission:
    """Of one address by its name. `methods` are GET, POST or both; HEAD goes with GET."""

    audience: Audience
    methods: tuple[str, ...] = ("GET",)


def _all(audience: Audience, methods: str, names: str) -> dict[str, Permission]:
    return {name: Permission(audience, tuple(methods.split())) for name in names.split()}


PERMISSIONS: Final[dict[str, Permission]] = {
    **_all(Audience.EVERYBODY, "GET", "words api-schema healthz readyz"),
    **_all(
        Audience.EVERYBODY,
        "GET POST",
        "login log-in-second-factor forgotten-password new-password invitation set_language",
    ),
    **_all(Audience.EVERYBODY, "GET", "back-from-institution"),
    **_all(Audience.EVERYBODY, "POST", "logout log-in-institution"),
    **_all(Audience.ACCOUNTS, "GET", "home my-answers guide api-campaigns"),
    **_all(Audience.ACCOUNTS, "GET", "own-second-factor"),
    **_all(Audience.ACCOUNTS, "GET POST", "own-password own-app own-key confirm-account"),
    **_all(Audience.ACCOUNTS, "POST", "own-token own-sessions own-institution own-recovery-codes remove-own-factor"),
    **_all(Audience.PICTURES, "GET", "image image-tiles image-tile"),
    **_all(Audience.CATALOGUE, "GET", "collections collection record search"),
    **_all(Audience.CATALOGUE, "GET", "api-collections api-records api-record api-search"),
    **_all(Audience.CATALOGUE, "GET", "record-manifest record-linked-art pair-manifest"),
    **_all(Audience.CATALOGUE, "GET POST", "reconcile reconcile-bare"),
    **_all(Audience.CATALOGUE, "GET", "reconcile-entities reconcile-suggest-properties reconcile-types"),
    **_all(Audience.CATALOGUE, "GET", "reconcile-properties reconcile-preview"),
    **_all(Audience.CATALOGUE, "POST", "bring-picture"),
    **_all(Audience.CATALOGUE, "GET", "query-picture choose-part"),
    **_all(Audience.ANNOTATORS, "GET", "label instructions practice last-answers my-choices choose"),
    **_all(Audience.ANNOTATORS, "GET POST", "label-pair practice-pair finished preference-choice"),
    **_all(Audience.ANNOTATORS, "POST", "api-next api-label"),
    **_all(
        Audience.ANY_LEADS, "GET", "links link-groups link-groups-file link-group api-links campaigns plan-campaign"
    ),
    **_all(
        Audience.CAMPAIGN_LEADS, "GET", "campaign campaign-progress campaign-preview campaign-section campaign-table"
    ),
    **_all(Audience.CAMPAIGN_LEADS, "GET", "campaign-chart campaign-report-file export-annotations"),
    **_all(Audience.CAMPAIGN_LEADS, "GET", "campaign-regressions campaign-label-counts campaign-labels-csv"),
    **_all(Audience.CAMPAIGN_LEADS, "GET", "campaign-suggestions-csv download-links link-manifest"),
    **_all(Audience.CAMPAIGN_LEADS, "GET POST", "campaign-settings campaign-people campaign-guidance campaign-labels"),
    **_all(Audience.CAMPAIGN_LEADS, "GET POST", "campaign-suggestions campaign-analysis campaign-report link"),
    **_all(Audience.CAMPAIGN_LEADS, "POST", "campaign-open campaign-stop-labelling campaign-state campaign-deadline"),
    **_all(Audience.CAMPAIGN_LEADS, "POST", "campaign-reassign campaign-accounts withdraw-invitation delete-campaign"),
    **_all(Audience.CAMPAIGN_LEADS, "POST", "withdraw-guidance"),
    **_all(Audience.FOLLOWERS, "GET", "job"),
    **_all(Audience.FOLLOWERS, "POST", "cancel-job retry-job"),
    **_all(Audience.LEADS, "GET", "image-original draft-mapping imports import rows-left record-sets record-set jobs"),
    **_all(Audience.LEADS, "GET POST", "new-collection import-into-collection import-draft undo-import"),
    **_all(Audience.LEADS, "GET POST", "rename-collection remove-collection remove-record remove-record-set"),
    **_all(Audience.LEADS, "POST", "fetch-pictures keep-record-set"),
    **_all(Audience.LEADS, "GET", "models model map map-points map-colours map-records map-cluster map-file"),
    **_all(Audience.LEADS, "GET", "similar-records evaluations evaluation evaluation-table record-links"),
    **_all(Audience.LEADS, "POST", "start-embed start-means start-map start-finetune"),
    **_all(Audience.LEADS, "GET POST", "new-zero-shot new-search new-links-evaluation"),
    **_all(
        Audience.LEADS, "GET", "samplings sampling sampling-changes sampling-figure sampling-figure-file sampled-pair"
    ),
    **_all(Audience.LEADS, "GET POST", "new-sampling survey new-campaign new-preference-study"),
    **_all(Audience.LEADS, "POST", "discard-survey campaign-leads preference-study-state"),
    **_all(Audience.LEADS, "GET", "preference-studies preference-study preference-answers preference-wins"),
    **_all(Audience.LEADS, "GET", "preference-rankings"),
    **_all(Audience.LEADS, "GET POST", "sampling-settings preference-study-settings"),
    **_all(Audience.CAMPAIGN_LEADS, "GET", "campaign-remarks campaign-remarks-file"),
    **_all(Audience.ADMINISTRATORS, "GET", "audit-log audit-log-csv"),
    **_all(Audience.WATCHERS, "GET", "metrics"),
    **_all(Audience.ACCOUNTS, "GET", "own-data"),
    **_all(Audience.ADMINISTRATORS, "GET POST", "person"),
    **_all(Audience.ADMINISTRATORS, "GET", "person-data"),
}


_HEAD = """# Who may ask for what

`manage.py permissions` writes this page, and a test asks for every address as each of these people. *Elsewhere* is
another campaign than the one that the address names; what somebody sees where it says yes is their own, or of what they
lead. A visitor has no account. Where somebody may not, they get the log-in page, 401, 403 or 404. Below `/admin/` are
Django's own pages of accounts, for administrators alone.
"""


def addresses() -> Iterator[tuple[str, str]]:
    """Name and pattern of every address, but those of Django's own pages for administrators, in their order."""

    def walk(patterns: Sequence[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, str]]:
        for entry in patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                if not route.startswith("admin/"):
                    yield from walk(entry.url_patterns, route)
            elif not route.startswith("admin/"):
                yield entry.name or "", route

    yield from walk(get_resolver().url_patterns, "")


def permissions_page() -> str:
    """The list as docs/permissions.md. KeyError for an address that it lacks."""
    heads = ("address", "methods", *PEOPLE, "for")
    lines = [_HEAD, f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}"]
    for name, route in addresses():
        permission = PERMISSIONS[name]
        may = " | ".join("yes" if person in permission.audience.people else "" for person in PEOPLE)
        shown = route.strip("^$").replace("|", "\\|")
        lines.append(f"| `/{shown}` | {' '.join(permission.methods)} | {may} | {permission.audience.words} |")
    return "\n".join(lines) + "\n"
