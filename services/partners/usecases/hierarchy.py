"""Where a partner hangs, and everybody below it."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from libs.call import Call, Command
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.partner import LEVELS
from libs.store.codec import write_cursor
from libs.store.listing import DEFAULT_ROWS, PAGE_BYTES, fitting
from libs.store.port import ROWS_PER_PAGE, Held, Query, Scalar, Write, create
from services.partners.documents import BRANCHES, PARTNERS
from services.partners.domain.hierarchy import Branch, BuyersLeft, DownlineClosed, refuse_place
from services.partners.domain.partner import Partner
from services.partners.domain.states import PartnerKind
from services.partners.usecases.settings import Env

HIERARCHY_TURN = "hierarchy"
DISTRIBUTORS_WALKED = 2_000


class DownlineTooWide(AppError):
    """More distributors hang below a partner than are walked through for an answer."""

    code, reason = Code.RESOURCE_EXHAUSTED, "DOWNLINE_TOO_WIDE"

    def __init__(self) -> None:
        super().__init__(f"more than {DISTRIBUTORS_WALKED} distributors are below", limit=DISTRIBUTORS_WALKED)


class ListDownline(Command, frozen=True, kw_only=True):
    """Ask for everybody below a partner."""

    partner_id: str
    page_size: int = 0
    page_token: str = ""


class Below(NamedTuple):
    """A partner and how far below it is."""

    partner: Partner
    depth: int


class _Mark(msgspec.Struct, frozen=True, array_like=True):
    """Where a page ended."""

    top: str
    depth: int
    last_id: str


class _Rung(NamedTuple):
    guard: Held[Branch] | None
    partner: Partner


async def entry_writes(env: Env, partner: Partner, *, call: Call) -> tuple[Write, ...]:
    """What to add to the commit that makes a partner; HIERARCHY_TOO_DEEP, PARENT_NOT_DISTRIBUTOR, NOT_FOUND."""
    if not partner.parent_partner_id:
        return ()
    rungs = await _upline(env, partner.parent_partner_id, call=call)
    refuse_place(partner, [rung.partner for rung in rungs], levels=1)
    return tuple(_touch(rung) for rung in rungs)


async def move_writes(env: Env, before: Partner, after: Partner, *, call: Call) -> tuple[Write, ...]:
    """What to add to the commit that changes a partner; HIERARCHY_CYCLE, BUYERS_LEFT and as above."""
    moved = after.parent_partner_id != before.parent_partner_id
    closing = before.sells_on and not after.sells_on
    if not moved and not closing:
        return ()
    own = _Rung(await env.store.get(BRANCHES, after.id), after)
    if closing and await _has_buyers(env, after.id):
        raise BuyersLeft(after.id)
    if not moved or not after.parent_partner_id:
        return (_touch(own),)
    rungs = await _upline(env, after.parent_partner_id, call=call)
    upline = [rung.partner for rung in rungs]
    refuse_place(after, upline, levels=1)
    refuse_place(after, upline, levels=await _levels(env, after, LEVELS - len(upline)))
    return tuple(_touch(rung) for rung in (own, *rungs))


async def list_downline(env: Env, cmd: ListDownline) -> tuple[tuple[Below, ...], str]:
    """A page of the downline and the token of the next; what moves between two pages may be missed or seen twice."""
    top = await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    if cmd.call.caller.partner_id == top.id and not top.sees_downline:
        raise DownlineClosed(top.id)
    mark, after = await _start(env, cmd)
    sellers = await _sellers_at(env, cmd.partner_id, mark.depth - 1)
    wanted = cmd.page_size or DEFAULT_ROWS
    found: list[Below] = []
    for depth in range(mark.depth, LEVELS):
        if not sellers or len(found) > wanted:
            break
        rows = await _merged(env, sellers, after=after, limit=wanted + 1 - len(found))
        found += [Below(partner, depth) for partner in rows]
        sellers, after = await _distributors_below(env, sellers), None
    page = tuple(found[: min(wanted, fitting([one.partner for one in found], PAGE_BYTES))])
    more = _write(_Mark(cmd.partner_id, page[-1].depth, page[-1].partner.id)) if len(found) > len(page) else ""
    return page, more


async def _upline(env: Env, lowest: str, *, call: Call) -> tuple[_Rung, ...]:
    """The partner, its parent and so on, each read after its guard, so that a link that changes meanwhile is noticed
    by the commit that writes the guards."""
    rungs: list[_Rung] = []
    upward = lowest
    while upward and len(rungs) <= LEVELS:
        guard = await env.store.get(BRANCHES, upward)
        held = await env.load(PARTNERS, upward, call=call)
        rungs.append(_Rung(guard, held.value))
        upward = held.value.parent_partner_id
    return tuple(rungs)


def _touch(rung: _Rung) -> Write:
    branch = Branch(id=rung.partner.id)
    return rung.guard.put(branch) if rung.guard is not None else create(BRANCHES, branch)


async def _levels(env: Env, partner: Partner, most: int) -> int:
    """How many levels a partner and its downline take up; one more than `most` stands for any number above it."""
    levels, sellers = 1, [partner.id]
    while levels <= most:
        below = await _distributors_below(env, sellers)
        if not below and not any([await _has_buyers(env, seller) for seller in sellers]):
            break
        levels, sellers = levels + 1, below
    return levels


async def _has_buyers(env: Env, seller: str) -> bool:
    page = await env.store.find(Query(kind=PARTNERS, equals={"parent_partner_id": seller}, limit=1))
    return bool(page.rows)


async def _sellers_at(env: Env, top: str, depth: int) -> list[str]:
    """The distributors so far below the top; the top itself at 0."""
    sellers = [top]
    for _ in range(depth):
        sellers = await _distributors_below(env, sellers)
    return sellers


async def _distributors_below(env: Env, sellers: Sequence[str]) -> list[str]:
    found: list[str] = []
    for seller in sellers:
        cursor = ""
        while True:
            equals: dict[str, Scalar] = {"parent_partner_id": seller, "kind": PartnerKind.DISTRIBUTOR}
            page = await env.store.find(Query(kind=PARTNERS, equals=equals, limit=ROWS_PER_PAGE, cursor=cursor))
            found += [held.value.id for held in page.rows]
            cursor = page.next_cursor
            if len(found) > DISTRIBUTORS_WALKED:
                raise DownlineTooWide
            if not cursor:
                break
    return found


async def _merged(env: Env, sellers: Sequence[str], *, after: Partner | None, limit: int) -> list[Partner]:
    """The first of those who buy from any of the sellers, by id."""
    found: list[Partner] = []
    for seller in sellers:
        query = Query(kind=PARTNERS, equals={"parent_partner_id": seller}, limit=limit)
        cursor = write_cursor(query, after) if after is not None else ""
        page = await env.store.find(msgspec.structs.replace(query, cursor=cursor))
        found = sorted([*found, *(held.value for held in page.rows)], key=lambda partner: partner.id)[:limit]
    return found


async def _start(env: Env, cmd: ListDownline) -> tuple[_Mark, Partner | None]:
    if not cmd.page_token:
        return _Mark(cmd.partner_id, 1, ""), None
    mark = _read(cmd.page_token)
    held = await env.store.get(PARTNERS, mark.last_id) if mark and mark.top == cmd.partner_id else None
    known = held is not None and await env.scope.sees(cmd.call.caller, PARTNERS, held.value)
    if mark is None or held is None or not known or not 1 <= mark.depth < LEVELS:
        raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
    return mark, held.value


def _write(mark: _Mark) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def _read(token: str) -> _Mark | None:
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        return msgspec.json.decode(raw, type=_Mark)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        return None
