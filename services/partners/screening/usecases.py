"""Puts lists, screens partners, and takes judgements."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.env import About
from libs.errors import InvalidInput
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Loaded, Page, Put, Query, Write, create, get, get_all
from services.partners.record.documents import PARTNERS
from services.partners.screening.documents import SCREENING_BOOKS, SCREENING_LISTS, SCREENING_NAMES, SCREENINGS
from services.partners.screening.domain import screening as domain
from services.partners.screening.domain.screening import (
    BOOK,
    Screening,
    ScreeningBook,
    ScreeningEntry,
    ScreeningList,
    ScreeningReason,
    ScreeningVerdict,
)
from services.partners.screening.events import ScreeningListPut
from services.partners.screening.reads import compared, screening_put
from services.partners.settings import Env

PARTNERS_PER_PAGE = 20  # one commit writes their screenings


class PutScreeningEntries(Command, frozen=True, kw_only=True):
    """Put a page of an edition of a list."""

    list: str
    published_on: date
    entries: tuple[ScreeningEntry, ...] = ()
    final: bool = False


class JudgeScreeningCandidate(ResourceCommand, frozen=True, kw_only=True):
    """Judge a candidate; the id is the partner's."""

    list: str
    entry_code: str
    verdict: ScreeningVerdict
    reason: ScreeningReason


class GetScreening(Command, frozen=True, kw_only=True):
    """Show how a partner compares with the lists."""

    id: str


class ListScreenings(ListCommand, frozen=True, kw_only=True):
    """List screenings."""

    open_only: bool = False
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class ScreenPartner(Command, frozen=True, kw_only=True):
    """Screen a partner, which has applied or has another name."""

    partner_id: str


class ScreenNextPartners(Command, frozen=True, kw_only=True):
    """Screen the next partners after an edition was completed."""


class DropName(Command, frozen=True, kw_only=True):
    """Remove a name that the complete edition of its list does not have."""

    id: str


async def put_screening_entries(env: Env, cmd: PutScreeningEntries) -> ScreeningList:
    """The list as it is now; unchanged if it has the page already. InvalidInput, ScreeningListOlder."""
    if wrong := [*domain.entry_violations(cmd.entries)]:
        raise InvalidInput(wrong)
    now, held = env.clock.now(), await get(env.store, SCREENING_LISTS, cmd.list)
    new = ScreeningList(id=cmd.list, loading_on=cmd.published_on, create_time=now, update_time=now)
    before = held.value if held else new
    after = domain.loaded(before, published_on=cmd.published_on, final=cmd.final, now=now)
    names = await _name_writes(env, cmd)
    completes = cmd.final and (bool(names) or after.revision != before.revision)
    if held and not names and not completes and same_content(before, after):
        return await env.unchanged(held, call=cmd.call)
    book = [await _walk_again(env)] if completes else []
    put = held.put(after) if held else create(SCREENING_LISTS, after)
    told = ScreeningListPut(list=cmd.list, published_on=cmd.published_on, final=cmd.final)
    return await env.commit(put, *names, *book, events=[told], call=cmd.call)


async def judge_screening_candidate(env: Env, cmd: JudgeScreeningCandidate) -> Screening:
    """The screening with the judgement; unchanged if it was judged so already. NotFound."""
    loaded = await env.load(SCREENINGS, cmd.id, call=cmd.call, etag=cmd.etag)
    by = (cmd.call.caller.subject, cmd.call.caller.on_behalf_of)
    judgement = (cmd.verdict, cmd.reason)
    after = domain.judge(loaded.value, (cmd.list, cmd.entry_code), judgement, by=by, now=env.clock.now())
    if same_content(loaded.value, after):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(after), events=[domain.changed(after)], call=cmd.call)


async def get_screening(env: Env, cmd: GetScreening) -> Screening:
    """The screening as it is now; NotFound."""
    return await env.show(SCREENINGS, cmd.id, call=cmd.call)


async def list_screenings(env: Env, cmd: ListScreenings) -> Page[Screening]:
    """One page of screenings, by id unless the caller asks for another order."""
    filters = {"is_open": True if cmd.open_only else None}
    return await env.listing(SCREENINGS, filters, call=cmd.call, **paged(cmd, UPDATED))


async def screen_partner(env: Env, cmd: ScreenPartner) -> Screening | None:
    """The screening of a partner by the lists of now; unchanged if it says so already. None without a partner."""
    gate = await env.erasure_gate.beside(PARTNERS, [cmd.partner_id])
    held = await get(env.store, SCREENINGS, cmd.partner_id)
    partner = await get(env.store, PARTNERS, cmd.partner_id)
    if partner is None:
        return None
    screening = await compared(env, partner.value, held)
    put = screening_put(held, screening)
    if put is None:
        return screening
    first = gate.values() if held is None else ()
    return await env.commit(put, *first, events=[domain.changed(put.document)], call=cmd.call)


async def screen_next_partners(env: Env, cmd: ScreenNextPartners) -> ScreeningBook:
    """The book after the next page of partners; unchanged if none are to be screened."""
    loaded = await get(env.store, SCREENING_BOOKS, BOOK)
    if loaded is None or not loaded.value.walking:
        return loaded.value if loaded else ScreeningBook(id=BOOK)
    page = await env.store.find(Query(kind=PARTNERS, limit=PARTNERS_PER_PAGE, cursor=loaded.value.cursor))
    ids = [one.value.id for one in page.rows]
    gate = await env.erasure_gate.beside(PARTNERS, ids)
    held = await env.store.get_many(SCREENINGS, ids)
    puts: list[Put[Screening]] = []
    for key, one in (await env.store.get_many(PARTNERS, ids)).items():
        screening = await compared(env, one.value, held.get(key))
        if (put := screening_put(held.get(key), screening)) is not None:
            puts.append(put)
    book = replace(loaded.value, walking=bool(page.next_cursor), cursor=page.next_cursor)
    first = {write.document.id: write for key, write in gate.items() if key not in held}
    told = [About(domain.changed(one.document), one.document) for one in puts]
    return await env.commit(loaded.put(book), *puts, *first.values(), events=told, call=cmd.call)


async def drop_name(env: Env, cmd: DropName) -> domain.ScreeningName:
    """The name that was removed."""
    return await env.remove(await env.load(SCREENING_NAMES, cmd.id, call=cmd.call), call=cmd.call)


async def _name_writes(env: Env, cmd: PutScreeningEntries) -> list[Write]:
    names = {
        name.id: name
        for entry in cmd.entries
        for name in domain.names_of(cmd.list, entry, published_on=cmd.published_on)
    }
    held = await get_all(env.store, SCREENING_NAMES, list(names)) if names else {}
    writes: list[Write] = [create(SCREENING_NAMES, one) for key, one in names.items() if key not in held]
    return writes + [row.put(names[key]) for key, row in held.items() if not same_content(row.value, names[key])]


async def _walk_again(env: Env) -> Put[ScreeningBook]:
    loaded: Loaded[ScreeningBook] | None = await get(env.store, SCREENING_BOOKS, BOOK)
    if loaded is None:
        return create(SCREENING_BOOKS, ScreeningBook(id=BOOK, walking=True, edition=1))
    return loaded.put(replace(loaded.value, walking=True, cursor="", edition=loaded.value.edition + 1))
