"""Refuses claims in the exclusive territory of another partner."""

from datetime import date

from libs.errors import AppError, Code
from libs.partner import TerritoryFacts
from services.deals.claims.domain.registration import Registration


class TerritoryExclusive(AppError):
    """Another partner has the exclusive right to sell these products at the customer's place."""

    code, reason = Code.FAILED_PRECONDITION, "TERRITORY_EXCLUSIVE"

    def __init__(self, country: str, subdivision: str) -> None:
        place = f"{country}-{subdivision}" if subdivision else country
        super().__init__(f"{place} is another partner's exclusive territory for these products", territory=place)


def refuse_exclusive(reg: Registration, grants: tuple[TerritoryFacts, ...], *, on: date) -> None:
    """TerritoryExclusive if a grant of another partner is exclusive and covers the customer's place and one of the
    product lines on the day `on`."""
    for grant in grants:
        foreign = grant.exclusive and grant.partner_id != reg.partner_id
        if foreign and grant.covers(reg.customer.country, reg.customer.subdivision, reg.product_lines, on=on):
            raise TerritoryExclusive(reg.customer.country, reg.customer.subdivision)
