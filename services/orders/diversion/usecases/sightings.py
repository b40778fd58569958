"""Records where pieces were seen and how they came there; lists sightings."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from libs.call import Command
from libs.env import About
from libs.errors import InvalidInput, NotFound, Violation
from libs.partner import PartnerStatus
from libs.partner_projection import acting_partner, known_partner
from libs.store.listing import every_row
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, Write, create, get
from services.orders.diversion.documents import CUSTODIES, DIVERSION_CASES, SIGHTINGS
from services.orders.diversion.domain.case import diverted, grow, open_case, open_key
from services.orders.diversion.domain.custody import Custody, CustodyKind, Piece
from services.orders.diversion.domain.sighting import (
    Seen,
    Sighting,
    SightingCircumstance,
    SightingOutcome,
    SightingSource,
    Verdict,
    judge,
)
from services.orders.diversion.events import CustodyRecorded, SightingReported
from services.orders.diversion.reads import in_network, piece_of
from services.orders.record.documents import SERIALS
from services.orders.record.domain.violations import begun_violations, early_violations, refuse
from services.orders.record.reads import latest_day
from services.orders.settings import Env
from services.orders.tracing.documents import TRACES
from services.orders.tracing.domain import Trace
from services.orders.tracing.events import TraceRequested

_SEEN = Range("seen_on", "seen_on_from", "seen_on_before")


class ReportSighting(Command, frozen=True, kw_only=True):
    """Report where a piece was seen. partner_id: empty for the vendor."""

    partner_id: str = ""
    source: SightingSource
    circumstance: SightingCircumstance | None = None
    sku: str
    serial: str
    country: str
    seen_at_partner_id: str = ""
    seen_on: date
    reference: str = ""


class RecordCustody(Command, frozen=True, kw_only=True):
    """Record how a piece came to where it is."""

    sku: str
    serial: str
    kind: CustodyKind
    holder_id: str
    country: str
    on: date
    reference: str = ""


class SeeTicket(Command, frozen=True, kw_only=True):
    """Note that a ticket is about a piece."""

    ticket_id: str
    partner_id: str
    sku: str
    serial: str
    country: str


class ListSightings(ListCommand, frozen=True, kw_only=True):
    """List sightings; empty filters filter nothing."""

    partner_id: str = ""
    seen_on_from: date | None = None
    seen_on_before: date | None = None


class _Followed(NamedTuple):
    """What follows from a sighting: the writes, the events, and the ids that it names."""

    writes: tuple[Write, ...] = ()
    events: tuple[About, ...] = ()
    diversion_case_id: str = ""
    trace_id: str = ""


async def report_sighting(env: Env, cmd: ReportSighting) -> Sighting:
    """The sighting with what came of it. InvalidInput, NotFound, NotYetKnown."""
    if wrong := [*_report_violations(env, cmd)]:
        raise InvalidInput(wrong)
    if cmd.partner_id:
        await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=frozenset(PartnerStatus))
    if cmd.seen_at_partner_id and not cmd.call.caller.partner_id:
        await known_partner(env, cmd.seen_at_partner_id)
    piece = await piece_of(env, cmd.sku, cmd.serial, on=cmd.seen_on)
    if piece is not None and cmd.seen_on < piece.chain[0].on:
        piece = None
    member = await in_network(env, cmd.seen_at_partner_id, piece.product_line if piece else "", on=cmd.seen_on)
    seen = Seen(cmd.country, cmd.seen_on, cmd.circumstance, member)
    verdict = judge(piece, seen, group=env.directory.here.lawful_trade)
    if piece is not None and verdict.outcome is SightingOutcome.OUTSIDE:
        async with env.settings.locks.of(f"diversion:{_key(piece, cmd)}"):
            return await _recorded(env, cmd, piece, verdict=verdict)
    return await _recorded(env, cmd, piece, verdict=verdict)


async def see_ticket(env: Env, cmd: SeeTicket) -> None:
    """Report the sighting that a ticket is, if this cell sold the piece. Raises what `report_sighting` raises."""
    if await get(env.store, SERIALS, f"{cmd.sku}:{cmd.serial}") is None:
        return
    report = ReportSighting(
        call=cmd.call,
        source=SightingSource.TICKET,
        sku=cmd.sku,
        serial=cmd.serial,
        country=cmd.country,
        seen_at_partner_id=cmd.partner_id,
        seen_on=env.today(),
        reference=cmd.ticket_id,
    )
    await env.run(report_sighting, report)


async def record_custody(env: Env, cmd: RecordCustody) -> Custody:
    """The record. NotFound, NotYetKnown, InvalidInput."""
    refuse(*begun_violations("on", cmd.on, latest=latest_day(env)))
    held = await get(env.store, SERIALS, f"{cmd.sku}:{cmd.serial}")
    piece = await piece_of(env, cmd.sku, cmd.serial, on=cmd.on)
    if held is None or piece is None:
        raise NotFound(SERIALS.name, f"{cmd.sku}:{cmd.serial}")
    refuse(*early_violations("on", cmd.on, piece.chain[0].on))
    await known_partner(env, cmd.holder_id)
    custody = Custody(
        id=env.ids.new("csy"),
        serial_id=held.value.id,
        kind=cmd.kind,
        holder_id=cmd.holder_id,
        country=cmd.country,
        on=cmd.on,
        reference=cmd.reference,
        create_time=env.clock.now(),
    )
    told = CustodyRecorded(custody_id=custody.id, holder_id=custody.holder_id, country=custody.country)
    return await env.commit(create(CUSTODIES, custody), events=[told], call=cmd.call)


async def list_sightings(env: Env, cmd: ListSightings) -> Page[Sighting]:
    """One page of sightings, by id unless the caller asks for another order."""
    return await env.listing(SIGHTINGS, filters_of(cmd, "partner_id"), call=cmd.call, **paged(cmd, _SEEN))


async def _recorded(env: Env, cmd: ReportSighting, piece: Piece | None, *, verdict: Verdict) -> Sighting:
    new_id = env.ids.new("sgh")
    if piece is None:
        followed = _asked(env, cmd)
    elif verdict.outcome is SightingOutcome.OUTSIDE:
        followed = await _in_case(env, cmd, piece, sighting_id=new_id)
    else:
        followed = _Followed()
    sighting = Sighting(
        id=new_id,
        partner_id=cmd.partner_id,
        source=cmd.source,
        circumstance=cmd.circumstance,
        sku=cmd.sku,
        serial=cmd.serial,
        serial_id=f"{cmd.sku}:{cmd.serial}",
        country=cmd.country,
        seen_at_partner_id=cmd.seen_at_partner_id,
        seen_on=cmd.seen_on,
        reference=cmd.reference,
        outcome=verdict.outcome,
        law=verdict.law,
        holder_id=piece.holder_id if piece else "",
        sold_in=piece.sold_in if piece else "",
        diversion_case_id=followed.diversion_case_id,
        trace_id=followed.trace_id,
        create_time=env.clock.now(),
    )
    told = SightingReported(sighting_id=new_id, partner_id=cmd.partner_id, diversion_case_id=followed.diversion_case_id)
    write = create(SIGHTINGS, sighting)
    return await env.commit(write, *followed.writes, events=[told, *followed.events], call=cmd.call)


def _asked(env: Env, cmd: ReportSighting) -> _Followed:
    """The other cells are asked about the piece when the event of the trace comes back to this service."""
    trace = Trace(id=env.ids.new("trc"), sku=cmd.sku, serial=cmd.serial, create_time=env.clock.now())
    put = create(TRACES, trace)
    return _Followed((put,), (About(TraceRequested(trace_id=trace.id), put.document),), trace_id=trace.id)


async def _in_case(env: Env, cmd: ReportSighting, piece: Piece, *, sighting_id: str) -> _Followed:
    """The open case takes the piece; without one a case is opened. Of two calls that open one at once, the store
    refuses the later one, which begins again and finds it."""
    found, now = diverted(piece, sighting_id=sighting_id, seen_on=cmd.seen_on), env.clock.now()
    for loaded in await every_row(env.store, DIVERSION_CASES, {"open_key": _key(piece, cmd)}):
        grown = grow(loaded.value, found, now=now)
        if grown is None:
            return _Followed(diversion_case_id=loaded.value.id)
        put = loaded.put(grown[0])
        return _Followed((put,), (About(grown[1], put.document),), diversion_case_id=loaded.value.id)
    case, told = open_case(
        env.ids.new("dvc"), piece, found, seen_in=cmd.country, seen_at_partner_id=cmd.seen_at_partner_id, now=now
    )
    put = create(DIVERSION_CASES, case)
    return _Followed((put,), (About(told, put.document),), diversion_case_id=case.id)


def _key(piece: Piece, cmd: ReportSighting) -> str:
    return open_key(
        piece.holder_id, sold_in=piece.sold_in, seen_in=cmd.country, seen_at_partner_id=cmd.seen_at_partner_id
    )


def _report_violations(env: Env, cmd: ReportSighting) -> Iterator[Violation]:
    if cmd.call.caller.partner_id and not cmd.partner_id:
        yield Violation("partner_id", "is needed of a partner's people", "REQUIRED")
    yield from begun_violations("seen_on", cmd.seen_on, latest=latest_day(env))
