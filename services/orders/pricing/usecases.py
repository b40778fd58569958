"""Puts price lists and shows their revisions."""

from datetime import date

from libs.call import Command
from libs.errors import AppError, Code, EtagMismatch, NotFound
from libs.partner_projection import PARTNERS
from libs.store.codec import encode
from libs.store.listing import every_row
from libs.store.port import BYTES_PER_DOCUMENT, LimitExceeded, Loaded, create, get
from services.orders.pricing.documents import PRICE_LISTS, REVISIONS
from services.orders.pricing.domain import (
    PriceList,
    PriceListContent,
    PriceListItem,
    PriceListRevision,
    Promotion,
    revised,
)
from services.orders.pricing.events import PriceListPut
from services.orders.settings import Env


class PutPriceList(Command, frozen=True, kw_only=True):
    """Create a list, or its next revision."""

    code: str
    etag: str = ""
    currency: str
    tiers: tuple[str, ...] = ()
    valid_from: date
    valid_until: date | None = None
    items: tuple[PriceListItem, ...]
    promotions: tuple[Promotion, ...] = ()


class GetPriceList(Command, frozen=True, kw_only=True):
    """Show a revision, by id or code of its list; revision 0 is the newest."""

    id: str = ""
    code: str = ""
    revision: int = 0


class PriceListTooLarge(AppError):
    """The revision is larger than a document may be."""

    code, reason = Code.RESOURCE_EXHAUSTED, "PRICE_LIST_TOO_LARGE"

    def __init__(self) -> None:
        super().__init__(f"a price list may have {BYTES_PER_DOCUMENT} bytes; split it by product line or tier")


async def put_price_list(env: Env, cmd: PutPriceList) -> PriceList:
    """The new revision; the newest one, unchanged, if the content is the same. Existing orders keep their prices."""
    loaded = await _by_code(env, cmd.code)
    before = loaded.value if loaded else None
    version = str(before.version if before else 0)
    if cmd.etag and cmd.etag != version:
        raise EtagMismatch("price_list", cmd.code, version)
    content = PriceListContent(
        code=cmd.code,
        currency=cmd.currency,
        tiers=cmd.tiers,
        valid_from=cmd.valid_from,
        valid_until=cmd.valid_until,
        items=cmd.items,
        promotions=cmd.promotions,
    )
    revision = revised(before, content, id="" if before else env.ids.new("prl"), now=env.clock.now())
    if loaded is not None and revision.says_the_same(loaded.value):
        return await env.unchanged(loaded, call=cmd.call)
    put = loaded.put(revision) if loaded else create(PRICE_LISTS, revision)
    kept = PriceListRevision(id=f"{revision.id}:{revision.revision}", content=put.document)
    _refuse_large(kept)
    event = PriceListPut(
        price_list_id=revision.id, code=cmd.code, revision=revision.revision, currency=revision.currency
    )
    return await env.commit(put, create(REVISIONS, kept), events=[event], call=cmd.call)


async def get_price_list(env: Env, cmd: GetPriceList) -> PriceList:
    """The list in that revision. Users of a partner see only lists for everybody and for the present tier of the
    partner. NotFound."""
    caller = cmd.call.caller
    buyer = await get(env.store, PARTNERS, caller.partner_id) if caller.partner_id else None
    tier = buyer.value.tier if buyer else ""
    loaded = await (get(env.store, PRICE_LISTS, cmd.id) if cmd.id else _by_code(env, cmd.code))
    if loaded is None or (caller.partner_id and not loaded.value.is_for(tier)):
        raise NotFound("price_list", cmd.id or cmd.code)
    if cmd.revision in (0, loaded.value.revision):
        return loaded.value
    kept = await get(env.store, REVISIONS, f"{loaded.value.id}:{cmd.revision}")
    if kept is None or (caller.partner_id and not kept.value.content.is_for(tier)):
        raise NotFound("price_list_revision", f"{loaded.value.id}:{cmd.revision}")
    return kept.value.content


async def _by_code(env: Env, code: str) -> Loaded[PriceList] | None:
    found = await every_row(env.store, PRICE_LISTS, {"code": code})
    return found[0] if found else None


def _refuse_large(kept: PriceListRevision) -> None:
    try:
        encode(kept)
    except LimitExceeded as err:
        raise PriceListTooLarge from err
