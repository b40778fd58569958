"""What credit notes took back before credits of partners were kept becomes such credits."""

from msgspec.structs import replace

from libs.call import Command
from services.orders.billing.documents import CREDIT_NOTES, INVOICES
from services.orders.billing.domain.credit_note import CreditNote, owed_by, release
from services.orders.billing.reads import Change, credit_writes, settlement
from services.orders.credit.reads import account_lock
from services.orders.settings import Env


class BookCreditNote(Command, frozen=True, kw_only=True):
    """Keep what we owe by an old credit note as a credit of the partner."""

    id: str


async def book_credit_note(env: Env, cmd: BookCreditNote) -> CreditNote:
    """The credit note, booked; as it is if it was."""
    seen = (await env.load(CREDIT_NOTES, cmd.id, call=cmd.call)).value
    async with account_lock(env, seen.partner_id, seen.payable.currency):
        held = await env.load(CREDIT_NOTES, cmd.id, call=cmd.call)
        note = held.value
        if note.booked:
            return note
        invoice = await env.load(INVOICES, note.invoice_id, call=cmd.call) if note.invoice_id else None
        after = release(invoice.value, min(note.payable, invoice.value.surplus)) if invoice else None
        changes = [Change(invoice, after)] if invoice and after and after is not invoice.value else []
        owed = owed_by(note, invoice.value if invoice else None, after)
        rest = await settlement(env, note.partner_id, changes, owed=owed, call=cmd.call)
        opened = credit_writes(env, note, owed)
        return await env.commit(
            held.put(replace(note, booked=True)), *rest.writes, *opened.writes, events=opened.events, call=cmd.call
        )
