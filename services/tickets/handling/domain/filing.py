"""The fields of a new ticket."""

from datetime import datetime

import msgspec

from libs.person import Person, PersonalText
from services.tickets.record.domain.persons import ASSIGNEE_RULES
from services.tickets.record.domain.policy import ServicePolicy, Terms
from services.tickets.record.domain.states import Channel, Impact, TicketState, Urgency, priority_of
from services.tickets.record.domain.ticket import Ticket


class Filing(msgspec.Struct, frozen=True, kw_only=True):
    """The fields with which a ticket is filed. country: the one whose calendar applies."""

    partner_id: str
    order_id: str
    sku: str
    serial: str
    requester: Person
    subject: PersonalText | None
    description: PersonalText | None
    category: str
    subcategory: str
    channel: Channel
    country: str
    impact: Impact
    urgency: Urgency


def open_ticket(filing: Filing, *, id: str, policy: ServicePolicy, terms: Terms, now: datetime) -> Ticket:
    """The ticket in NEW; its clocks do not run yet. terms: those of the policy for the priority of this ticket."""
    return Ticket(
        id=id,
        partner_id=filing.partner_id,
        order_id=filing.order_id,
        sku=filing.sku,
        serial=filing.serial,
        requester=filing.requester,
        subject=filing.subject,
        description=filing.description,
        category=filing.category,
        subcategory=filing.subcategory,
        channel=filing.channel,
        country=filing.country,
        state=TicketState.NEW,
        impact=filing.impact,
        urgency=filing.urgency,
        priority=priority_of(filing.impact, filing.urgency),
        service_policy_id=policy.id,
        service_policy_version=policy.version,
        terms=terms,
        assignee_rules=ASSIGNEE_RULES,
        create_time=now,
        update_time=now,
    )
