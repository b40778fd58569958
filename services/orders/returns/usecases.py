"""Goods come back."""

from collections.abc import Iterable
from datetime import date

from libs.call import Call, Command
from libs.store.listing import everything
from libs.store.port import Put, create
from services.orders.record.documents import ORDERS, SERIALS, SHIPMENTS
from services.orders.record.domain.goods import Serial
from services.orders.record.domain.violations import early_violations, future_violations
from services.orders.record.reads import latest_day
from services.orders.returns.documents import RETURNS
from services.orders.returns.domain import transitions
from services.orders.returns.domain.rma import (
    AcceptedLine,
    Return,
    ReturnLine,
    ReturnLineDraft,
    SerialNotShipped,
    bind_serial,
    open_return,
    release_serial,
)
from services.orders.returns.domain.states import ReturnReason, ReturnResolution
from services.orders.settings import Env


class AuthorizeReturn(Command, frozen=True, kw_only=True):
    """Let goods come back."""

    order_id: str
    etag: str = ""
    lines: tuple[ReturnLineDraft, ...]
    reason: ReturnReason
    resolution: ReturnResolution
    ticket_id: str = ""


class ReceiveReturn(Command, frozen=True, kw_only=True):
    """The goods are here."""

    id: str
    etag: str = ""
    lines: tuple[ReturnLineDraft, ...]
    receive_date: date


class InspectReturn(Command, frozen=True, kw_only=True):
    """Record the inspection of the goods."""

    id: str
    etag: str = ""
    lines: tuple[AcceptedLine, ...] = ()


async def authorize_return(env: Env, cmd: AuthorizeReturn) -> Return:
    """The return; its pieces are on no other, its serials are bound to it."""
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
    puts = [await _serial_put(env, rma, line, serial) for line in rma.lines for serial in line.serials]
    order, event = transitions.authorize(rma, loaded.value, now=rma.create_time)
    return await env.commit(create(RETURNS, rma), loaded.put(order), *puts, events=[event], call=cmd.call)


async def receive_return(env: Env, cmd: ReceiveReturn) -> Return:
    """The return with what arrived, REJECTED if nothing did; what did not is with the partner again."""
    loaded = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, loaded.value.order_id, call=cmd.call)
    first, now = await _first_shipped(env, loaded.value), env.clock.now()
    days = (
        *future_violations("receive_date", cmd.receive_date, latest=latest_day(env)),
        *early_violations("receive_date", cmd.receive_date, first),
    )
    rma, order, event = transitions.receive(
        loaded.value, cmd.lines, order_held.value, on=cmd.receive_date, also=days, now=now
    )
    missing = [line.serial_id(one) for line in rma.lines for one in line.serials if one not in line.received_serials]
    puts = await _freed(env, missing, returned=False, call=cmd.call)
    return await env.commit(loaded.put(rma), order_held.put(order), *puts, events=[event], call=cmd.call)


async def inspect_return(env: Env, cmd: InspectReturn) -> Return:
    """The return, inspected or rejected; accepted serials may be shipped again, rejected ones are the partner's."""
    loaded = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, loaded.value.order_id, call=cmd.call)
    rma, order, event = transitions.inspect(loaded.value, cmd.lines, order_held.value, now=env.clock.now())
    puts = []
    for line in rma.lines:
        rejected = transitions.rejected_serials(line)
        for serial in line.received_serials:
            puts += await _freed(env, [line.serial_id(serial)], returned=serial not in rejected, call=cmd.call)
    return await env.commit(loaded.put(rma), order_held.put(order), *puts, events=[event], call=cmd.call)


async def _serial_put(env: Env, rma: Return, line: ReturnLine, serial: str) -> Put[Serial]:
    """The write that binds a piece to the return."""
    loaded = await env.store.get(SERIALS, line.serial_id(serial))
    if loaded is None:
        raise SerialNotShipped(line.sku, serial)
    return loaded.put(bind_serial(loaded.value, rma, line, serial))


async def _first_shipped(env: Env, rma: Return) -> date:
    """The first day on which pieces of every line that comes back had left."""
    sent = await everything(env.store, SHIPMENTS, {"order_id": rma.order_id})
    by_line = [[one.ship_date for one in sent if number in one.numbers] for number in rma.numbers]
    return max(min(days) for days in by_line)


async def _freed(env: Env, serials: Iterable[str], *, returned: bool, call: Call) -> list[Put[Serial]]:
    """The writes that let pieces go from their return."""
    return [
        loaded.put(release_serial(loaded.value, returned=returned))
        for loaded in [await env.load(SERIALS, one, call=call) for one in serials]
    ]
