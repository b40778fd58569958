"""Which open leads share a key of their customers, and what a new lead equals."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from libs.document import Document
from services.deals.customers.domain.customers import EndCustomer
from services.deals.customers.domain.proposals import likeness
from services.deals.leads.domain.lead import MATCHES_KEPT, Lead, LeadMatch

LEADS_PER_KEY = 200

Keyed = Callable[[str], str]


class LeadSlot(Document, frozen=True, kw_only=True):
    """The open leads on a key; the id is that of the key. Two leads with a common key both write it, so the version
    check makes the later one see the earlier. A key that 200 share identifies nobody, and takes up no more."""

    lead_ids: tuple[str, ...] = ()


def entered(slot: LeadSlot, lead_id: str) -> LeadSlot:
    """The slot with the lead, if it has room."""
    if lead_id in slot.lead_ids or len(slot.lead_ids) >= LEADS_PER_KEY:
        return slot
    return replace(slot, lead_ids=(*slot.lead_ids, lead_id))


def left(slot: LeadSlot, lead_id: str) -> LeadSlot:
    """The slot without the lead."""
    return replace(slot, lead_ids=tuple(one for one in slot.lead_ids if one != lead_id))


def matches_of(
    lead: Lead, others: Iterable[Lead], customers: Iterable[EndCustomer], claims: Iterable[LeadMatch], keyed: Keyed
) -> tuple[LeadMatch, ...]:
    """What may be of the same customer, best first, with the scores of the conflict check."""
    found = list(claims)
    rows: list[Lead | EndCustomer] = [*others, *customers]
    for one in rows:
        like = likeness(lead.customer, one.customer, keyed)
        if like is not None and one.id != lead.id:
            found.append(LeadMatch(id=one.id, score=like.score))
    return tuple(sorted(found, key=lambda one: (-one.score, one.id))[:MATCHES_KEPT])


def duplicates(lead: Lead, others: Iterable[Lead], *, threshold: int, keyed: Keyed) -> bool:
    """Whether one of these open leads is of the same customer, for a product line of this one. threshold: the score
    from which that is so. A lead that names no product line is about all."""
    for one in others:
        like = likeness(lead.customer, one.customer, keyed)
        common = not lead.product_lines or not one.product_lines or {*lead.product_lines} & {*one.product_lines}
        if one.id != lead.id and like is not None and like.score >= threshold and common:
            return True
    return False
