"""The kind of claims, with its indexes."""

from libs.person import Person, persons_named
from libs.retention import retained
from libs.store.paging import serving
from libs.store.port import Index, Kind, Persons
from services.partners.fund_claims.domain import FundClaim
from services.partners.record.documents import PARTNER_ENDED, country_of, partner_of


def _in_claim(claim: FundClaim) -> tuple[Person, ...]:
    return persons_named(claim.return_reason)


FUND_CLAIMS = Kind(
    "fund_claim",
    FundClaim,
    (
        *serving("partner_id", "state", orders=("", "update_time")),
        Index(("partner_id", "funding_request_id")),
        Index(("funding_request_id",)),
    ),
    owner="partner_id",
    persons=Persons(
        of=_in_claim,
        country=country_of,
        retained=retained("partners", "fund_claim", PARTNER_ENDED),
        judged=partner_of,
    ),
)

KINDS = (FUND_CLAIMS,)
