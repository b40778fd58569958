"""Shows entries and statements of the ledger."""

from datetime import date
from typing import NamedTuple

from libs.call import Command
from libs.errors import Violation
from libs.store.paging import ListCommand, filters_of, paged
from libs.store.port import Page, get
from services.orders.incentives.domain.plan import first_day_of, last_day_of
from services.orders.incentives.reads import published_versions
from services.orders.ledger.documents import ACCOUNTS, BOOKS, ENTRIES
from services.orders.ledger.domain.entry import Entry, EntryKind, Figures
from services.orders.ledger.domain.posting import statement
from services.orders.ledger.reads import rows_of
from services.orders.record.domain.violations import refuse
from services.orders.settings import Env


class ListEntries(ListCommand, frozen=True, kw_only=True):
    """List entries; an empty filter matches all of them."""

    account_id: str = ""
    partner_id: str = ""
    kind: EntryKind | None = None


class ExplainEntry(Command, frozen=True, kw_only=True):
    """Show why an entry has its amount."""

    id: str


class GetIncentiveStatement(Command, frozen=True, kw_only=True):
    """Show the statement of an account. period: a day of the period."""

    account_id: str
    period: date


class Statement(NamedTuple):
    """The figures of a period, and whether it is closed."""

    figures: Figures
    closed: bool


async def list_entries(env: Env, cmd: ListEntries) -> Page[Entry]:
    """A page of entries, by id."""
    return await env.listing(ENTRIES, filters_of(cmd, "account_id", "partner_id", "kind"), call=cmd.call, **paged(cmd))


async def explain_entry(env: Env, cmd: ExplainEntry) -> Entry:
    """The entry with its steps; NotFound."""
    return await env.show(ENTRIES, cmd.id, call=cmd.call)


async def get_incentive_statement(env: Env, cmd: GetIncentiveStatement) -> Statement:
    """The statement; NotFound, InvalidInput."""
    account = await env.show(ACCOUNTS, cmd.account_id, call=cmd.call)
    version, *_ = await published_versions(env, account.plan_code)
    first_day = first_day_of(version.calendar, cmd.period)
    if cmd.period != first_day:
        refuse(Violation("period", f"is not the first day of its period, {first_day}", "OUT_OF_RANGE"))
    entries = await rows_of(env, ENTRIES, {"account_id": account.id})
    book = await get(env.store, BOOKS, account.plan_code)
    closed = book is not None and last_day_of(version.calendar, cmd.period) <= book.value.closed_until
    return Statement(statement(entries, period=cmd.period, currency=account.currency), closed)
