"""Brings the entries of an account to what its sales come to, closes periods, and computes everything again."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command
from libs.errors import Violation
from libs.store.listing import everything
from libs.store.port import Loaded, Page, Query, create, get, get_all
from services.orders.incentives.documents import PLANS
from services.orders.incentives.domain.plan import Plan, last_day_of
from services.orders.incentives.reads import plans_in_use, published_versions
from services.orders.ledger.documents import ACCOUNTS, BOOKS, CREDITED_SALES, ENTRIES, SALE_RECORDS
from services.orders.ledger.domain.counting import CreditedSale
from services.orders.ledger.domain.entry import Account, Entry, PlanBook
from services.orders.ledger.domain.posting import key_of, postings
from services.orders.ledger.domain.rating import targets
from services.orders.ledger.events import IncentivePeriodClosed
from services.orders.ledger.reads import rows_of
from services.orders.ledger.usecases.counting import counted_now
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env

ENTRIES_AT_ONCE = 80  # written by one commit
_ACCOUNTS_PER_PAGE = 20


class BookAccount(Command, frozen=True, kw_only=True):
    """Compute the next period of sale of an account that is to be computed again."""

    id: str


class ClosePeriod(Command, frozen=True, kw_only=True):
    """Close a period of a plan for all its beneficiaries."""

    plan_code: str
    last_day: date


class Replay(Command, frozen=True, kw_only=True):
    """Compute accounts again from the documents, and compare."""

    plan_code: str = ""
    page_token: str = ""


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A line whose entries do not come to what follows from the documents. Amounts in hundred-millionths."""

    account_id: str
    document_id: str
    line_number: int
    posted: int
    computed: int


class Replayed(NamedTuple):
    """What a replay has compared. overdrawn: the lines of which more was taken back than earned."""

    accounts: int
    entries: int
    differences: tuple[Difference, ...]
    overdrawn: tuple[Difference, ...]
    next_page_token: str


async def book_account(env: Env, cmd: BookAccount) -> Account:
    """The account with the entries of its next period of sale posted; unchanged if nothing is to be computed."""
    async with env.settings.locks.of(f"ledger:{cmd.id}"):
        loaded = await env.load(ACCOUNTS, cmd.id, call=cmd.call)
        return await _booked(env, loaded, cmd.call)


async def close_period(env: Env, cmd: ClosePeriod) -> PlanBook:
    """The book of the plan, closed until that day; unchanged if it is. What becomes known later goes into the period
    after it. NotFound, InvalidInput."""
    version, *_ = await published_versions(env, cmd.plan_code)
    _refuse_wrong_end(version, cmd.last_day, today=env.today())
    async with env.settings.locks.of(f"ledger_book:{cmd.plan_code}"):
        held = await get(env.store, BOOKS, cmd.plan_code)
        if held is not None and held.value.closed_until >= cmd.last_day:
            return await env.unchanged(held, call=cmd.call)
        accounts = await rows_of(env, ACCOUNTS, {"plan_code": cmd.plan_code})
        for account in accounts:
            await _closed(env, account.id, cmd)
        book = PlanBook(id=cmd.plan_code, closed_until=cmd.last_day, accounts=len(accounts), close_time=env.clock.now())
        if held is not None:
            book = replace(book, version=held.value.version)
        write = held.put(book) if held is not None else create(BOOKS, book)
        told = IncentivePeriodClosed(plan_code=cmd.plan_code, last_day=cmd.last_day)
        return await env.commit(write, events=[told], call=cmd.call)


async def replay(env: Env, cmd: Replay) -> Replayed:
    """A page of accounts, each computed again from the documents of its orders. Nothing is written. NotFound."""
    equals = {"plan_code": cmd.plan_code} if cmd.plan_code else {}
    if cmd.plan_code:
        await published_versions(env, cmd.plan_code)
    page: Page[Account] = await env.store.find(
        Query(kind=ACCOUNTS, equals=equals, limit=_ACCOUNTS_PER_PAGE, cursor=cmd.page_token)
    )
    plans = {one.id: one for one in await plans_in_use(env)}
    entries, differences, overdrawn = 0, [], []
    for row in page.rows:
        posted = await rows_of(env, ENTRIES, {"account_id": row.value.id})
        fresh = await _counted_again(env, row.value, plans)
        entries += len(posted)
        differences += _compared(row.value, plans, fresh, posted)
        overdrawn += _overdrawn(row.value, posted)
    return Replayed(len(page.rows), entries, tuple(differences), tuple(overdrawn), page.next_cursor)


def _refuse_wrong_end(plan: Plan, last_day: date, *, today: date) -> None:
    if last_day != last_day_of(plan.calendar, last_day):
        refuse(Violation("last_day", "is not the last day of a period of the plan", "OUT_OF_RANGE"))
    if last_day >= today:
        refuse(Violation("last_day", "is not over", "IN_THE_FUTURE"))


