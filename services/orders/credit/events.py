"""The events of credit terms and partner credits; the protos document each of them."""

import msgspec

from libs.money import Money


class CreditOpened(msgspec.Struct, frozen=True, kw_only=True):
    credit_id: str
    partner_id: str
    amount: Money
    payment_id: str = ""
    credit_note_id: str = ""


class CreditTermsSet(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    limit: Money
    terms_days: int
