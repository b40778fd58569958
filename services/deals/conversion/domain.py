"""The conversion of a protected claim into an order, and the link from the claim to that order."""

from datetime import datetime

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.money import currency_violations, current_currencies
from services.deals.claims.domain.registration import Registration, refuse_lost
from services.deals.claims.domain.states import MAY_CONVERT, Review, Stage
from services.deals.conversion.events import ConvertedLine, RegistrationConverted
from services.deals.protection.domain import closed, effective_review


class CurrencyUnknown(AppError):
    """Neither the request nor a line of the claim has a currency for the order."""

    code, reason = Code.FAILED_PRECONDITION, "CURRENCY_UNKNOWN"

    def __init__(self, id: str) -> None:
        super().__init__(f"no line of {id} has an amount; name the currency of the order", id=id)


def convert(reg: Registration, currency: str, *, now: datetime) -> tuple[Registration, RegistrationConverted]:
    """The claim in CONVERTED and WON, and the event from which the orders service creates the order. WrongState unless
    it is protected now, DealLost, CurrencyUnknown; InvalidInput for a currency that the order cannot have."""
    require_state("registration", reg.id, effective_review(reg, now), action="convert", allowed=MAY_CONVERT)
    refuse_lost(reg)
    own = reg.expected_amount.currency if reg.expected_amount else ""
    if not (currency or own):
        raise CurrencyUnknown(reg.id)
    _refuse_currency(currency, own)
    event = RegistrationConverted(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        country=reg.customer.country,
        subdivision=reg.customer.subdivision,
        currency=currency or own,
        lines=tuple(
            ConvertedLine(line.sku, line.product_line, line.quantity, line.expected_amount) for line in reg.lines
        ),
    )
    return replace(closed(reg, Review.CONVERTED, now), stage=Stage.WON), event


def link(reg: Registration, *, order_id: str, partner_id: str) -> Registration | None:
    """The converted claim with the id of its order; None if the claim is not converted, has an order already, or is of
    another partner than the order."""
    if reg.review is not Review.CONVERTED or reg.order_id or reg.partner_id != partner_id:
        return None
    return replace(reg, order_id=order_id)


def _refuse_currency(currency: str, own: str) -> None:
    """UNKNOWN_CURRENCY if the currency is not in use today; MIXED_CURRENCY if it differs from `own`, the currency of
    the expected amounts, unless `own` is no longer in use."""
    wanted = currency or own
    if unknown := tuple(currency_violations(wanted)):
        raise InvalidInput(unknown)
    if own in current_currencies() and wanted != own:
        raise InvalidInput([Violation("currency", f"is not {own} as the expected amounts are", "MIXED_CURRENCY")])
