"""Which tickets are handed over, and how one is."""

from datetime import datetime

from msgspec.structs import replace

from libs.handover_row import HandoverStay
from libs.partner import PartnerFacts
from services.tickets.handover.events import TicketHandedOver
from services.tickets.record.domain.states import ENDED, MAY_FILE, TicketState
from services.tickets.record.domain.ticket import Ticket

OPEN = frozenset(TicketState) - ENDED


def stay_of(target: PartnerFacts | None) -> HandoverStay | None:
    """Why a ticket stays with a partner that leaves; None if it moves. target: None if it is not known here."""
    if target is None or target.status not in MAY_FILE:
        return HandoverStay.TARGET_NOT_ACTIVE
    return None


def to_partner(
    ticket: Ticket, target_partner_id: str, *, handover_id: str, now: datetime
) -> tuple[Ticket, TicketHandedOver]:
    """The ticket of another partner; its clocks run on."""
    return _moved(ticket, replace(ticket, partner_id=target_partner_id, update_time=now), handover_id)


def to_assignee(ticket: Ticket, assignee: str, *, handover_id: str, now: datetime) -> tuple[Ticket, TicketHandedOver]:
    """The ticket with another assignee in the same group; its clocks run on."""
    after = replace(ticket, assignee=assignee, reassignment_count=ticket.reassignment_count + 1, update_time=now)
    return _moved(ticket, after, handover_id)


def _moved(before: Ticket, after: Ticket, handover_id: str) -> tuple[Ticket, TicketHandedOver]:
    event = TicketHandedOver(
        ticket_id=after.id,
        partner_id=after.partner_id,
        from_partner_id=before.partner_id,
        handover_id=handover_id,
    )
    return after, event
