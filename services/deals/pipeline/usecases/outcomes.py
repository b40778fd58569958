"""Records why deals were won and lost, and shows deals and win rates."""

import hashlib
from datetime import date, timedelta
from typing import NamedTuple

from msgspec.structs import replace

from libs.call import Command
from libs.document import same_content
from libs.errors import EtagMismatch, InvalidInput, Violation
from libs.store.listing import rows_per_page
from libs.store.paging import ListCommand, Range, filters_of, paged
from libs.store.port import Page, Scalar, create, get
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.states import Stage
from services.deals.pipeline.documents import PIPELINE_DEALS
from services.deals.pipeline.domain import outcomes as domain
from services.deals.pipeline.domain.deals import PipelineDeal, described
from services.deals.pipeline.domain.history import PipelineState, StageChange, changes, steps
from services.deals.pipeline.domain.outcomes import OutcomeReason
from services.deals.pipeline.domain.rates import WinRate, WinRateGroup, rate_of, rates
from services.deals.pipeline.events import OutcomeRecorded
from services.deals.pipeline.reads import deals_with
from services.deals.settings import Env

_YEAR = timedelta(days=365)
_CLOSED = Range("closed_date", "closed_since", "closed_before")


class RecordOutcome(Command, frozen=True, kw_only=True):
    """Say why a deal was won or lost."""

    registration_id: str
    etag: str = ""
    reasons: tuple[OutcomeReason, ...]
    competitor: str = ""


class GetPipelineDeal(Command, frozen=True, kw_only=True):
    """Show a deal with its history."""

    registration_id: str


class ListPipelineDeals(ListCommand, frozen=True, kw_only=True):
    """List deals; empty filters filter nothing."""

    partner_id: str = ""
    state: PipelineState | None = None
    closed_since: date | None = None
    closed_before: date | None = None
    unexplained: bool = False


class GetWinRates(Command, frozen=True, kw_only=True):
    """Show win rates of the deals that ended in a period."""

    page_size: int = 0
    page_token: str = ""
    group_by: WinRateGroup | None = None
    closed_since: date | None = None
    closed_before: date | None = None
    partner_id: str = ""
    country: str = ""
    product_line: str = ""


class DealShown(NamedTuple):
    """A deal, and its dated changes."""

    deal: PipelineDeal
    changes: tuple[StageChange, ...]


class Rates(NamedTuple):
    """A page of rates, the token of the next one, and the rate of all deals."""

    rates: tuple[WinRate, ...]
    next_page_token: str
    total: WinRate


async def record_outcome(env: Env, cmd: RecordOutcome) -> PipelineDeal:
    """The deal with its reasons; unchanged if it has them already. DealOpen, InvalidInput."""
    reg = (await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)).value
    held = await get(env.store, PIPELINE_DEALS, reg.id)
    version = str(held.value.version) if held else "0"
    if cmd.etag and cmd.etag != version:
        raise EtagMismatch(PIPELINE_DEALS.name, reg.id, version)
    domain.refuse_wrong(reg, cmd.reasons)
    now = env.clock.now()
    deal = held.value if held else described(None, reg, now=now)
    after = replace(deal, reasons=cmd.reasons, competitor=cmd.competitor, explain_time=now, update_time=now)
    if held is not None and same_content(held.value, replace(after, explain_time=deal.explain_time)):
        return await env.unchanged(held, call=cmd.call)
    event = OutcomeRecorded(
        registration_id=reg.id, partner_id=reg.partner_id, won=reg.stage is Stage.WON, reasons=cmd.reasons
    )
    put = held.put(after) if held else create(PIPELINE_DEALS, after)
    return await env.commit(put, events=[event], call=cmd.call)


async def get_pipeline_deal(env: Env, cmd: GetPipelineDeal) -> DealShown:
    """The deal, with its changes up to now."""
    deal = await env.show(PIPELINE_DEALS, cmd.registration_id, call=cmd.call)
    return DealShown(deal, changes(steps(deal.transitions), env.clock.now()))


async def list_pipeline_deals(env: Env, cmd: ListPipelineDeals) -> Page[PipelineDeal]:
    """Deals, by id or by the day of their end."""
    filters = {**filters_of(cmd, "partner_id", "state"), "unexplained": cmd.unexplained or None}
    return await env.listing(PIPELINE_DEALS, filters, call=cmd.call, **paged(cmd, _CLOSED))


async def get_win_rates(env: Env, cmd: GetWinRates) -> Rates:
    """The rates of a period. InvalidInput for a period that ends before it begins, and for a token of another request;
    TooManyDeals."""
    before = cmd.closed_before or env.today() + timedelta(days=1)
    since = cmd.closed_since or before - min(_YEAR, before - date.min)
    if before <= since:
        raise InvalidInput([Violation("closed_before", "is not after closed_since", "DATES_OUT_OF_ORDER")])
    after = _after(cmd)
    asked: dict[str, Scalar] = {"partner_id": cmd.partner_id}
    whose = await env.scope.narrowed(cmd.call.caller, PIPELINE_DEALS, asked)
    ended = await deals_with(env, whose, since=since, before=before)
    deals = [one for one in ended if _asked(one, cmd)]
    every = rates(deals, cmd.group_by or WinRateGroup.PARTNER)
    found = [one for one in every if one.closed_count and (after is None or one.key > after)]
    size = rows_per_page(cmd.page_size)
    token = f"{_mark(cmd)}.{found[size - 1].key.encode().hex()}" if len(found) > size else ""
    return Rates(tuple(found[:size]), token, rate_of(deals))


def _asked(deal: PipelineDeal, cmd: GetWinRates) -> bool:
    lines = {line.product_line for line in deal.lines}
    return (not cmd.country or deal.country == cmd.country) and (not cmd.product_line or cmd.product_line in lines)


def _mark(cmd: GetWinRates) -> str:
    asked = (cmd.group_by, cmd.closed_since, cmd.closed_before, cmd.partner_id, cmd.country, cmd.product_line)
    return hashlib.blake2b(repr(asked).encode(), digest_size=6).hexdigest()


def _after(cmd: GetWinRates) -> str | None:
    """The key after which the page begins; None for the first page."""
    if not cmd.page_token:
        return None
    mark, _, key = cmd.page_token.partition(".")
    try:
        if mark == _mark(cmd):
            return bytes.fromhex(key).decode()
    except ValueError:
        pass
    raise InvalidInput([Violation("page_token", "is not from a page of this query", "FOREIGN_PAGE_TOKEN")])
