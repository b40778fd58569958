"""Terms were agreed on; the proto says what it means."""

import msgspec

from libs.money import Money


class CreditTermsSet(msgspec.Struct, frozen=True, kw_only=True):
    partner_id: str
    limit: Money
    terms_days: int
