"""Calls the services of incentive plans and of their ledger for a command, and prints what they answer."""

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path

import typer
from google.type.date_pb2 import Date
from google.type.money_pb2 import Money

from libs.pb.prm.orders import v1 as pb
from libs.pb.prm.orders.v1 import incentives_service_pb2, ledger_service_pb2  # noqa: F401  # makes the methods known
from libs.rpc.client import Client
from libs.runtime.asking import ANSWERED, NOT_CALLED, REFUSED, Call, run
from libs.runtime.toml_request import FileUnreadable, read_request

ROLE, SUBJECT = "finance", "finance"
PLANS, LEDGER = "prm.orders.v1.IncentiveService", "prm.orders.v1.LedgerService"
_AMOUNT_DIGITS = 8


def draft(file: Path, *, to: str) -> int:
    """Draft the plan of a file, and print what forbids to publish it; the exit code."""
    return _with_file(file, lambda request: lambda client: _draft(client, request), to=to)


def publish(file: Path, *, to: str) -> int:
    """Draft the plan of a file and publish it; the exit code."""
    return _with_file(file, lambda request: lambda client: _publish(client, request), to=to)


def simulate(file: Path, first_day: str, last_day: str, *, to: str) -> int:
    """Draft the plan of a file, and print what it would have paid; the exit code."""
    days = _days(first_day, last_day)
    if days is None:
        return NOT_CALLED
    first, last = days
    return _with_file(file, lambda request: lambda client: _simulate(client, request, first, last), to=to)


def statement(account: str, period: str, *, to: str) -> int:
    """Print a statement with its entries; the exit code."""
    days = _days(period)
    if days is None:
        return NOT_CALLED
    return _run(lambda client: _statement(client, account, days[0]), LEDGER, to=to)


def close(plan: str, last_day: str, *, to: str) -> int:
    """Close a period; the exit code."""
    days = _days(last_day)
    if days is None:
        return NOT_CALLED

    async def call(client: Client) -> Iterator[str]:
        request = pb.ClosePeriodRequest(plan_code=plan, last_day=days[0])
        found = await client.call(f"{LEDGER}/ClosePeriod", request)
        until = _day(found.closed_until)
        return iter([f"{plan} is closed up to and including {until}, for {found.accounts} beneficiaries"])

    return _run(call, LEDGER, to=to)


def replay(plan: str, *, to: str) -> int:
    """Compute everything again, and print what differs; the exit code."""
    return _examined(plan, "differences", "differ", to=to)


def check(plan: str, *, to: str) -> int:
    """Print the lines of which more was taken back than earned; the exit code."""
    return _examined(plan, "overdrawn", "are overdrawn", to=to)


def _examined(plan: str, field: str, what: str, *, to: str) -> int:
    """Print the lines in a field of the answers of a replay, and how many there are."""
    wrong = 0

    async def call(client: Client) -> Iterator[str]:
        nonlocal wrong
        lines, accounts, entries = [], 0, 0
        async for page in _pages(client, plan):
            lines += [_difference(one) for one in getattr(page, field)]
            accounts, entries = accounts + page.accounts, entries + page.entries
        wrong = len(lines)
        return iter([*lines, f"{accounts} accounts, {entries} entries: {wrong} lines {what}"])

    done = _run(call, LEDGER, to=to)
    return REFUSED if done == ANSWERED and wrong else done


async def _pages(client: Client, plan: str) -> AsyncIterator[pb.ReplayLedgerResponse]:
    token = ""
    while True:
        request = pb.ReplayLedgerRequest(plan_code=plan, page_token=token)
        page = await client.call(f"{LEDGER}/ReplayLedger", request)
        yield page
        token = page.next_page_token
        if not token:
            return


async def _draft(client: Client, request: pb.DraftIncentivePlanRequest) -> Iterator[str]:
    plan = (await client.call(f"{PLANS}/DraftIncentivePlan", request)).plan
    found = await client.call(f"{PLANS}/CheckIncentivePlan", pb.CheckIncentivePlanRequest(id=plan.id))
    return iter([_said(plan), *(f"  {one.field}: {one.description} ({one.reason})" for one in found.faults)])


async def _publish(client: Client, request: pb.DraftIncentivePlanRequest) -> Iterator[str]:
    drafted = (await client.call(f"{PLANS}/DraftIncentivePlan", request)).plan
    if drafted.state == pb.PLAN_STATE_PUBLISHED:
        return iter([f"{_said(drafted)} already"])
    asked = pb.PublishIncentivePlanRequest(id=drafted.id, etag=drafted.etag)
    return iter([_said((await client.call(f"{PLANS}/PublishIncentivePlan", asked)).plan)])


