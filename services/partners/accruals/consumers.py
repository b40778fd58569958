"""The consumers of accruals: subject -> use case."""

from libs.call import Call
from libs.messaging.envelope import Envelope
from libs.messaging.intake import Consumer
from services.partners.accruals import usecases, wire
from services.partners.settings import Env


async def on_invoice(env: Env, envelope: Envelope, call: Call) -> None:
    """Store what an invoice may accrue."""
    await env.run(usecases.record_invoice, wire.invoice(envelope, call))


async def on_credit_note(env: Env, envelope: Envelope, call: Call) -> None:
    """Store what a credit note may take back."""
    await env.run(usecases.record_credit_note, wire.credit_note(envelope, call))


CONSUMERS: tuple[Consumer[Env], ...] = (
    Consumer("orders.invoice.issued", on_invoice),
    Consumer("orders.credit_note.issued", on_credit_note),
)
