"""Counts an order for everybody who earns by it, from its documents as they are now."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from msgspec.structs import replace

from libs.call import Command
from libs.exchange import RateUnknown
from libs.partner_projection import known_partner
from libs.store.listing import every_row
from libs.store.port import Loaded, Write, create, get, get_all
from services.orders.incentives.domain.plan import BeneficiaryKind, Plan
from services.orders.incentives.reads import plans_in_use
from services.orders.ledger.documents import ACCOUNTS, BOOKS, CREDITED_SALES, SALE_RECORDS
from services.orders.ledger.domain.counting import CreditedSale, counted
from services.orders.ledger.domain.crediting import WHOLE, SalesShare, share_violations
from services.orders.ledger.domain.entry import Account
from services.orders.ledger.domain.record import SaleRecord
from services.orders.ledger.events import SalesSharesSet
from services.orders.ledger.reads import fx_of, is_over, sale_of
from services.orders.record.documents import ORDERS
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env

_RATE_AGAIN = timedelta(hours=1)


class MarkOrder(Command, frozen=True, kw_only=True):
    """An order has a new document, or an old one has changed."""

    order_id: str


class CountOrder(Command, frozen=True, kw_only=True):
    """Count an order that is due."""

    id: str


class SetSalesShares(Command, frozen=True, kw_only=True):
    """Split a sale among partners, and among persons of each role."""

    order_id: str
    shares: tuple[SalesShare, ...]


class Counted(NamedTuple):
    """What an order counts for everybody. lacks: the rate that a plan waits for; its rows are as they were."""

    rows: tuple[CreditedSale, ...]
    lacks: RateUnknown | None = None


async def mark_order(env: Env, cmd: MarkOrder) -> SaleRecord:
    """The record of the order, due; it is written in any case, so that whoever counts at the same time counts again."""
    held = await get(env.store, SALE_RECORDS, cmd.order_id)
    if held is not None:
        return await env.commit(held.put(replace(held.value, due_time=env.clock.now())), call=cmd.call)
    order = (await env.load(ORDERS, cmd.order_id, call=cmd.call)).value
    record = SaleRecord(id=order.id, partner_id=order.partner_id, due_time=env.clock.now())
    return await env.commit(create(SALE_RECORDS, record), call=cmd.call)


async def count_order(env: Env, cmd: CountOrder) -> SaleRecord:
    """The record, counted; what each beneficiary has of the order, and its account to be computed again. If a plan
    lacks the rate of a day the order stays due, and is counted again an hour later."""
    loaded = await env.load(SALE_RECORDS, cmd.id, call=cmd.call)
    record = await completed(env, loaded.value)
    before = await every_row(env.store, CREDITED_SALES, {"order_id": record.id})
    found = await counted_now(env, record, await plans_in_use(env), [row.value for row in before])
    writes, changed = _differences(before, found.rows)
    accounts = await _dirty(env, changed)
    due = env.clock.now() + _RATE_AGAIN if found.lacks else None
    return await env.commit(loaded.put(replace(record, due_time=due)), *writes, *accounts, call=cmd.call)


async def set_sales_shares(env: Env, cmd: SetSalesShares) -> SaleRecord:
    """The record with the split, due to be counted; unchanged if it is split so. NotFound, InvalidInput."""
    refuse(*share_violations(cmd.shares))
    order = (await env.load(ORDERS, cmd.order_id, call=cmd.call)).value
    shares = tuple([await _placed(env, one) for one in cmd.shares])
    held = await get(env.store, SALE_RECORDS, order.id)
    record = held.value if held is not None else SaleRecord(id=order.id, partner_id=order.partner_id)
    if not any(one.kind is BeneficiaryKind.PARTNER for one in shares):
        shares = (*(one for one in record.shares if one.kind is BeneficiaryKind.PARTNER), *shares)
    if held is not None and record.shares == shares:
        return await env.unchanged(held, call=cmd.call)
    record = replace(record, shares=shares, due_time=env.clock.now())
    write = held.put(record) if held is not None else create(SALE_RECORDS, record)
    told = SalesSharesSet(order_id=order.id, partner_id=order.partner_id)
    return await env.commit(write, events=[told], call=cmd.call)


async def counted_now(env: Env, record: SaleRecord, plans: Sequence[Plan], before: Sequence[CreditedSale]) -> Counted:
    """What the documents of an order count for everybody now. before: what they counted at last, which stays for a plan
    that lacks a rate."""
    sale = await sale_of(env, record)
    if not sale.lines:
        return Counted(())
    rows, lacks, fx = list[CreditedSale](), None, await fx_of(env, sale, plans, before)
    for code in sorted({one.code for one in plans}):
        versions = {one.id: one for one in plans if one.code == code}
        try:
            rows += counted(sale, versions.values(), record.shares, fx)
        except RateUnknown as err:
            rows += (row for row in before if row.incentive_plan_id in versions)
            lacks = err
    return Counted(tuple(rows), lacks)


async def completed(env: Env, record: SaleRecord) -> SaleRecord:
    """The record with the share of the order's partner, as that is now, unless the sale was split among partners; and
    with the day on which the order was seen to end."""
    held = await get(env.store, ORDERS, record.id)
    order = held.value if held is not None else None
    if order is not None and order.partner_id != record.partner_id:
        record = record.handed_over(order.partner_id)
    if not any(one.kind is BeneficiaryKind.PARTNER for one in record.shares):
        whole = SalesShare(kind=BeneficiaryKind.PARTNER, beneficiary_id=record.partner_id, basis_points=WHOLE)
        record = replace(record, shares=(await _placed(env, whole), *record.shares))
    if order is not None and record.end_day is None and is_over(order):
        record = replace(record, end_day=env.day_of(order.update_time))
    return record


async def _placed(env: Env, share: SalesShare) -> SalesShare:
    """The share with the country and tier of its partner; that of a person as it is."""
    if share.kind is BeneficiaryKind.PERSON:
        return share
    partner = await known_partner(env, share.beneficiary_id)
    return replace(share, country=partner.country, tier=partner.tier)


def _differences(
    before: Sequence[Loaded[CreditedSale]], after: Sequence[CreditedSale]
) -> tuple[list[Write], list[CreditedSale]]:
    """The writes that lead from the one to the other, and the rows that changed. What counts no more stays, empty."""
    held = {row.value.id: row for row in before}
    wanted = {row.id: row for row in after}
    wanted |= {key: replace(row.value, lines=()) for key, row in held.items() if key not in wanted}
    writes: list[Write] = []
    changed = []
    for key, row in wanted.items():
        if key not in held:
            writes.append(create(CREDITED_SALES, row))
        elif held[key].value.lines == row.lines:
            continue
        else:
            writes.append(held[key].put(replace(row, version=held[key].value.version)))
        changed.append(row)
    return writes, changed


async def _dirty(env: Env, changed: Sequence[CreditedSale]) -> list[Write]:
    """The writes that mark the accounts of these rows to be computed again."""
    by_account: dict[str, list[CreditedSale]] = {}
    for row in changed:
        by_account.setdefault(row.account_id, []).append(row)
    held = await get_all(env.store, ACCOUNTS, tuple(by_account))
    currencies = {plan.id: (plan.code, plan.currency) for plan in await plans_in_use(env)}
    writes: list[Write] = []
    for key, rows in by_account.items():
        code, currency = currencies[rows[0].incentive_plan_id]
        account = held[key].value if key in held else await _new_account(env, rows[0], code, currency=currency)
        dirty = tuple(dict.fromkeys((*account.dirty, *(row.tally for row in rows))))
        marked = replace(account, dirty=dirty, pending=True, update_time=env.clock.now())
        writes.append(held[key].put(marked) if key in held else create(ACCOUNTS, marked))
    return writes


async def _new_account(env: Env, row: CreditedSale, code: str, *, currency: str) -> Account:
    book = await get(env.store, BOOKS, code)
    now = env.clock.now()
    return Account(
        id=row.account_id,
        plan_code=code,
        kind=row.kind,
        beneficiary_id=row.beneficiary_id,
        partner_id=row.beneficiary_id if row.kind is BeneficiaryKind.PARTNER else "",
        country=row.country,
        currency=currency,
        closed_until=book.value.closed_until if book else None,
        create_time=now,
        update_time=now,
    )
