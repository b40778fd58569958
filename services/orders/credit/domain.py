"""How much a partner may owe in one currency, how much it does, and what we owe it, document by document.

The account's version guards the sums: whatever opens, invoices or settles writes it in the same commit, so that of two
orders which together exceed the limit one is held.
"""

from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from services.orders.credit.events import CreditOpened, CreditTermsSet

Day = date  # for fields that are called date
SUSPENSION_LASTS = timedelta(hours=1)  # the interval of reviews of a suspended partner's account


class HoldReview(msgspec.Struct, frozen=True, kw_only=True):
    """That the orders of an account which are held for credit are to be evaluated again, the oldest first.

    due: from when on. after: the page to go on with, as the store's cursor. again: there is more room than when the
    first of them was looked at, or one more order to look at.
    """

    due: datetime
    after: str = ""
    again: bool = False


class PartnerCredit(Document, frozen=True, kw_only=True):
    """What we owe a partner by one document, a payment on account or a credit note; the id is the document's with
    another prefix. amount: what came onto the account, zero once the payment was reversed. date: of the document.
    open_date: the same while something is open."""

    partner_id: str
    payment_id: str = ""
    credit_note_id: str = ""
    order_id: str = ""
    number: str = ""
    date: Day
    amount: Money
    allocated: Money
    refunded: Money
    open: Money
    open_date: Day | None
    create_time: datetime
    update_time: datetime

    @property
    def currency(self) -> str:
        """Currency of all its amounts."""
        return self.amount.currency


class CreditAccount(Document, frozen=True, kw_only=True):
    """One partner in one currency; the id is `<partner>:<currency>`.

    It exists from the first order or payment on, also without terms (`limit` None). `terms_version` counts the changes
    of the terms, and is the account's etag. `open_credits`: what we owe the partner; None: nothing. `settleable`:
    whether both sides owe something, so that credits could be allocated. `holds_orders`: whether orders may be held for
    want of credit; `review`: whether its held orders are due for review.
    """

    partner_id: str
    currency: str
    limit: Money | None = None
    terms_days: int = 0
    terms_version: int = 0
    open_orders: Money
    unpaid_invoices: Money
    open_credits: Money | None = None
    settleable: bool = False
    holds_orders: bool = True  # of an account that was written before this was counted, nobody knows
    review: HoldReview | None = None
    update_time: datetime | None = None

    @property
    def owed(self) -> Money:
        """What we owe the partner."""
        return self.open_credits or Money.zero(self.currency)

    @property
    def balance(self) -> Money:
        """What the partner owes us, negative if we owe more: where its statement ends."""
        return self.unpaid_invoices - self.owed

    @property
    def has_terms(self) -> bool:
        """Whether anything was agreed on what may be owed."""
        return self.limit is not None

    @property
    def exposure(self) -> Money:
        """What is owed or will be, less what we owe; negative if that is more."""
        return self.open_orders + self.balance

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


def shift(
    account: CreditAccount,
    *,
    orders: Money | None = None,
    invoices: Money | None = None,
    credits: Money | None = None,
) -> CreditAccount:
    """The account with its sums moved by these amounts, which may be negative; no sum may become so. InvalidInput for a
    debt that no account can hold, the partner's or ours."""
    zero = Money.zero(account.currency)
    open_orders = account.open_orders + (orders or zero)
    unpaid = account.unpaid_invoices + (invoices or zero)
    assert open_orders.amount >= 0, f"open orders of {account.id} would be {open_orders}"
    owed = account.owed + (credits or zero)
    assert unpaid.amount >= 0, f"unpaid invoices of {account.id} would be {unpaid}"
    assert owed.amount >= 0, f"open credits of {account.id} would be {owed}"
    if (open_orders + unpaid).amount > LIMIT_UNITS * PER_UNIT:
        raise InvalidInput([Violation("lines", f"come to an exposure above {LIMIT_UNITS}", "OUT_OF_RANGE")])
    if owed.amount > LIMIT_UNITS * PER_UNIT:
        raise InvalidInput([Violation("amount", f"brings the credits above {LIMIT_UNITS}", "OUT_OF_RANGE")])
    return replace(
        account,
        open_orders=open_orders,
        unpaid_invoices=unpaid,
        open_credits=owed if owed.amount else None,
        settleable=bool(owed.amount and unpaid.amount),
    )


def open_credit(
    *,
    partner_id: str,
    amount: Money,
    date: Day,
    payment_id: str = "",
    credit_note_id: str = "",
    order_id: str = "",
    number: str = "",
    now: datetime,
) -> tuple[PartnerCredit, CreditOpened]:
    """What we owe a partner by a document, nothing of it used."""
    nothing = Money.zero(amount.currency)
    credit = PartnerCredit(
        id=credit_id(payment_id or credit_note_id),
        partner_id=partner_id,
        payment_id=payment_id,
        credit_note_id=credit_note_id,
        order_id=order_id,
        number=number,
        date=date,
        amount=amount,
        allocated=nothing,
        refunded=nothing,
        open=amount,
        open_date=date,
        create_time=now,
        update_time=now,
    )
    event = CreditOpened(
        credit_id=credit.id,
        partner_id=partner_id,
        amount=amount,
        payment_id=payment_id,
        credit_note_id=credit_note_id,
    )
    return credit, event


def credit_id(document_id: str) -> str:
    """The id of the credit of a document."""
    return "crd" + document_id[document_id.index("_") :]


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
