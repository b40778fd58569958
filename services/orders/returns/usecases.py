"""Authorizes, receives and inspects returns."""

from collections.abc import Mapping
from datetime import date

from libs.call import Call, Command, ResourceCommand
from libs.store.listing import everything
from libs.store.port import Put, create, get_all
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.record.domain.goods import Serial
from services.orders.record.domain.violations import begun_violations, early_violations
from services.orders.record.reads import latest_day
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain import transitions
from services.orders.returns.domain.rma import (
    AcceptedLine,
    Return,
    ReturnLineDraft,
    SerialNotShipped,
    bind_serial,
    open_return,
    release_serial,
)
from services.orders.returns.domain.states import ReturnReason, ReturnResolution
from services.orders.settings import Env


class AuthorizeReturn(Command, frozen=True, kw_only=True):
    """Authorize a return."""

    order_id: str
    etag: str = ""
    lines: tuple[ReturnLineDraft, ...]
    reason: ReturnReason
    resolution: ReturnResolution
    ticket_id: str = ""


class ReceiveReturn(ResourceCommand, frozen=True, kw_only=True):
    """Record that the goods of a return arrived."""

    lines: tuple[ReturnLineDraft, ...]
    receive_date: date


class InspectReturn(ResourceCommand, frozen=True, kw_only=True):
    """Record the inspection of the goods."""

    lines: tuple[AcceptedLine, ...] = ()


async def authorize_return(env: Env, cmd: AuthorizeReturn) -> Return:
    """The return. Its pieces are in no other open return, and its serials are bound to it."""
    loaded = await env.load(ORDERS, cmd.order_id, call=cmd.call, etag=cmd.etag)
    rma = open_return(
        loaded.value,
        cmd.lines,
        id=env.ids.new("ret"),
        reason=cmd.reason,
        resolution=cmd.resolution,
        ticket_id=cmd.ticket_id,
        now=env.clock.now(),
    )
    puts = await _bound(env, rma)
    order, event = transitions.authorize(rma, loaded.value, now=rma.create_time)
    return await env.commit(create(RETURNS, rma), loaded.put(order), *puts, events=[event], call=cmd.call)


async def receive_return(env: Env, cmd: ReceiveReturn) -> Return:
    """The return with the pieces that arrived, REJECTED if none did. Pieces that did not arrive count as the partner's
    again."""
    loaded = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, loaded.value.order_id, call=cmd.call)
    first, now = await _first_shipped(env, loaded.value), env.clock.now()
    days = (
        *begun_violations("receive_date", cmd.receive_date, latest=latest_day(env)),
        *early_violations("receive_date", cmd.receive_date, first),
    )
    rma, order, event = transitions.receive(
        loaded.value, cmd.lines, order_held.value, on=cmd.receive_date, also=days, now=now
    )
    missing = (line.serial_id(one) for line in rma.lines for one in set(line.serials) - set(line.received_serials))
    puts = await _freed(env, dict.fromkeys(missing, False), call=cmd.call)
    return await env.commit(loaded.put(rma), order_held.put(order), *puts, events=[event], call=cmd.call)


async def inspect_return(env: Env, cmd: InspectReturn) -> Return:
    """The return, INSPECTED or REJECTED. Accepted serials may be shipped again; rejected ones count as the partner's
    again."""
    loaded = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, loaded.value.order_id, call=cmd.call)
    rma, order, event = transitions.inspect(loaded.value, cmd.lines, order_held.value, now=env.clock.now())
    inspected: dict[str, bool] = {}
    for line in rma.lines:
        rejected = frozenset(line.rejected_serials)
        inspected |= {line.serial_id(serial): serial not in rejected for serial in line.received_serials}
    puts = await _freed(env, inspected, call=cmd.call)
    return await env.commit(loaded.put(rma), order_held.put(order), *puts, events=[event], call=cmd.call)


async def _bound(env: Env, rma: Return) -> list[Put[Serial]]:
    """The writes that bind the serials to the return; SerialNotShipped."""
    pieces = [(line, serial) for line in rma.lines for serial in line.serials]
    stored = await get_all(env.store, SERIALS, (line.serial_id(serial) for line, serial in pieces))
    puts = []
    for line, serial in pieces:
        loaded = stored.get(line.serial_id(serial))
        if loaded is None:
            raise SerialNotShipped(line.sku, serial)
        puts.append(loaded.put(bind_serial(loaded.value, rma, line, serial)))
    return puts


async def _first_shipped(env: Env, rma: Return) -> date:
    """The first day on which pieces of every line of the return had been shipped."""
    sent = await everything(env.store, SHIPMENTS, {"order_id": rma.order_id})
    by_line = [[one.ship_date for one in sent if number in one.numbers] for number in rma.numbers]
    return max(min(days) for days in by_line)


async def _freed(env: Env, returned: Mapping[str, bool], *, call: Call) -> list[Put[Serial]]:
    """The writes that release serials from their return. returned: by serial id, whether the piece may be shipped
    again."""
    loaded = await env.load_many(SERIALS, tuple(returned), call=call)
    return [one.put(release_serial(one.value, returned=returned[one.value.id])) for one in loaded]
