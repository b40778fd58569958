"""Reviews orders held for CREDIT when more credit is available on their account: page by page, the oldest first."""

from libs.call import Command
from libs.partner import PartnerStatus
from libs.partner_projection import PARTNERS
from libs.store.port import ROWS_PER_PAGE, Loaded, Page, Query, Scalar, get
from services.orders.credit.documents import ACCOUNTS
from services.orders.credit.domain import CreditAccount, HoldReview, postponed, reviewed
from services.orders.record.documents import ORDERS
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, OrderState
from services.orders.settings import Env


class AdvanceReview(Command, frozen=True, kw_only=True):
    """Record that a page of held orders was reviewed. seen: the review as it was when the page was read; cursor: of the
    next page, empty if there is none; found: whether any order of the page is held for CREDIT."""

    id: str
    seen: HoldReview
    cursor: str
    found: bool


class PostponeReview(Command, frozen=True, kw_only=True):
    """Postpone or end the review of the orders of a partner that is not ACTIVE."""

    id: str


async def held_page(env: Env, partner_id: str, review: HoldReview) -> Page[Order]:
    """The next page of held orders of the partner, by id."""
    equals: dict[str, Scalar] = {"partner_id": partner_id, "state": OrderState.HELD}
    return await env.store.find(Query(kind=ORDERS, equals=equals, limit=ROWS_PER_PAGE, cursor=review.after))


def waiting(page: Page[Order], currency: str) -> list[Loaded[Order]]:
    """The orders of a page that are held for CREDIT, in one currency."""
    return [one for one in page.rows if one.value.currency == currency and HoldReason.CREDIT in one.value.open_holds]


async def advance_review(env: Env, cmd: AdvanceReview) -> CreditAccount:
    """The account with its review advanced; unchanged if another replica has advanced it."""
    loaded = await env.load(ACCOUNTS, cmd.id, call=cmd.call)
    after = reviewed(loaded.value, cmd.seen, cursor=cmd.cursor, found=cmd.found, now=env.clock.now())
    return await env.commit(loaded.put(after), call=cmd.call) if after else loaded.value


async def postpone_review(env: Env, cmd: PostponeReview) -> CreditAccount:
    """The account with its review postponed or ended; unchanged if none is pending."""
    loaded = await env.load(ACCOUNTS, cmd.id, call=cmd.call)
    partner = await get(env.store, PARTNERS, loaded.value.partner_id)
    suspended = partner is not None and partner.value.status is PartnerStatus.SUSPENDED
    after = postponed(loaded.value, suspended=suspended, now=env.clock.now())
    return await env.commit(loaded.put(after), call=cmd.call) if after else loaded.value
