"""Records what moved, by reports and by our shipments and returns, and shows what that leaves."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date
from itertools import accumulate
from typing import NamedTuple

from libs.call import Command
from libs.partner import PartnerStatus
from libs.partner_projection import PARTNERS, acting_partner
from libs.store.listing import Sieve, everything
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, create, get, get_all
from services.orders.record.documents import ORDERS, SHIPMENTS
from services.orders.record.domain.violations import refuse
from services.orders.record.reads import latest_day
from services.orders.returns.documents import RETURNS
from services.orders.settings import Env, StockPolicy
from services.orders.stock.documents import MOVEMENTS, POSITIONS, REVISIONS
from services.orders.stock.domain.ledger import Discrepancy, ledger_of
from services.orders.stock.domain.movement import (
    Movement,
    MovementKind,
    MovementRevision,
    corrected,
    report_id,
    report_violations,
)
from services.orders.stock.domain.position import Position, Stock, StockFlag, position_id, stock_of
from services.orders.stock.domain.proposals import Proposal, proposals_of
from services.orders.stock.events import StockReported
from services.orders.stock.reads import all_of, movements_of, settled

EVIDENCE_AT_MOST = 200
SERIALS_SHOWN = 10_000  # with them an answer stays below 1 MiB

_MOVED = Range("date", "date_from", "date_before")
Day = date  # the type of fields that are named `date`


class ReportStock(Command, frozen=True, kw_only=True):
    """Report what was sold, lost or counted on a day."""

    partner_id: str
    kind: MovementKind
    sku: str
    date: Day
    quantity: int
    serials: tuple[str, ...] = ()


class ExplainStock(Command, frozen=True, kw_only=True):
    """Show the stock of an article at a partner with all that it follows from."""

    partner_id: str
    sku: str


class ListStock(ListCommand, frozen=True, kw_only=True):
    """List stock; empty filters filter nothing."""

    partner_id: str = ""
    sku: str = ""
    flag: StockFlag | None = None


class ListStockMovements(ListCommand, frozen=True, kw_only=True):
    """List movements; empty filters filter nothing."""

    partner_id: str = ""
    sku: str = ""
    kind: MovementKind | None = None
    date_from: Day | None = None
    date_before: Day | None = None


class ProposeStock(Command, frozen=True, kw_only=True):
    """Propose what to move and to order of an article."""

    sku: str


class RecordMovements(Command, frozen=True, kw_only=True):
    """Record what a shipment, the shipments of an imported order, or a return moved."""

    id: str


class _RecordMovement(Command, frozen=True, kw_only=True):
    movement: Movement


class Explained(NamedTuple):
    """movements, discrepancies: the newest, 200 of each, and no more movements than have 10,000 serials together.
    left_off: how many others there are."""

    stock: Stock
    policy: StockPolicy
    movements: tuple[Movement, ...]
    discrepancies: tuple[Discrepancy, ...]
    movements_left_off: int
    discrepancies_left_off: int


async def report_stock(env: Env, cmd: ReportStock) -> Movement:
    """The report; another one of the same partner, article, day and kind corrects it. Earlier revisions are kept."""
    refuse(*report_violations(cmd.quantity, cmd.serials, cmd.date, latest=latest_day(env)))
    await acting_partner(env, cmd.partner_id, call=cmd.call, allowed=frozenset(PartnerStatus))
    async with _lock(env, cmd.partner_id, cmd.sku):
        return await _reported(env, cmd)


async def explain_stock(env: Env, cmd: ExplainStock) -> Explained:
    """The stock with its policy and evidence; NotFound."""
    position = await env.show(POSITIONS, position_id(cmd.partner_id, cmd.sku), call=cmd.call)
    movements = await movements_of(env, cmd.partner_id, cmd.sku)
    newest = sorted(movements, key=lambda one: (one.date, one.id), reverse=True)
    shown, found = _with_few_serials(newest[:EVIDENCE_AT_MOST]), ledger_of(movements).discrepancies[::-1]
    return Explained(
        stock=_seen(env, position),
        policy=env.settings.policy.stock,
        movements=shown,
        discrepancies=found[:EVIDENCE_AT_MOST],
        movements_left_off=len(newest) - len(shown),
        discrepancies_left_off=max(0, len(found) - EVIDENCE_AT_MOST),
    )


async def list_stock(env: Env, cmd: ListStock) -> tuple[list[Stock], Page[Position]]:
    """A page of stock, and the page of its positions."""
    sieve = None
    if (flag := cmd.flag) is not None:
        sieve = Sieve(lambda one: flag in _seen(env, one).flags, f"flagged {flag.value} on {env.today()}")
    page = await env.listing(POSITIONS, filters_of(cmd, "partner_id", "sku"), call=cmd.call, sieve=sieve, **paged(cmd))
    return [_seen(env, loaded.value) for loaded in page.rows], page


async def list_stock_movements(env: Env, cmd: ListStockMovements) -> Page[Movement]:
    """A page of movements."""
    filters = filters_of(cmd, "partner_id", "sku", "kind")
    return await env.listing(MOVEMENTS, filters, call=cmd.call, **paged(cmd, _MOVED))


async def propose_stock(env: Env, cmd: ProposeStock) -> tuple[Proposal, ...]:
    """The proposals for an article; TooManyMovements."""
    stocks = [_seen(env, one) for one in await all_of(env, POSITIONS, cmd.sku)]
    partners = await get_all(env.store, PARTNERS, (one.position.partner_id for one in stocks))
    countries: Mapping[str, str] = {one: loaded.value.country for one, loaded in partners.items()}
    return tuple(proposals_of(stocks, countries))


async def record_shipment(env: Env, cmd: RecordMovements) -> None:
    """The sell-in of a shipment."""
    loaded = await get(env.store, SHIPMENTS, cmd.id)
    if loaded is None:
        return
    shipment, order = loaded.value, await get(env.store, ORDERS, loaded.value.order_id)
    for line in shipment.lines:
        of_order = order.value.line(line.line_number) if order else None
        if of_order is not None:
            movement = Movement(
                id=f"{shipment.id}:{line.line_number}",
                partner_id=shipment.partner_id,
                sku=of_order.sku,
                kind=MovementKind.SELL_IN,
                date=shipment.ship_date,
                quantity=line.quantity,
                serials=line.serials,
                document_id=shipment.id,
                create_time=env.clock.now(),
                update_time=env.clock.now(),
            )
            await env.run(_record, _RecordMovement(call=cmd.call, movement=movement))


async def record_imported(env: Env, cmd: RecordMovements) -> None:
    """The sell-in of all shipments of an imported order."""
    for shipment in await everything(env.store, SHIPMENTS, {"order_id": cmd.id}):
        await record_shipment(env, RecordMovements(call=cmd.call, id=shipment.id))


async def record_return(env: Env, cmd: RecordMovements) -> None:
    """The pieces of a return that arrived."""
    loaded = await get(env.store, RETURNS, cmd.id)
    if loaded is None or loaded.value.receive_date is None:
        return
    for line in loaded.value.lines:
        if line.received_quantity:
            movement = Movement(
                id=f"{cmd.id}:{line.line_number}",
                partner_id=loaded.value.partner_id,
                sku=line.sku,
                kind=MovementKind.RETURN,
                date=loaded.value.receive_date,
                quantity=line.received_quantity,
                serials=line.received_serials,
                document_id=cmd.id,
                create_time=env.clock.now(),
                update_time=env.clock.now(),
            )
            await env.run(_record, _RecordMovement(call=cmd.call, movement=movement))


async def _reported(env: Env, cmd: ReportStock) -> Movement:
    known_as, now = report_id(cmd.partner_id, cmd.sku, cmd.kind, cmd.date), env.clock.now()
    loaded = await get(env.store, MOVEMENTS, known_as)
    if loaded is None:
        report = Movement(
            id=known_as,
            partner_id=cmd.partner_id,
            sku=cmd.sku,
            kind=cmd.kind,
            date=cmd.date,
            quantity=cmd.quantity,
            serials=cmd.serials,
            create_time=now,
            update_time=now,
        )
    else:
        report = corrected(loaded.value, cmd.quantity, cmd.serials, now=now)
        if report is loaded.value:
            return await env.unchanged(loaded, call=cmd.call)
    write = loaded.put(report) if loaded else create(MOVEMENTS, report)
    kept = MovementRevision(id=f"{known_as}:{report.revision}", partner_id=cmd.partner_id, content=write.document)
    return await env.commit(
        write,
        create(REVISIONS, kept),
        *await settled(env, report),
        events=[_told(report)],
        call=cmd.call,
    )


async def _record(env: Env, cmd: _RecordMovement) -> Movement:
    async with _lock(env, cmd.movement.partner_id, cmd.movement.sku):
        loaded = await get(env.store, MOVEMENTS, cmd.movement.id)
        if loaded is not None:
            return loaded.value
        return await env.commit(create(MOVEMENTS, cmd.movement), *await settled(env, cmd.movement), call=cmd.call)


def _lock(env: Env, partner_id: str, sku: str) -> AbstractAsyncContextManager[None]:
    """Held by whoever moves pieces of the article at the partner, so that a burst of reports does not contend."""
    return env.settings.locks.of(f"stock:{position_id(partner_id, sku)}")


def _with_few_serials(movements: Sequence[Movement]) -> tuple[Movement, ...]:
    reached = accumulate(len(one.serials) for one in movements)
    return tuple(one for one, serials in zip(movements, reached, strict=True) if serials <= SERIALS_SHOWN)


def _seen(env: Env, position: Position) -> Stock:
    return stock_of(position, env.settings.policy.stock, today=env.today())


def _told(report: Movement) -> StockReported:
    return StockReported(
        partner_id=report.partner_id,
        sku=report.sku,
        kind=report.kind,
        date=report.date,
        quantity=report.quantity,
        revision=report.revision,
    )
