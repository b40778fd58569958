"""Which leads of the pool a partner can pick."""

from collections.abc import Sequence
from datetime import date

from libs.errors import AppError, Code
from libs.partner import TerritoryFacts
from services.deals.lead_distribution.domain.distribution import LeadExclusionReason
from services.deals.leads.domain.pool import PoolLead


class LeadNotPickable(AppError):
    """The partner cannot get this lead."""

    code, reason = Code.FAILED_PRECONDITION, "LEAD_NOT_PICKABLE"

    def __init__(self, id: str, exclusion: LeadExclusionReason) -> None:
        super().__init__(f"{id} cannot be picked: {exclusion.name}", id=id, exclusion=exclusion.name)


def within(entry: PoolLead, grants: Sequence[TerritoryFacts], *, on: date) -> bool:
    """Whether these grants of a partner cover all that the lead is about."""
    return all(
        any(one.covers(entry.country, entry.subdivision, frozenset({line}), on=on) for one in grants)
        for line in entry.product_lines or ("",)
    )
