"""Imports tickets of another system, with their states and history."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import differing_fields
from libs.errors import InvalidInput, Violation
from libs.imports import Imported, PartnerNotYetKnown, date_order_violations, known_as
from libs.partner import PartnerFacts
from libs.partner_projection import PARTNERS, partner_by_external_id
from libs.person import Person, PersonalText
from libs.privacy.aliases import identified
from libs.store.listing import everything
from libs.store.port import create, get
from services.tickets.clocks.reads import promised
from services.tickets.handling.reads import country_of
from services.tickets.migration.domain import contradictions
from services.tickets.migration.events import TicketImported
from services.tickets.record.documents import HISTORY, TICKETS
from services.tickets.record.domain.states import Channel, CloseCode, SlaOutcome
from services.tickets.record.domain.ticket import Ticket, TicketChange
from services.tickets.record.reads import recorded
from services.tickets.settings import Env


class ImportTicket(Command, frozen=True, kw_only=True):
    """Import one row. `row_hash` recognizes the same row in a later import."""

    external_source: str
    external_id: str
    partner_id: str = ""
    partner_external_source: str = ""
    partner_external_id: str = ""
    requester: Person
    subject: PersonalText | None = None
    description: PersonalText | None = None
    category: str = ""
    subcategory: str = ""
    channel: Channel
    country: str = ""
    changes: tuple[TicketChange, ...]
    create_time: datetime
    resolve_time: datetime | None = None
    close_time: datetime | None = None
    resolution_code: str = ""
    close_code: CloseCode | None = None
    reopen_count: int = 0
    reassignment_count: int = 0
    sla_outcome: SlaOutcome | None = None
    row_hash: str


async def import_ticket(env: Env, cmd: ImportTicket) -> Imported:
    """The id of the ticket; of the existing one if the same row was imported before. ExternalIdTaken if another row was
    imported under this external id."""
    known = await everything(
        env.store, TICKETS, {"external_source": cmd.external_source, "external_id": cmd.external_id}
    )
    if known and known[0].imported_as == cmd.row_hash:
        return Imported(known[0].id, fresh=False)
    _refuse_contradictions(cmd, env.clock.now())
    partner = await _partner(env, cmd)
    if known:
        return known_as(known[0].id, cmd.external_id, await _differences(env, cmd, known[0], partner_id=partner.id))
    ticket, entry = recorded(_ticket(env, cmd, partner), cmd.changes)
    event = TicketImported(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        state=ticket.state,
        priority=ticket.priority,
        sla_outcome=ticket.sla_outcome,
        create_time=ticket.create_time,
    )
    await env.commit(create(TICKETS, ticket), entry, events=[event], call=cmd.call)
    return Imported(ticket.id, fresh=True)


async def _differences(env: Env, cmd: ImportTicket, known: Ticket, *, partner_id: str) -> Iterable[str]:
    """In which fields another row under the external id of a ticket differs from it, and from its first history."""
    sent = replace(cmd, partner_id=partner_id, country=cmd.country or known.country)
    history = await everything(env.store, HISTORY, {"ticket_id": known.id, "number": 0})
    return (*differing_fields(known, sent), *(path for first in history for path in differing_fields(first, sent)))


def _ticket(env: Env, cmd: ImportTicket, partner: PartnerFacts) -> Ticket:
    last, policy = cmd.changes[-1], env.settings.policy
    country = country_of(env, cmd.country, partner, requester=cmd.requester)
    requester = identified(cmd.requester, env.ids)
    assert requester is not None, "the row was refused without a requester"
    return Ticket(
        id=env.ids.new("tkt"),
        partner_id=partner.id,
        requester=requester,
        subject=cmd.subject,
        description=cmd.description,
        category=cmd.category,
        subcategory=cmd.subcategory,
        channel=cmd.channel,
        country=country,
        state=last.state,
        pending_reason=last.pending_reason,
        impact=last.impact,
        urgency=last.urgency,
        priority=last.priority,
        assignment_group=last.assignment_group,
        assignee=last.assignee,
        service_policy_id=policy.id,
        service_policy_version=policy.version,
        terms=promised(env, last.priority, country),
        breached=cmd.sla_outcome is SlaOutcome.BREACHED,
        sla_outcome=cmd.sla_outcome,
        reopen_count=cmd.reopen_count,
        reassignment_count=cmd.reassignment_count,
        resolution_code=cmd.resolution_code,
        close_code=cmd.close_code,
        external_source=cmd.external_source,
        external_id=cmd.external_id,
        imported_as=cmd.row_hash,
        resolve_time=cmd.resolve_time,
        close_time=cmd.close_time,
        create_time=cmd.create_time,
        update_time=env.clock.now(),
    )


async def _partner(env: Env, cmd: ImportTicket) -> PartnerFacts:
    if cmd.partner_id:
        loaded = await get(env.store, PARTNERS, cmd.partner_id)
        found = loaded.value if loaded else None
    else:
        found = await partner_by_external_id(env.store, cmd.partner_external_source, cmd.partner_external_id)
    if found is None:
        raise PartnerNotYetKnown(cmd.partner_id or f"{cmd.partner_external_source}:{cmd.partner_external_id}")
    return found


def _refuse_contradictions(cmd: ImportTicket, now: datetime) -> None:
    """InvalidInput with all violations of the row."""
    times = {"create_time": cmd.create_time}
    times |= {f"changes[{place}].time": change.time for place, change in enumerate(cmd.changes)}
    ends = {"create_time": cmd.create_time, "resolve_time": cmd.resolve_time, "close_time": cmd.close_time}
    found = [
        *date_order_violations(times, now=now),
        *date_order_violations(ends, now=now),
        *contradictions(
            cmd.changes, resolve_time=cmd.resolve_time, close_time=cmd.close_time, close_code=cmd.close_code
        ),
    ]
    if not cmd.partner_id and not cmd.partner_external_id:
        found.append(Violation("partner_id", "name the partner, by id or external id", "REQUIRED"))
    if found:
        raise InvalidInput(dict.fromkeys(found))
