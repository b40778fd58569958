"""The events of partner credits; the protos document each of them."""

from datetime import date

import msgspec

from libs.money import Money
from services.orders.billing.domain.states import PaymentReversalReason


class PaymentOnAccountRecorded(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: str
    partner_id: str
    amount: Money
    value_date: date


class CreditAllocated(msgspec.Struct, frozen=True, kw_only=True):
    allocation_id: str
    credit_id: str
    invoice_id: str
    order_id: str
    partner_id: str
    amount: Money


class AllocationReversed(msgspec.Struct, frozen=True, kw_only=True):
    allocation_id: str
    credit_id: str
    invoice_id: str
    order_id: str
    partner_id: str
    amount: Money


class PaymentReversed(msgspec.Struct, frozen=True, kw_only=True):
    payment_id: str
    partner_id: str
    invoice_id: str = ""
    amount: Money
    reverse_date: date
    reason: PaymentReversalReason


class CreditRefunded(msgspec.Struct, frozen=True, kw_only=True):
    credit_id: str
    refund_id: str
    partner_id: str
    amount: Money


class CreditReduced(msgspec.Struct, frozen=True, kw_only=True):
    credit_id: str
    invoice_id: str
    order_id: str
    partner_id: str
    amount: Money


class RefundRecorded(msgspec.Struct, frozen=True, kw_only=True):
    refund_id: str
    partner_id: str
    amount: Money
    refund_date: date
