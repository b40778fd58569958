"""How much a partner may owe in one currency, how much it owes, and what we owe it.

Whatever opens, invoices or settles something writes the account in the same commit. The version check of the account
therefore guards the sums: of two concurrent orders that together exceed the limit, one is held.
"""

from datetime import date, datetime, timedelta

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money
from libs.partner import CreditProposal, PartnerFacts
from services.orders.credit.events import CreditOpened, CreditTermsSet
from services.orders.record.domain.states import MAY_HAVE_TERMS

Day = date  # the type of fields that are named `date`
SUSPENSION_LASTS = timedelta(hours=1)  # the interval of reviews of a suspended partner's account


class HoldReview(msgspec.Struct, frozen=True, kw_only=True):
    """A pending review of the orders of an account that are held for credit, the oldest first.

    due: when the review may start. after: the store cursor of the next page. again: start over afterwards, because more
    credit became available or another order was held since the review began.
    """

    due: datetime
    after: str = ""
    again: bool = False


class PartnerCredit(Document, frozen=True, kw_only=True):
    """What we owe a partner because of one document, a payment on account or a credit note; the id is that of the
    document with another prefix. amount: the original amount, less what counts for the invoice of the credit note
    again; zero once the payment was reversed. date: the day of the document. open_date: the same day while something is
    open, else None. held_back: a person has reversed an allocation of it, and the policy does not allocate it before a
    person does."""

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
    held_back: bool = False
    create_time: datetime
    update_time: datetime

    @property
    def currency(self) -> str:
        """The currency of all amounts of the credit."""
        return self.amount.currency


class CreditAccount(Document, frozen=True, kw_only=True):
    """The credit account of a partner in one currency; the id is `<partner>:<currency>`.

    The first order or payment creates it, even without credit terms (`limit` None). `terms_version` counts the changes
    of the terms, and is the etag of the account. `open_credits`: what we owe the partner; None: nothing. `settleable`:
    there are both open credits and unpaid invoices, and the policy may find something to allocate. `holds_orders`:
    whether orders may be held for CREDIT. `review`: the pending review of these orders, if any.
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
    holds_orders: bool = True  # unknown for accounts written before this field existed
    review: HoldReview | None = None
    update_time: datetime | None = None

    @property
    def owed(self) -> Money:
        """What we owe the partner."""
        return self.open_credits or Money.zero(self.currency)

    @property
    def balance(self) -> Money:
        """What the partner owes us, negative if we owe more; the closing balance of its statement."""
        return self.unpaid_invoices - self.owed

    @property
    def has_terms(self) -> bool:
        """Whether credit terms were set."""
        return self.limit is not None

    @property
    def exposure(self) -> Money:
        """The open orders and unpaid invoices less what we owe the partner; may be negative."""
        return self.open_orders + self.balance

    @property
    def available(self) -> Money:
        """How much more the partner may owe; negative if the limit is exceeded."""
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


class AccountChanged(Exception):
    """Another commit has changed the account since the document was read whose amounts are moved."""


def shift(
    account: CreditAccount,
    *,
    orders: Money | None = None,
    invoices: Money | None = None,
    credits: Money | None = None,
) -> CreditAccount:
    """The account with these amounts, which may be negative, added to its sums. AccountChanged if a sum would become
    negative; InvalidInput if what the partner owes, or what we owe, exceeds LIMIT_UNITS."""
    zero = Money.zero(account.currency)
    open_orders = account.open_orders + (orders or zero)
    unpaid = account.unpaid_invoices + (invoices or zero)
    owed = account.owed + (credits or zero)
    for name, amount in (("open orders", open_orders), ("unpaid invoices", unpaid), ("open credits", owed)):
        if amount.amount < 0:
            raise AccountChanged(f"{name} of {account.id} would be {amount}")
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
    """A new, unused credit for a document, and its event."""
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
    """The id of the credit that a payment or credit note opens."""
    return "crd" + document_id[document_id.index("_") :]


def excess(account: CreditAccount, amount: Money) -> Money | None:
    """By how much an order exceeds what is available; None if it fits. Without terms nothing fits."""
    over = amount - account.available
    if over.amount > 0:
        return over
    return Money.zero(account.currency) if account.limit is None else None


def with_room(before: CreditAccount, after: CreditAccount, *, now: datetime) -> CreditAccount:
    """The account `after`, with a review of its held orders due if more credit is available than `before`."""
    if after.limit is None or not after.holds_orders:
        return after
    if before.limit is not None and after.available <= before.available:
        return after
    review = replace(after.review, again=True) if after.review else HoldReview(due=now)
    return replace(after, review=review)


def with_held_order(account: CreditAccount) -> CreditAccount:
    """The account after one more order was held for CREDIT."""
    review = replace(account.review, again=True) if account.review else None
    return replace(account, holds_orders=True, review=review)


def agree(
    account: CreditAccount, limit: Money, terms_days: int, *, now: datetime
) -> tuple[CreditAccount, CreditTermsSet] | None:
    """The account with its new terms, and the event; None if it has these terms already. If more credit is available, a
    review of its held orders is due."""
    if (account.limit, account.terms_days) == (limit, terms_days):
        return None
    changed = replace(
        account, limit=limit, terms_days=terms_days, terms_version=account.terms_version + 1, update_time=now
    )
    event = CreditTermsSet(partner_id=account.partner_id, limit=limit, terms_days=terms_days)
    return with_room(account, changed, now=now), event


def proposed_limit(partner: PartnerFacts, currency: str) -> CreditProposal | None:
    """The limit that the level of the partner proposes in a currency, also if it is no rise; None if there is none, or
    if the partner may have no terms."""
    proposal = partner.credit_proposal
    if proposal is None or proposal.limit.currency != currency or partner.status not in MAY_HAVE_TERMS:
        return None
    return proposal


def reviewed(
    account: CreditAccount, seen: HoldReview, *, cursor: str, found: bool, now: datetime
) -> CreditAccount | None:
    """The account after a page of held orders was reviewed; None if the review has moved on since the page was read.
    seen: the review as it was then. cursor: of the next page, empty after the last one, which ends the review unless it
    starts over. found: whether the page had an order held for CREDIT."""
    review = account.review
    if review is None or (review.due, review.after) != (seen.due, seen.after):
        return None
    if cursor:
        return replace(account, review=replace(review, after=cursor))
    if review.again:
        return replace(account, review=HoldReview(due=now))
    return replace(account, review=None, holds_orders=found or bool(review.after))


def postponed(account: CreditAccount, *, suspended: bool, now: datetime) -> CreditAccount | None:
    """The account of a partner that is not ACTIVE: its review is due again in an hour if the partner is suspended, else
    it ends. None if no review is pending."""
    if account.review is None:
        return None
    later = replace(account.review, due=now + SUSPENSION_LASTS)
    return replace(account, review=later if suspended else None)
