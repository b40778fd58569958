"""The event of a conversion, as published to other services; the proto describes it."""

import msgspec

from libs.money import Money
from services.deals.claims.events import RegistrationEvent


class ConvertedLine(msgspec.Struct, frozen=True):
    sku: str
    product_line: str
    quantity: int
    expected_amount: Money | None


class RegistrationConverted(RegistrationEvent, frozen=True, kw_only=True):
    country: str
    subdivision: str
    currency: str
    lines: tuple[ConvertedLine, ...]
