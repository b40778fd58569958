"""The pool: what a partner sees of a lead before it picks it, and whether it can."""

from collections.abc import Sequence
from datetime import date, datetime

from libs.document import Document
from libs.errors import AppError, Code
from libs.partner import TerritoryFacts
from services.deals.leads.domain.distribution import LeadExclusionReason
from services.deals.leads.domain.lead import Lead


class PoolLead(Document, frozen=True, kw_only=True):
    """A lead in the pool; the id is the lead's. Nothing in it tells who the customer is."""

    country: str
    subdivision: str = ""
    product_lines: tuple[str, ...] = ()
    score: int = 0
    create_time: datetime


class LeadNotPickable(AppError):
    """The partner cannot get this lead."""

    code, reason = Code.FAILED_PRECONDITION, "LEAD_NOT_PICKABLE"

    def __init__(self, id: str, exclusion: LeadExclusionReason) -> None:
        super().__init__(f"{id} cannot be picked: {exclusion.name}", id=id, exclusion=exclusion.name)


def entry_of(lead: Lead, *, now: datetime) -> PoolLead:
    """What the pool shows of the lead."""
    return PoolLead(
        id=lead.id,
        country=lead.customer.country,
        subdivision=lead.customer.subdivision,
        product_lines=lead.product_lines,
        score=lead.score,
        create_time=now,
    )


def within(entry: PoolLead, grants: Sequence[TerritoryFacts], *, on: date) -> bool:
    """Whether these grants of a partner cover all that the lead is about."""
    return all(
        any(one.covers(entry.country, entry.subdivision, frozenset({line}), on=on) for one in grants)
        for line in entry.product_lines or ("",)
    )
