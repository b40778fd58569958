"""What a version of a plan would have paid for the sales of past days; nothing is written."""

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from libs.call import Command
from libs.errors import AppError, Code, Violation
from libs.money import Money
from libs.store.port import ROWS_PER_PAGE, Query, get
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain.plan import Plan, PlanState
from services.orders.ledger.documents import SALE_RECORDS
from services.orders.ledger.domain.counting import CreditedSale
from services.orders.ledger.domain.entry import payable
from services.orders.ledger.domain.rating import targets
from services.orders.ledger.domain.record import SaleRecord
from services.orders.ledger.usecases.counting import completed, counted_now
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env

ORDERS_AT_MOST = 5_000
_DAYS_AT_MOST = timedelta(days=366)


class SimulateIncentivePlan(Command, frozen=True, kw_only=True):
    """Compute what a version would have paid."""

    incentive_plan_id: str
    first_day: date
    last_day: date


class SimulatedPay(msgspec.Struct, frozen=True, kw_only=True):
    """What a beneficiary would have earned by the sales of a period. earned: less what went back, rounded once."""

    beneficiary_id: str
    period: date
    sold: Money
    earned: Money


class Simulation(NamedTuple):
    """What a plan would have paid, and how many orders were looked at."""

    rows: tuple[SimulatedPay, ...]
    orders: int


class TooManySales(AppError):
    """The days have more orders than one simulation reads."""

    code, reason = Code.RESOURCE_EXHAUSTED, "TOO_MANY_SALES"

    def __init__(self) -> None:
        super().__init__(f"a simulation reads {ORDERS_AT_MOST} orders; ask for fewer days", limit=ORDERS_AT_MOST)


async def simulate_plan(env: Env, cmd: SimulateIncentivePlan) -> Simulation:
    """What the version would have paid, had it been in force from the first day on. NotFound, InvalidInput,
    RateUnknown, TooManySales."""
    plan = await env.show(PLANS, cmd.incentive_plan_id, call=cmd.call)
    if cmd.last_day < cmd.first_day:
        refuse(Violation("last_day", f"is before {cmd.first_day}", "DATES_OUT_OF_ORDER"))
    if cmd.last_day - cmd.first_day > _DAYS_AT_MOST:
        refuse(Violation("last_day", f"is more than {_DAYS_AT_MOST.days} days after {cmd.first_day}", "OUT_OF_RANGE"))
    tried = replace(plan, state=PlanState.PUBLISHED, effective_day=cmd.first_day, last_day=cmd.last_day)
    orders = await _orders_since(env, cmd.first_day)
    found: dict[tuple[str, date], list[CreditedSale]] = {}
    for order in orders:
        counted = await counted_now(env, await _record(env, order), (tried,), ())
        if counted.lacks is not None:
            raise counted.lacks
        for row in counted.rows:
            found.setdefault((row.beneficiary_id, row.period), []).append(row)
    return Simulation(tuple(_pay(tried, who, period, found[who, period]) for who, period in sorted(found)), len(orders))


async def _orders_since(env: Env, first_day: date) -> list[Order]:
    """The orders that have changed since a day. Every document changes its order, so all orders with a document of
    later days are among them."""
    begin = datetime.combine(first_day, time(), ZoneInfo(env.directory.here.time_zone))
    query = Query(kind=ORDERS, order="update_time", at_least=begin, limit=ROWS_PER_PAGE)
    found: list[Order] = []
    while True:
        page = await env.store.find(query)
        found += [row.value for row in page.rows]
        if len(found) > ORDERS_AT_MOST:
            raise TooManySales
        if not page.next_cursor:
            return found
        query = replace(query, cursor=page.next_cursor)


async def _record(env: Env, order: Order) -> SaleRecord:
    """What the ledger keeps of the order, or would."""
    held = await get(env.store, SALE_RECORDS, order.id)
    return await completed(env, held.value if held else SaleRecord(id=order.id, partner_id=order.partner_id))


def _pay(plan: Plan, who: str, period: date, rows: list[CreditedSale]) -> SimulatedPay:
    claws = plan.claws_back(rows[0].kind, rows[0].country)
    lines = [line for row in rows for line in row.lines]
    earned = sum(one.amount for one in targets(plan, lines, claws=claws).values())
    return SimulatedPay(
        beneficiary_id=who,
        period=period,
        sold=Money(sum(line.base for line in lines), plan.currency),
        earned=payable(earned, plan.currency),
    )