async def _booked(env: Env, loaded: Loaded[Account], call: Call) -> Account:
    account = loaded.value
    if not account.dirty:
        return account
    tally = account.dirty[0]
    incentive_plan_id, _, first_day = tally.partition("/")
    plan = (await env.load(PLANS, incentive_plan_id, call=call)).value
    rows = await rows_of(env, CREDITED_SALES, {"account_id": account.id, "tally": tally})
    posted = await rows_of(env, ENTRIES, {"account_id": account.id, "tally": tally})
    wanted = targets(
        plan, [line for row in rows for line in row.lines], claws=plan.claws_back(account.kind, account.country)
    )
    made = postings(
        await _with_book(env, account),
        plan,
        wanted,
        posted,
        sale_period=date.fromisoformat(first_day),
        run=env.ids.bare(),
        now=env.clock.now(),
    )
    left = account.dirty if len(made) > ENTRIES_AT_ONCE else account.dirty[1:]
    done = replace(account, dirty=left, pending=bool(left), update_time=env.clock.now())
    entries = (replace(one, id=env.ids.derived("ent", one.id)) for one in made[:ENTRIES_AT_ONCE])
    return await env.commit(loaded.put(done), *(create(ENTRIES, one) for one in entries), call=call)


async def _with_book(env: Env, account: Account) -> Account:
    """The account, closed at least as far as the plan is."""
    book = await get(env.store, BOOKS, account.plan_code)
    if book is None or (account.closed_until is not None and account.closed_until >= book.value.closed_until):
        return account
    return replace(account, closed_until=book.value.closed_until)


async def _closed(env: Env, account_id: str, cmd: ClosePeriod) -> None:
    """Post what an account still lacks, and close its period; the answer to the request is the book, not an account."""
    call = replace(cmd.call, request=replace(cmd.call.request, request_id=""))
    while True:
        async with env.settings.locks.of(f"ledger:{account_id}"):
            loaded = await env.load(ACCOUNTS, account_id, call=call)
            if not loaded.value.dirty:
                if (loaded.value.closed_until or date.min) < cmd.last_day:
                    await env.commit(loaded.put(replace(loaded.value, closed_until=cmd.last_day)), call=call)
                return
            await _booked(env, loaded, call)


async def _counted_again(env: Env, account: Account, plans: Mapping[str, Plan]) -> list[CreditedSale]:
    """What the orders of an account count for it by their documents now."""
    stored = await rows_of(env, CREDITED_SALES, {"account_id": account.id})
    records = await get_all(env.store, SALE_RECORDS, sorted({row.order_id for row in stored}))
    found: list[CreditedSale] = []
    for record in records.values():
        before = await everything(env.store, CREDITED_SALES, {"order_id": record.value.id})
        fresh = await counted_now(env, record.value, tuple(plans.values()), before)
        found += [row for row in fresh.rows if row.account_id == account.id]
    return found


def _compared(
    account: Account, plans: Mapping[str, Plan], rows: list[CreditedSale], posted: tuple[Entry, ...]
) -> list[Difference]:
    """Where the entries of an account do not come to what its rows do."""
    found = []
    for tally in sorted({row.tally for row in rows} | {one.tally for one in posted if one.tally}):
        incentive_plan_id, _, first_day = tally.partition("/")
        plan = plans[incentive_plan_id]
        lines = [line for row in rows if row.tally == tally for line in row.lines]
        held = [one for one in posted if one.tally == tally]
        missing = postings(
            account,
            plan,
            targets(plan, lines, claws=plan.claws_back(account.kind, account.country)),
            held,
            sale_period=date.fromisoformat(first_day),
            run="",
            now=account.update_time,
        )
        for one in missing:
            has = sum(entry.amount for entry in held if key_of(entry) == key_of(one))
            found.append(_difference(account, one, has, has + one.amount))
    return found


def _overdrawn(account: Account, posted: tuple[Entry, ...]) -> list[Difference]:
    """The lines of which more was taken back than earned."""
    sums: dict[tuple[str, int], int] = {}
    for one in posted:
        place = (one.document_id, one.line_number)
        sums[place] = sums.get(place, 0) + (one.amount if one.document_id else 0)
    return [
        Difference(account_id=account.id, document_id=document, line_number=line, posted=amount, computed=0)
        for (document, line), amount in sums.items()
        if amount < 0
    ]


def _difference(account: Account, one: Entry, posted: int, computed: int) -> Difference:
    return Difference(
        account_id=account.id,
        document_id=one.document_id,
        line_number=one.line_number,
        posted=posted,
        computed=computed,
    )
