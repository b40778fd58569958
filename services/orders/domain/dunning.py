"""Asking for what is overdue, step by step: when each step is due, what it changes, and what stops it."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Annotated

import msgspec
from msgspec import Meta
from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.domain.billing_events import InvoiceDunned, InvoiceDunningBlocked, InvoiceDunningBlockEnded
from services.orders.domain.invoice import DunningBlock, Invoice, balanced
from services.orders.domain.states import MAY_DUN

Days = Annotated[int, Meta(ge=1, le=1000)]


class DunningPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many days after the due date each step is due, the first one first; none: nobody is dunned. ValueError unless
    they rise strictly, so that days lie between two steps."""

    days_past_due: Annotated[tuple[Days, ...], Meta(max_length=9)] = (7, 21, 35)

    def __post_init__(self) -> None:
        if any(later <= earlier for earlier, later in pairwise(self.days_past_due)):
            raise ValueError("days_past_due must rise from step to step")


class DunningNotBlocked(AppError):
    """Nothing stops the dunning of this invoice."""

    code, reason = Code.FAILED_PRECONDITION, "DUNNING_NOT_BLOCKED"

    def __init__(self, invoice_id: str) -> None:
        super().__init__(f"the dunning of invoice {invoice_id} is not blocked", invoice_id=invoice_id)


def step_due(invoice: Invoice, policy: DunningPolicy) -> date | None:
    """The day on which the next step is due; None if none follows, or not while things stand as they do."""
    if invoice.dunning_watch is None or invoice.dunning_level >= len(policy.days_past_due):
        return None
    return invoice.dunning_watch + timedelta(days=policy.days_past_due[invoice.dunning_level])


def dun(invoice: Invoice, policy: DunningPolicy, *, today: date, now: datetime) -> tuple[Invoice, InvoiceDunned]:
    """The invoice with its next step, which is due, taken today. The steps after it are counted from today: whoever is
    dunned late has as many days until the next step as one who was dunned on the day."""
    days = policy.days_past_due[invoice.dunning_level]
    dunned = replace(
        invoice,
        dunning_level=invoice.dunning_level + 1,
        dunning_time=now,
        dunning_start=today - timedelta(days=days),
        update_time=now,
    )
    event = InvoiceDunned(
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        invoice_id=invoice.id,
        number=invoice.number,
        open=invoice.open,
        due_date=invoice.due_date,
        dunning_level=dunned.dunning_level,
        final_notice=dunned.dunning_level == len(policy.days_past_due),
    )
    return balanced(dunned), event


def block(
    invoice: Invoice, wanted: DunningBlock, *, today: date, now: datetime
) -> tuple[Invoice, InvoiceDunningBlocked]:
    """The invoice, not dunned for now. WrongState if nothing is open; InvalidInput for a last day that has passed."""
    require_state("invoice", invoice.id, invoice.state, action="block its dunning", allowed=MAY_DUN)
    if wanted.until is not None and wanted.until < today:
        raise InvalidInput([Violation("until", f"is before today, {today}", "IN_THE_PAST")])
    event = InvoiceDunningBlocked(
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        invoice_id=invoice.id,
        reason=wanted.reason,
        until=wanted.until,
    )
    return balanced(replace(invoice, dunning_block=wanted, update_time=now)), event


def end_block(invoice: Invoice, *, now: datetime) -> tuple[Invoice, InvoiceDunningBlockEnded]:
    """The invoice, to be dunned from where it was; DunningNotBlocked."""
    if invoice.dunning_block is None:
        raise DunningNotBlocked(invoice.id)
    event = InvoiceDunningBlockEnded(
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        invoice_id=invoice.id,
        reason=invoice.dunning_block.reason,
    )
    return balanced(replace(invoice, dunning_block=None, update_time=now)), event
