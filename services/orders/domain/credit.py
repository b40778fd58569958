"""How much a partner may owe in one currency, and how much it does.

The account's version guards the sums: whatever opens, invoices or settles writes it in the same commit, so that of two
orders which together exceed the limit one is held.
"""

from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.money import LIMIT_UNITS, PER_UNIT, Money


class CreditAccount(Document, frozen=True, kw_only=True):
    """One partner in one currency; the id is `<partner>:<currency>`.

    It exists from the first order on, also without terms (`limit` None). `terms_version` counts the changes of the
    terms, and is the account's etag.
    """

    partner_id: str
    currency: str
    limit: Money | None = None
    terms_days: int = 0
    terms_version: int = 0
    open_orders: Money
    unpaid_invoices: Money
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
    return over if account.limit is None or over.amount > 0 else None
