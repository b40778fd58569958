"""Dunning, step by step: when a step is due, what it changes, and what blocks it."""

from datetime import date, datetime, timedelta

from msgspec.structs import replace

from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from services.orders.billing.domain.invoice import DunningBlock, Invoice, balanced
from services.orders.billing.domain.states import MAY_DUN
from services.orders.dunning.events import (
    InvoiceDunned,
    InvoiceDunningBlocked,
    InvoiceDunningBlockEnded,
    InvoiceFellOverdue,
)


class DunningNotBlocked(AppError):
    """The invoice has no dunning block."""

    code, reason = Code.FAILED_PRECONDITION, "DUNNING_NOT_BLOCKED"

    def __init__(self, invoice_id: str) -> None:
        super().__init__(f"the dunning of invoice {invoice_id} is not blocked", invoice_id=invoice_id)


def fall_overdue(invoice: Invoice, *, today: date, now: datetime) -> tuple[Invoice, InvoiceFellOverdue] | None:
    """The overdue invoice and its event; None if its due date has not passed, or was published as missed before."""
    if invoice.watch_due is None or invoice.watch_due >= today:
        return None
    event = InvoiceFellOverdue(
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        invoice_id=invoice.id,
        open=invoice.open,
        due_date=invoice.due_date,
    )
    return balanced(replace(invoice, overdue=True, update_time=now)), event


def dun(
    invoice: Invoice, days_past_due: tuple[int, ...], *, today: date, now: datetime
) -> tuple[Invoice, InvoiceDunned] | None:
    """The invoice with its next dunning step taken, and the event; None if no step is due. days_past_due: the days of
    each step, rising. Later steps are counted from today, so an invoice that is dunned late has as many days until the
    next step as one dunned on time."""
    due = step_due(invoice, days_past_due)
    if due is None or today < due:
        return None
    dunned = replace(
        invoice,
        dunning_level=invoice.dunning_level + 1,
        dunning_time=now,
        dunning_start=today - timedelta(days=days_past_due[invoice.dunning_level]),
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
        final_notice=dunned.dunning_level == len(days_past_due),
    )
    return balanced(dunned), event


def block(
    invoice: Invoice, wanted: DunningBlock, *, today: date, now: datetime
) -> tuple[Invoice, InvoiceDunningBlocked]:
    """The invoice with this dunning block, and the event. WrongState if nothing is open; InvalidInput if `until` is
    past."""
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
    """The invoice without its block, and the event; dunning continues with the next step. DunningNotBlocked."""
    if invoice.dunning_block is None:
        raise DunningNotBlocked(invoice.id)
    event = InvoiceDunningBlockEnded(
        order_id=invoice.order_id,
        partner_id=invoice.partner_id,
        invoice_id=invoice.id,
        reason=invoice.dunning_block.reason,
    )
    return balanced(replace(invoice, dunning_block=None, update_time=now)), event


def expire_block(invoice: Invoice, *, today: date, now: datetime) -> tuple[Invoice, InvoiceDunningBlockEnded] | None:
    """The invoice without its block, and the event; None unless the last day of the block has passed."""
    block = invoice.dunning_block
    if block is None or block.until is None or today <= block.until:
        return None
    return end_block(invoice, now=now)


def step_due(invoice: Invoice, days_past_due: tuple[int, ...]) -> date | None:
    """The day on which the next dunning step is due; None if there is no further step or the invoice may not be
    dunned."""
    if invoice.dunning_watch is None or invoice.dunning_level >= len(days_past_due):
        return None
    return invoice.dunning_watch + timedelta(days=days_past_due[invoice.dunning_level])
