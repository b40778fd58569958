"""The kinds of credit accounts and partner credits, with their indexes."""

from libs.store.port import Index, Kind
from services.orders.credit.domain import CreditAccount, PartnerCredit

ACCOUNTS = Kind(
    "credit_account",
    CreditAccount,
    (
        *(Index((*one, "has_terms")) for one in (("partner_id", "currency"), ("partner_id",), ("currency",), ())),
        Index(("partner_id",)),
        Index(("review.due",)),
        Index(("settleable",)),
    ),
    owner="partner_id",
)


PARTNER_CREDITS = Kind(
    "partner_credit",
    PartnerCredit,
    (Index(("open_date",)), Index(("partner_id", "open_date"))),
    owner="partner_id",
)


KINDS = (ACCOUNTS, PARTNER_CREDITS)
