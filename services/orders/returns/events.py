"""The events of returns; the protos document each of them."""

from datetime import date

from services.orders.record.events import OrderEvent
from services.orders.returns.domain.states import ReturnReason


class ReturnEvent(OrderEvent, frozen=True, kw_only=True):
    """The base of the events of returns."""

    return_id: str


class ReturnAuthorized(ReturnEvent, frozen=True, kw_only=True):
    ticket_id: str
    reason: ReturnReason


class ReturnReceived(ReturnEvent, frozen=True, kw_only=True):
    receive_date: date


class ReturnInspected(ReturnEvent, frozen=True, kw_only=True):
    accepted: bool


class ReturnRefunded(ReturnEvent, frozen=True, kw_only=True):
    credit_note_id: str


class ReturnReplaced(ReturnEvent, frozen=True, kw_only=True):
    shipment_id: str


class ReturnRepaired(ReturnEvent, frozen=True, kw_only=True):
    shipment_id: str
