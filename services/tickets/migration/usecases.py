"""Imports tickets of another system, with their states and history."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from libs.call import Command
from libs.document import differing_fields, differing_values
from libs.errors import InvalidInput, Violation
from libs.imports import MAX_DIFFERING_FIELDS, Imported, PartnerNotYetKnown, date_order_violations, known_as, row_hashes
from libs.partner import PartnerFacts
from libs.partner_projection import PARTNERS, partner_by_external_id
from libs.person import Person, PersonalText
from libs.privacy.aliases import identified
from libs.store.listing import every_row, everything
from libs.store.port import Loaded, Write, create, get
from services.tickets.clocks.reads import promised
from services.tickets.handling.reads import country_of
from services.tickets.migration.domain import Progress, continued, continues, contradictions, may_change
from services.tickets.migration.events import TicketImported
from services.tickets.record.documents import HISTORY, TICKETS
from services.tickets.record.domain.persons import with_ids, without_ids
from services.tickets.record.domain.states import Channel, CloseCode, SlaOutcome
from services.tickets.record.domain.ticket import Ticket, TicketChange
from services.tickets.record.reads import keyed_assignee, recorded
from services.tickets.settings import Env


class ImportTicket(Command, frozen=True, kw_only=True):
    """Import one row. `row_hash` recognizes the same row in a later import. update: whether the row may continue the
    ticket that was made of it before."""

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
    update: bool = False


async def import_ticket(env: Env, cmd: ImportTicket) -> Imported:
    """The id of the ticket; of the existing one if the same row was imported before. ExternalIdTaken if another row was
    imported under this external id; PersonErased if the requester was erased."""
    known = await every_row(
        env.store, TICKETS, {"external_source": cmd.external_source, "external_id": cmd.external_id}
    )
    hashes = row_hashes(env.keys.keyed, cmd.row_hash)
    cmd = replace(cmd, row_hash=hashes[0])
    if known and known[0].value.imported_as in hashes:
        return Imported(known[0].value.id, fresh=False)
    _refuse_contradictions(cmd, env.clock.now())
    gate = await env.erasure_gate.pass_through(cmd.requester)
    partner = await _partner(env, cmd)
    if known:
        return await _again(env, cmd, known[0], gate, partner_id=partner.id)
    changes = with_ids(cmd.changes, lambda: env.ids.new("psn"))
    ticket, entry = recorded(keyed_assignee(env, _ticket(env, cmd, partner, changes[-1])), changes)
    await env.commit(create(TICKETS, ticket), entry, *gate, events=[_imported(ticket)], call=cmd.call)
    return Imported(ticket.id, fresh=True)


async def _again(
    env: Env, cmd: ImportTicket, held: Loaded[Ticket], gate: Sequence[Write], *, partner_id: str
) -> Imported:
    """What another row under the external id of a ticket becomes: a continuation if the command allows it and the row
    is one. gate: the writes of the erasure gate."""
    known = held.value
    entries = await everything(env.store, HISTORY, {"ticket_id": known.id})
    named = tuple(change for entry in entries for change in entry.changes)
    kept = without_ids(named)
    differing = tuple(_differences(cmd, known, kept, partner_id=partner_id))
    changing = tuple(path for path in differing if may_change(path))
    if not (cmd.update and changing and continues(known, kept, cmd.changes)):
        return known_as(known.id, cmd.external_id, differing)
    rest = tuple(path for path in differing if path not in changing)
    progress = Progress(**{name: getattr(cmd, name) for name in Progress.__struct_fields__})
    row_hash = known.imported_as if rest else cmd.row_hash
    changes = with_ids(cmd.changes, lambda: env.ids.new("psn"), known=named)
    after = continued(known, changes[-1], progress, row_hash=row_hash, now=env.clock.now())
    after = keyed_assignee(env, after, known)
    writes: tuple[Write, ...] = ()
    if new := changes[len(kept) :]:
        after, entry = recorded(after, new)
        writes = (entry,)
    await env.commit(held.put(after), *writes, *gate, events=[_imported(after)], call=cmd.call)
    return Imported(known.id, fresh=False, changed_fields=changing, differing_fields=rest[:MAX_DIFFERING_FIELDS])


def _imported(ticket: Ticket) -> TicketImported:
    return TicketImported(
        ticket_id=ticket.id,
        partner_id=ticket.partner_id,
        state=ticket.state,
        priority=ticket.priority,
        sla_outcome=ticket.sla_outcome,
        create_time=ticket.create_time,
    )


def _differences(cmd: ImportTicket, known: Ticket, kept: tuple[TicketChange, ...], *, partner_id: str) -> Iterator[str]:
    """In which fields another row under the external id of a ticket differs from it, and from its history."""
    sent = replace(cmd, partner_id=partner_id, country=cmd.country or known.country)
    yield from differing_fields(known, sent)
    yield from differing_values(kept, cmd.changes, "changes")


def _ticket(env: Env, cmd: ImportTicket, partner: PartnerFacts, last: TicketChange) -> Ticket:
    policy = env.settings.policy
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
        assignee_person_id=last.assignee_person_id,
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
