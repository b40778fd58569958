"""Starts traces and shows them; lets other cells ask about what was shipped."""

from typing import NamedTuple

from libs.call import Command
from libs.cross_checks.checking import CheckDocument
from libs.cross_checks.domain import CellCheck
from libs.store.port import ROWS_PER_PAGE, Query, create, get
from services.orders.record.documents import SERIALS, SHIPMENTS
from services.orders.settings import Env
from services.orders.tracing.documents import TRACES
from services.orders.tracing.domain import Trace
from services.orders.tracing.events import TraceRequested
from services.orders.tracing.reads import PIECES


class TraceSerial(Command, frozen=True, kw_only=True):
    """Ask where a piece was sold."""

    sku: str
    serial: str


class GetTrace(Command, frozen=True, kw_only=True):
    """Show a trace."""

    id: str


class OfferShipment(Command, frozen=True, kw_only=True):
    """Let other cells ask about the pieces of a shipment."""

    id: str


class Traced(NamedTuple):
    """A trace, the shipment with which this cell sent the piece, and what other cells know. shipment_id: empty if this
    cell did not send it, or took it back."""

    trace: Trace
    shipment_id: str
    cells: tuple[CellCheck, ...]


async def trace_serial(env: Env, cmd: TraceSerial) -> Trace:
    """A new trace. The other cells are asked when its event comes back to this service."""
    trace = Trace(id=env.ids.new("trc"), sku=cmd.sku, serial=cmd.serial, create_time=env.clock.now())
    return await env.commit(create(TRACES, trace), events=[TraceRequested(trace_id=trace.id)], call=cmd.call)


async def get_trace(env: Env, cmd: GetTrace) -> Traced:
    """The trace with what is known now. NotFound."""
    return await traced(env, await env.show(TRACES, cmd.id, call=cmd.call))


async def traced(env: Env, trace: Trace) -> Traced:
    """What is known of a traced piece now."""
    held = await get(env.store, SERIALS, trace.serial_id)
    sent = held.value.shipment_id if held is not None and not held.value.returned else ""
    return Traced(trace, sent, await PIECES.states(env, trace.id))


async def offer_shipment(env: Env, cmd: OfferShipment) -> None:
    """Let questions of other cells find the serials of a shipment. Without a shared key nobody can ask, and nothing is
    done."""
    if not env.settings.checks.keys.current():
        return
    held = await get(env.store, SHIPMENTS, cmd.id)
    if held is None or not any(one.serials for one in held.value.lines):
        return
    cursor = None
    while cursor != "":
        equals = {"order_id": held.value.order_id}
        page = await env.store.find(Query(kind=SERIALS, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor or ""))
        for row in page.rows:
            if row.value.shipment_id == cmd.id:
                await PIECES.keep(env, CheckDocument(call=cmd.call, id=row.value.id))
        cursor = page.next_cursor
