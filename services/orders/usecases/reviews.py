"""Orders held for credit are evaluated again when their account has room, page by page, the oldest first."""

from datetime import timedelta

from msgspec.structs import replace

from libs.call import Command
from libs.partner import PartnerStatus
from libs.peers import PARTNERS
from libs.store.port import ROWS_PER_PAGE, Held, Page, Query, Scalar
from services.orders.documents import ACCOUNTS, ORDERS
from services.orders.domain.credit import CreditAccount, HoldReview, reviewed
from services.orders.domain.order import Order
from services.orders.domain.states import HoldReason, OrderState
from services.orders.usecases.settings import Env

SUSPENSION_LASTS = timedelta(hours=1)  # how long until a suspended partner's account is looked at again


class TurnPage(Command, frozen=True, kw_only=True):
    """Count a page of an account's held orders as evaluated. seen: the review as it was when the page was read; cursor:
    of the next page, empty if there is none; found: whether credit holds any of the orders up."""

    id: str
    seen: HoldReview
    cursor: str
    found: bool


class PutReviewOff(Command, frozen=True, kw_only=True):
    """Leave the orders of a partner that is not active as they are for now."""

    id: str


async def held_page(env: Env, partner_id: str, review: HoldReview) -> Page[Order]:
    """The next held orders of the partner, by id."""
    equals: dict[str, Scalar] = {"partner_id": partner_id, "state": OrderState.HELD}
    return await env.store.find(Query(kind=ORDERS, equals=equals, limit=ROWS_PER_PAGE, cursor=review.after))


def waiting(page: Page[Order], currency: str) -> list[Held[Order]]:
    """Those that credit holds up, in a currency."""
    return [one for one in page.rows if one.value.currency == currency and HoldReason.CREDIT in one.value.open_holds]


async def turn_page(env: Env, cmd: TurnPage) -> CreditAccount:
    """The account, its review further on; as it is if another replica has turned the page."""
    held = await env.load(ACCOUNTS, cmd.id, call=cmd.call)
    now = held.value.review
    if now is None or (now.due, now.after) != (cmd.seen.due, cmd.seen.after):
        return held.value
    after = reviewed(held.value, cursor=cmd.cursor, found=cmd.found, now=env.clock.now())
    return await env.commit(held.put(after), call=cmd.call)


async def put_review_off(env: Env, cmd: PutReviewOff) -> CreditAccount:
    """The account, due again in an hour while the partner is suspended, not at all once it has left."""
    held = await env.load(ACCOUNTS, cmd.id, call=cmd.call)
    if held.value.review is None:
        return held.value
    partner = await env.store.get(PARTNERS, held.value.partner_id)
    later = replace(held.value.review, due=env.clock.now() + SUSPENSION_LASTS)
    suspended = partner is not None and partner.value.status is PartnerStatus.SUSPENDED
    return await env.commit(held.put(replace(held.value, review=later if suspended else None)), call=cmd.call)
