"""Lists the downline of a partner, and sets whether its users may see it."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput, Violation
from libs.partner import LEVELS
from libs.store.codec import write_cursor
from libs.store.listing import PAGE_BYTES, fitting, rows_per_page
from libs.store.port import Loaded, Query, get
from services.partners.hierarchy import domain
from services.partners.hierarchy.domain import DownlineClosed
from services.partners.hierarchy.reads import distributors_below
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


class ListDownline(Command, frozen=True, kw_only=True):
    """List all partners below a partner, level by level."""

    partner_id: str
    page_size: int = 0
    page_token: str = ""


class SetDownlineAccess(ResourceCommand, frozen=True, kw_only=True):
    """Set whether users of a partner may see the rows of its downline."""

    sees_downline: bool = False


class DownlinePartner(NamedTuple):
    """A partner of a downline; depth: how many levels below the top, from 1."""

    partner: Partner
    depth: int


class _PageEnd(msgspec.Struct, frozen=True, array_like=True):
    """The position after a page: the top of the downline, and the level and id of the last partner shown."""

    top: str
    depth: int
    last_id: str


async def list_downline(env: Env, cmd: ListDownline) -> tuple[tuple[DownlinePartner, ...], str]:
    """A page of the downline, and the token of the next page (empty: none). A partner that is moved between two pages
    may be missing or appear twice. DownlineClosed, DownlineTooWide."""
    top = await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    if cmd.call.caller.partner_id == top.id and not top.sees_downline:
        raise DownlineClosed(top.id)
    mark, after = await _start(env, cmd)
    sellers = await _sellers_at(env, cmd.partner_id, mark.depth - 1)
    wanted = rows_per_page(cmd.page_size)
    found: list[tuple[Loaded[Partner], int]] = []
    for depth in range(mark.depth, LEVELS):
        if not sellers or len(found) > wanted:
            break
        rows = await _merged(env, sellers, after=after, limit=wanted + 1 - len(found))
        found += [(loaded, depth) for loaded in rows]
        sellers, after = await distributors_below(env, sellers), None
    room = min(wanted, fitting([loaded for loaded, _ in found], PAGE_BYTES))
    page = tuple(DownlinePartner(loaded.value, depth) for loaded, depth in found[:room])
    more = _write(_PageEnd(cmd.partner_id, page[-1].depth, page[-1].partner.id)) if len(found) > len(page) else ""
    return page, more


async def set_downline_access(env: Env, cmd: SetDownlineAccess) -> Partner:
    """The partner with that right set or removed; unchanged if it was so already."""
    loaded = await env.load(PARTNERS, cmd.id, call=cmd.call, etag=cmd.etag)
    partner, event = domain.set_downline_access(loaded.value, sees_downline=cmd.sees_downline, now=env.clock.now())
    if same_content(loaded.value, partner):
        return await env.unchanged(loaded, call=cmd.call)
    return await env.commit(loaded.put(partner), events=[event], call=cmd.call)


async def _sellers_at(env: Env, top: str, depth: int) -> list[str]:
    """The ids of the distributors on that level below the top; at 0, the top itself."""
    sellers = [top]
    for _ in range(depth):
        sellers = await distributors_below(env, sellers)
    return sellers


async def _merged(env: Env, sellers: Sequence[str], *, after: Partner | None, limit: int) -> list[Loaded[Partner]]:
    """The first `limit` partners, by id, that buy from any of the sellers."""
    found: list[Loaded[Partner]] = []
    for seller in sellers:
        query = Query(kind=PARTNERS, equals={"parent_partner_id": seller}, limit=limit)
        cursor = write_cursor(query, after) if after is not None else ""
        page = await env.store.find(msgspec.structs.replace(query, cursor=cursor))
        found = sorted([*found, *page.rows], key=lambda loaded: loaded.value.id)[:limit]
    return found


async def _start(env: Env, cmd: ListDownline) -> tuple[_PageEnd, Partner | None]:
    if not cmd.page_token:
        return _PageEnd(cmd.partner_id, 1, ""), None
    mark = _read(cmd.page_token)
    loaded = await get(env.store, PARTNERS, mark.last_id) if mark and mark.top == cmd.partner_id else None
    known = loaded is not None and await env.scope.sees(cmd.call.caller, PARTNERS, loaded.value)
    if mark is None or loaded is None or not known or not 1 <= mark.depth < LEVELS:
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return mark, loaded.value


def _write(mark: _PageEnd) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def _read(token: str) -> _PageEnd | None:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(raw, type=_PageEnd)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
