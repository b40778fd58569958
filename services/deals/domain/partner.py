"""What a partner may claim: so many at once, and not in the exclusive territory of another."""

from datetime import date

from libs.document import Document
from libs.errors import AppError, Code
from libs.partner import TerritoryFacts
from services.deals.domain.registration import Registration


class ClaimAccount(Document, frozen=True, kw_only=True):
    """How many open claims a partner holds; the id is the partner's. Written with every claim that opens or closes."""

    open_claims: int = 0


class TooManyOpenClaims(AppError):
    """The partner's tier allows no more open claims."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_OPEN_CLAIMS"

    def __init__(self, partner_id: str, tier: str, limit: int) -> None:
        super().__init__(
            f"partner {partner_id} has {limit} open claims, as many as its tier allows",
            partner_id=partner_id,
            tier=tier,
            limit=limit,
        )


class TerritoryExclusive(AppError):
    """Another partner alone may sell these products there."""

    code, reason = Code.FAILED_PRECONDITION, "TERRITORY_EXCLUSIVE"

    def __init__(self, country: str, subdivision: str) -> None:
        place = f"{country}-{subdivision}" if subdivision else country
        super().__init__(f"{place} is another partner's exclusive territory for these products", territory=place)


def refuse_exclusive(reg: Registration, grants: tuple[TerritoryFacts, ...], *, on: date) -> None:
    """TerritoryExclusive if another partner alone may sell any of the products at the customer's place."""
    for grant in grants:
        foreign = grant.exclusive and grant.partner_id != reg.partner_id
        if foreign and grant.covers(reg.customer.country, reg.customer.subdivision, reg.product_lines, on=on):
            raise TerritoryExclusive(reg.customer.country, reg.customer.subdivision)
