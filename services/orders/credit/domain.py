"""How much a partner may owe in one currency, and how much it does.

The account's version guards the sums: whatever opens, invoices or settles writes it in the same commit, so that of two
orders which together exceed the limit one is held.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from services.orders.credit.events import CreditTermsSet

SUSPENSION_LASTS = timedelta(hours=1)  # the interval of reviews of a suspended partner's account


class HoldReview(msgspec.Struct, frozen=True, kw_only=True):
    """That the orders of an account which are held for credit are to be evaluated again, the oldest first.

    due: from when on. after: the page to go on with, as the store's cursor. again: there is more room than when the
    first of them was looked at, or one more order to look at.
    """

    due: datetime
    after: str = ""
    again: bool = False


class CreditAccount(Document, frozen=True, kw_only=True):
    """One partner in one currency; the id is `<partner>:<currency>`.

    It exists from the first order on, also without terms (`limit` None). `terms_version` counts the changes of the
    terms, and is the account's etag. `holds_orders`: whether orders may be held for want of credit; `review`: whether
    its held orders are due for review.
    """

    partner_id: str
    currency: str
    limit: Money | None = None
    terms_days: int = 0
    terms_version: int = 0
    open_orders: Money
    unpaid_invoices: Money
    holds_orders: bool = True  # of an account that was written before this was counted, nobody knows
    review: HoldReview | None = None
    update_time: datetime | None = None

    @property
    def exposure(self) -> Money:
        """What is owed or will be."""
        return self.open_orders + self.unpaid_invoices

    @property
    def available(self) -> Money:
        """What may still be owed; negative if the limit is exceeded."""
        return (self.limit or Money.zero(self.currency)) - self.exposure


def account_id(partner_id: str, currency: str) -> str:
    """The id of an account."""
    return f"{partner_id}:{currency}"


def new_account(partner_id: str, currency: str) -> CreditAccount:
    """An account without terms and without debt."""
    zero = Money.zero(currency)
    return CreditAccount(
        id=account_id(partner_id, currency),
        partner_id=partner_id,
        currency=currency,
        open_orders=zero,
        unpaid_invoices=zero,
        holds_orders=False,
    )


def shift(account: CreditAccount, *, orders: Money | None = None, invoices: Money | None = None) -> CreditAccount:
    """The account with its two sums moved by these amounts, which may be negative; neither sum may become so.
    InvalidInput for a debt that no account can hold."""
    zero = Money.zero(account.currency)
    open_orders = account.open_orders + (orders or zero)
    unpaid = account.unpaid_invoices + (invoices or zero)
    assert open_orders.amount >= 0, f"open orders of {account.id} would be {open_orders}"
    assert unpaid.amount >= 0, f"unpaid invoices of {account.id} would be {unpaid}"
    if (open_orders + unpaid).amount > LIMIT_UNITS * PER_UNIT:
        raise InvalidInput([Violation("lines", f"come to an exposure above {LIMIT_UNITS}", "OUT_OF_RANGE")])
    return replace(account, open_orders=open_orders, unpaid_invoices=unpaid)


def excess(account: CreditAccount, amount: Money) -> Money | None:
    """By how much an order exceeds what is available; None if it fits. Without terms nothing fits."""
    over = amount - account.available
    if over.amount > 0:
        return over
    return Money.zero(account.currency) if account.limit is None else None


def with_room(before: CreditAccount, after: CreditAccount, *, now: datetime) -> CreditAccount:
    """The account as it is to be written: if more is available than before, the orders held for credit are due."""
    if after.limit is None or not after.holds_orders:
        return after
    if before.limit is not None and after.available <= before.available:
        return after
    review = replace(after.review, again=True) if after.review else HoldReview(due=now)
    return replace(after, review=review)


def with_held_order(account: CreditAccount) -> CreditAccount:
    """The account, one more order held for want of it."""
    review = replace(account.review, again=True) if account.review else None
    return replace(account, holds_orders=True, review=review)


def agree(
    account: CreditAccount, limit: Money, terms_days: int, *, now: datetime
) -> tuple[CreditAccount, CreditTermsSet] | None:
    """The account with its new terms, its held orders due for review if they leave more room; None if it has these
    terms already."""
    if (account.limit, account.terms_days) == (limit, terms_days):
        return None
    changed = replace(
        account, limit=limit, terms_days=terms_days, terms_version=account.terms_version + 1, update_time=now
    )
    event = CreditTermsSet(partner_id=account.partner_id, limit=limit, terms_days=terms_days)
    return with_room(account, changed, now=now), event


def reviewed(
    account: CreditAccount, seen: HoldReview, *, cursor: str, found: bool, now: datetime
) -> CreditAccount | None:
    """The account after a page of held orders was looked at; the review ends with the last one unless there is more to
    do. seen: the review as it was when the page was read; None if it has gone on since. cursor: of the next page, empty
    if there is none. found: whether the page had an order held for credit."""
    review = account.review
    if review is None or (review.due, review.after) != (seen.due, seen.after):
        return None
    if cursor:
        return replace(account, review=replace(review, after=cursor))
    if review.again:
        return replace(account, review=HoldReview(due=now))
    return replace(account, review=None, holds_orders=found or bool(review.after))


def postponed(account: CreditAccount, *, suspended: bool, now: datetime) -> CreditAccount | None:
    """The account of a partner that is not active: its review is due again in an hour while the partner is suspended,
    not at all once it has left. None if nothing is to be reviewed."""
    if account.review is None:
        return None
    later = replace(account.review, due=now + SUSPENSION_LASTS)
    return replace(account, review=later if suspended else None)
