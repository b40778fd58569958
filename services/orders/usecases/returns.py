"""Goods come back."""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from libs.call import Call, Command
from libs.store.listing import everything
from libs.store.port import Held, Put, create
from services.orders.documents import ORDERS, RETURNS, SERIALS, SHIPMENTS
from services.orders.domain import return_moves as moves
from services.orders.domain.returns import (
    AcceptedLine,
    Return,
    ReturnLine,
    ReturnLineDraft,
    SerialNotShipped,
    check_return_lines,
    line_of,
)
from services.orders.domain.shipment import Serial
from services.orders.domain.states import ReturnReason, ReturnResolution
from services.orders.usecases.settings import Env, early, future


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
    """The goods were looked at."""

    id: str
    etag: str = ""
    lines: tuple[AcceptedLine, ...] = ()


async def authorize_return(env: Env, cmd: AuthorizeReturn) -> Return:
    """The return; its pieces are on no other, its serials are bound to it."""
    held = await env.load(ORDERS, cmd.order_id, call=cmd.call, etag=cmd.etag)
    check_return_lines(cmd.lines, held.value)
    now = env.clock.now()
    lines = tuple(
        ReturnLine(
            line_number=draft.line_number,
            sku=line_of(held.value, draft.line_number).sku,
            quantity=draft.quantity,
            serials=draft.serials,
        )
        for draft in cmd.lines
    )
    back = Return(
        id=env.ids.new("ret"),
        order_id=held.value.id,
        partner_id=held.value.partner_id,
        ticket_id=cmd.ticket_id,
        reason=cmd.reason,
        resolution=cmd.resolution,
        lines=lines,
        create_time=now,
        update_time=now,
    )
    serials = [await _out(env, back, line, serial) for line in lines for serial in line.serials]
    puts = [one.put(replace(one.value, return_id=back.id)) for one in serials]
    order, event = moves.authorize(back, held.value, now=now)
    return await env.commit(create(RETURNS, back), held.put(order), *puts, events=[event], call=cmd.call)


async def receive_return(env: Env, cmd: ReceiveReturn) -> Return:
    """The return with what arrived, REJECTED if nothing did; what did not is with the partner again."""
    held = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, held.value.order_id, call=cmd.call)
    left, now = await _left(env, held.value), env.clock.now()
    days = (*future(env, "receive_date", cmd.receive_date), *early("receive_date", cmd.receive_date, left))
    back, order, event = moves.receive(held.value, cmd.lines, order_held.value, on=cmd.receive_date, also=days, now=now)
    missing = [line.serial_id(one) for line in back.lines for one in line.serials if one not in line.received_serials]
    puts = await _freed(env, missing, returned=False, call=cmd.call)
    return await env.commit(held.put(back), order_held.put(order), *puts, events=[event], call=cmd.call)


async def inspect_return(env: Env, cmd: InspectReturn) -> Return:
    """The return, inspected or rejected; accepted serials may be shipped again, rejected ones are the partner's."""
    held = await env.load(RETURNS, cmd.id, call=cmd.call, etag=cmd.etag)
    order_held = await env.load(ORDERS, held.value.order_id, call=cmd.call)
    back, order, event = moves.inspect(held.value, cmd.lines, order_held.value, now=env.clock.now())
    puts = []
    for line in back.lines:
        rejected = moves.rejected_serials(line)
        for serial in line.received_serials:
            puts += await _freed(env, [line.serial_id(serial)], returned=serial not in rejected, call=cmd.call)
    return await env.commit(held.put(back), order_held.put(order), *puts, events=[event], call=cmd.call)


async def _out(env: Env, back: Return, line: ReturnLine, serial: str) -> Held[Serial]:
    held = await env.store.get(SERIALS, line.serial_id(serial))
    if held is None or held.value.returned or held.value.return_id:
        raise SerialNotShipped(line.sku, serial)
    if (held.value.order_id, held.value.line_number) != (back.order_id, line.line_number):
        raise SerialNotShipped(line.sku, serial)
    return held


async def _left(env: Env, back: Return) -> date:
    """The first day on which pieces of every line that comes back had left."""
    sent = await everything(env.store, SHIPMENTS, {"order_id": back.order_id})
    by_line = [[one.ship_date for one in sent if number in one.numbers] for number in back.numbers]
    return max(min(days) for days in by_line)


async def _freed(env: Env, serials: Iterable[str], *, returned: bool, call: Call) -> list[Put[Serial]]:
    """The writes that let pieces go from their return."""
    return [
        held.put(replace(held.value, return_id="", returned=returned))
        for held in [await env.load(SERIALS, one, call=call) for one in serials]
    ]
