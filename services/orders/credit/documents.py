"""The kinds of credit accounts, with their indexes."""

from libs.store.port import Index, Kind
from services.orders.credit.domain import CreditAccount

ACCOUNTS = Kind("credit_account", CreditAccount, (Index(("partner_id",)), Index(("review.due",))), owner="partner_id")
KINDS = (ACCOUNTS,)