async def _simulate(client: Client, request: pb.DraftIncentivePlanRequest, first: Date, last: Date) -> Iterator[str]:
    plan = (await client.call(f"{PLANS}/DraftIncentivePlan", request)).plan
    asked = pb.SimulateIncentivePlanRequest(incentive_plan_id=plan.id, first_day=first, last_day=last)
    found = await client.call(f"{LEDGER}/SimulateIncentivePlan", asked)
    return iter([*map(_pay, found.rows), *_together(found.rows), f"{found.orders} orders were looked at"])


async def _statement(client: Client, account: str, period: Date) -> Iterator[str]:
    request = pb.GetIncentiveStatementRequest(account_id=account, period=period)
    found = await client.call(f"{LEDGER}/GetIncentiveStatement", request)
    lines = [f"{account} from {_day(period)}: {'closed' if found.closed else 'open'}"]
    entries = [entry async for entry in _entries(client, account) if entry.period == period]
    for entry in sorted(entries, key=_place):
        told = await client.call(f"{LEDGER}/ExplainEntry", pb.ExplainEntryRequest(id=entry.id))
        lines += [f"{entry.id} {entry.document_id} line {entry.line_number}", *(f"  {one}" for one in told.sentences)]
    figures = ("opening", "earned", "adjusted", "clawed_back", "paid", "closing")
    lines += [f"{name.replace('_', ' ')}\t{_decimal(getattr(found, name))}" for name in figures]
    return iter([*lines, f"payable\t{_money(found.payable)}"])


async def _entries(client: Client, account: str) -> AsyncIterator[pb.LedgerEntry]:
    token = ""
    while True:
        request = pb.ListEntriesRequest(account_id=account, page_size=200, page_token=token)
        page = await client.call(f"{LEDGER}/ListEntries", request)
        for entry in page.entries:
            yield entry
        token = page.next_page_token
        if not token:
            return


def _with_file(file: Path, make: Callable[[pb.DraftIncentivePlanRequest], Call], *, to: str) -> int:
    try:
        request = read_request(file, pb.DraftIncentivePlanRequest())
    except FileUnreadable as err:
        typer.echo(f"not called: {err}", err=True)
        return NOT_CALLED
    return _run(make(request), PLANS, to=to)


def _run(call: Call, service: str, *, to: str) -> int:
    return run(call, service, to=to, role=ROLE, subject=SUBJECT)


def _days(*texts: str) -> list[Date] | None:
    """The days of these texts; None, and a message, if one is no day."""
    found = []
    for text in texts:
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            typer.echo(f"not called: {text} is no day; a day is written as 2026-03-31", err=True)
            return None
    return [Date(year=one.year, month=one.month, day=one.day) for one in found]


def _said(plan: pb.IncentivePlan) -> str:
    state = pb.PlanState.Name(plan.state).removeprefix("PLAN_STATE_").lower()
    return f"{plan.code} version {plan.number}, {plan.id}, in force from {_day(plan.effective_day)}: {state}"


def _place(entry: pb.LedgerEntry) -> tuple[str, str, int, int]:
    """The order in which a statement shows entries: by day, document and line."""
    return _day(entry.effective_day), entry.document_id, entry.line_number, entry.sequence


def _together(rows: Sequence[pb.SimulatedPay]) -> Iterator[str]:
    """The sum of what everybody would have earned, if anybody would; all rows are in the currency of the plan."""
    if rows:
        earned = sum(_units(one.earned) for one in rows)
        yield f"together\tearned {earned:.2f} {rows[0].earned.currency_code}"


def _pay(one: pb.SimulatedPay) -> str:
    return f"{one.beneficiary_id}\tfrom {_day(one.period)}\tsold {_money(one.sold)}\tearned {_money(one.earned)}"


def _difference(one: pb.LedgerDifference) -> str:
    place = f"{one.account_id}\t{one.document_id} line {one.line_number}"
    return f"{place}\tposted {_decimal(one.posted)}\tcomputed {_decimal(one.computed)}"


def _decimal(amount: int) -> str:
    """An amount of the ledger in whole units."""
    return f"{Decimal(amount).scaleb(-_AMOUNT_DIGITS).normalize():f}"


def _money(amount: Money) -> str:
    return f"{_units(amount):.2f} {amount.currency_code}"


def _units(amount: Money) -> Decimal:
    return Decimal(amount.units) + Decimal(amount.nanos).scaleb(-9)


def _day(on: Date) -> str:
    return f"{on.year:04}-{on.month:02}-{on.day:02}"
