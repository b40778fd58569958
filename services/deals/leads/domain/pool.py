"""What the pool shows of a lead before a partner has picked it."""

from datetime import datetime

from libs.document import Document
from services.deals.leads.domain.lead import Lead


class PoolLead(Document, frozen=True, kw_only=True):
    """A lead in the pool; the id is the lead's. Nothing in it tells who the customer is."""

    country: str
    subdivision: str = ""
    product_lines: tuple[str, ...] = ()
    score: int = 0
    create_time: datetime


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
