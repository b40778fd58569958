"""Opens partner credits for old credit notes: those that were written before the service stored partner credits."""

from msgspec.structs import replace

from libs.call import Command
from services.orders.billing.documents import CREDIT_NOTES, INVOICES
from services.orders.billing.domain.credit_note import CreditNote, owed_by, release
from services.orders.billing.reads import Change, credit_writes, settlement
from services.orders.credit.reads import account_lock
from services.orders.settings import Env


class BookCreditNote(Command, frozen=True, kw_only=True):
    """Store what we owe the partner by an old credit note as a partner credit."""

    id: str


async def book_credit_note(env: Env, cmd: BookCreditNote) -> CreditNote:
    """The credit note, booked; a credit note that is booked already is returned unchanged."""
    seen = (await env.load(CREDIT_NOTES, cmd.id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.payable.currency):
        loaded = await env.load(CREDIT_NOTES, cmd.id, call=cmd.call)
        note = loaded.value
        if note.booked:
            return note
        invoice = await env.load(INVOICES, note.invoice_id, call=cmd.call) if note.invoice_id else None
        after = release(invoice.value, min(note.payable, invoice.value.surplus)) if invoice else None
        changes = [Change(invoice, after)] if invoice and after and after is not invoice.value else []
        owed = owed_by(note, invoice.value if invoice else None, after)
        settled = await settlement(env, note.partner_id, changes, owed=owed, call=cmd.call)
        opened = credit_writes(env, note, owed)
        return await env.commit(
            loaded.put(replace(note, booked=True)), *settled.writes, *opened.writes, events=opened.events, call=cmd.call
        )
