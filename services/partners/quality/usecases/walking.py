"""Walks over all records once a day: time passes, and an event may be missed."""

from typing import Any

from msgspec.structs import replace

from libs.call import Command
from libs.store.port import Kind, Page, Query, Scalar, Write, create, get, get_all
from services.partners.contacts.documents import CONTACTS
from services.partners.quality.documents import QUALITY_BOOKS, QUALITY_RECORDS
from services.partners.quality.domain.findings import Change
from services.partners.quality.domain.tallies import BOOK, QualityBook, added
from services.partners.quality.usecases.counting import counted
from services.partners.quality.usecases.inspection import Inspection
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env

PARTNERS_PER_PAGE = 20  # one commit writes their scores, findings and events
CONTACTS_PER_PAGE = 60


class WalkOn(Command, frozen=True, kw_only=True):
    """Look at the next page of records."""


async def walk_on(env: Env, cmd: WalkOn) -> QualityBook:
    """The book after the next page; unchanged if the walk of the day is done."""
    held, today = await get(env.store, QUALITY_BOOKS, BOOK), env.today()
    book = held.value if held else QualityBook(id=BOOK)
    if not book.walking:
        if book.day is not None and book.day >= today:
            return book
        book = replace(book, day=today, walking=True, contacts=False, removed=False, cursor="", tallies=())
    inspection = Inspection(env)
    page = _removed if book.removed else _contacts if book.contacts else _partners
    book = await page(env, book, inspection)
    put = held.put(book) if held else create(QUALITY_BOOKS, book)
    gone = [one.delete() for one in inspection.gone]
    writes: list[Write] = [*inspection.writes, *gone]
    async with counted(env, writes) as tallies:
        return await env.commit(put, *writes, *tallies, events=inspection.events, call=cmd.call)


async def _partners(env: Env, book: QualityBook, inspection: Inspection) -> QualityBook:
    page = await _page(env, PARTNERS, book, limit=PARTNERS_PER_PAGE)
    await inspection.first.ahead([row.value.id for row in page.rows])
    tallies = book.tallies
    for row in (await get_all(env.store, PARTNERS, [row.value.id for row in page.rows])).values():
        seen = await inspection.partner(row.value, Change(at=env.clock.now()))
        tallies = added(tallies, seen.record)
    if page.next_cursor:
        return replace(book, cursor=page.next_cursor, tallies=tallies)
    return replace(book, cursor="", contacts=True, tallies=(), counted=tallies, mean_time=env.clock.now())


async def _contacts(env: Env, book: QualityBook, inspection: Inspection) -> QualityBook:
    page = await _page(env, CONTACTS, book, limit=CONTACTS_PER_PAGE)
    await inspection.first.ahead({row.value.partner_id for row in page.rows})
    for row in (await get_all(env.store, CONTACTS, [row.value.id for row in page.rows])).values():
        await inspection.contact(row.value, Change(at=env.clock.now()))
    return replace(book, cursor=page.next_cursor, removed=not page.next_cursor)


async def _removed(env: Env, book: QualityBook, inspection: Inspection) -> QualityBook:
    """Forget the records of contacts that were removed without a look: a look at the contact ran at the same time, or
    the event was lost."""
    page = await _page(env, QUALITY_RECORDS, book, limit=CONTACTS_PER_PAGE, of_partner=False)
    there = await get_all(env.store, CONTACTS, [row.value.id for row in page.rows])
    for row in page.rows:
        if row.value.id not in there:
            await inspection.removed(row.value.id)
    return replace(book, cursor=page.next_cursor, walking=bool(page.next_cursor))


async def _page(env: Env, kind: Kind[Any], book: QualityBook, *, limit: int, **equals: Scalar) -> Page[Any]:
    return await env.store.find(Query(kind=kind, equals=equals, limit=limit, cursor=book.cursor))
