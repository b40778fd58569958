"""The kinds of funds, their ledger and requests, with their indexes."""

from libs.person import Person, persons_named
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.funds.domain.fund import Fund, FundBook
from services.partners.funds.domain.ledger import FundEntry
from services.partners.funds.domain.request import FundingRequest
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of


def _in_request(request: FundingRequest) -> tuple[Person, ...]:
    return persons_named(request.description, request.reject_reason)


FUNDS = Kind(
    "fund",
    Fund,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("closes_at",)),
        Index(("unsettled",)),
    ),
    owner="partner_id",
)
FUND_BOOKS = Kind("fund_book", FundBook, (Index(("unscanned",)),))
FUND_ENTRIES = Kind(
    "fund_entry",
    FundEntry,
    (
        Index(("partner_id", "fund_id", "number"), unique=True),
        Index(("partner_id", "fund_id", "document_id", "number")),
    ),
    owner="partner_id",
)
FUNDING_REQUESTS = Kind(
    "funding_request",
    FundingRequest,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("partner_id", "fund_id")),
        Index(("fund_id",)),
        Index(("expires_at",)),
    ),
    owner="partner_id",
    persons=Persons(
        of=_in_request,
        country=country_of,
        retained=retained("partners", "funding_request", PARTNER_ENDED),
        judged=partner_of,
    ),
)
KINDS = (FUNDS, FUND_BOOKS, FUND_ENTRIES, FUNDING_REQUESTS)
