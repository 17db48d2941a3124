"""From a campaign to the links that are written: agreed, reviewed, and named."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation.links.items import read_items
from annotation.models import Campaign
from heritage.errors import UserError
from heritage.models import User

from .addresses import read_addresses
from .consensus import agreed_links
from .formats import LinkSet
from .mapping import read_mapping
from .reading import campaign_answers, finer_scheme, newest_reviews
from .reviews import reviewed_links


@dataclass(frozen=True)
class ExportOptions:
    """What people choose. `addresses` and `mapping` as typed: COLLECTION=URL and LABEL=PROPERTY."""

    least_agreement: float = 0.5
    least_answers: int = 1
    only_signed_off: bool = False
    without_unsure: bool = False
    addresses: Sequence[str] = ()
    mapping: Sequence[str] = ()
    items: Path | None = None


@dataclass(frozen=True)
class Export:
    """The links and what was counted on the way to them."""

    links: LinkSet
    answers: int
    answers_without_records: int
    signed_off: int
    rejected: int


def export_of(campaign: Campaign, options: ExportOptions, *, reader: User | None = None) -> Export:
    """The campaign's links without those that a curator rejected, or that are kept from `reader`.

    Raises UserError for an option that cannot be met, and where there are no answers to pairs of records.
    """
    if not 0 < options.least_agreement <= 1:
        raise UserError("--agreement is a share of the answers: give a number above 0 and up to 1.")
    if options.least_answers < 1:
        raise UserError("--least-answers must be at least 1.")
    mapping = read_mapping(options.mapping)
    read = campaign_answers(campaign, reader=reader)
    if not read.answers:
        raise UserError(f"{campaign.name} has no answers to pairs of records, so there is nothing to export.")
    reviewed = reviewed_links(
        agreed_links(
            read.answers,
            least_agreement=options.least_agreement,
            least_answers=options.least_answers,
            without_unsure=options.without_unsure,
        ),
        newest_reviews(campaign),
        only_signed_off=options.only_signed_off,
    )
    links = LinkSet(
        campaign=campaign.name,
        simulated=campaign.simulated,
        links=reviewed.links,
        addresses=read_addresses(options.addresses, collections=read.collections),
        items=read_items(options.items) if options.items else {},
        mapping=mapping,
        finer=finer_scheme(campaign),
        similarity_kind=campaign.sampling.told_similarity,
    )
    return Export(links, len(read.answers), read.unnamed, reviewed.signed_off, reviewed.rejected)
