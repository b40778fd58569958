"""Notes on partners: written, listed, deleted."""

from libs.call import Command
from libs.person import PersonalText
from libs.store.port import Page, create
from services.partners.notes import domain
from services.partners.notes.documents import PARTNER_NOTES
from services.partners.notes.domain import PartnerNote
from services.partners.record.documents import PARTNERS
from services.partners.settings import Env


class CreatePartnerNote(Command, frozen=True, kw_only=True):
    """Write a note."""

    partner_id: str
    body: PersonalText


class ListPartnerNotes(Command, frozen=True, kw_only=True):
    """Ask for the notes on a partner."""

    partner_id: str
    page_size: int = 0
    page_token: str = ""


class DeletePartnerNote(Command, frozen=True, kw_only=True):
    """Delete a note that is too old."""

    id: str


async def create_partner_note(env: Env, cmd: CreatePartnerNote) -> PartnerNote:
    """The new note."""
    partner = (await env.load(PARTNERS, cmd.partner_id, call=cmd.call)).value
    note, event = domain.written(env.ids.new("pnt"), partner.id, cmd.body, now=env.clock.now())
    return await env.commit(create(PARTNER_NOTES, note), events=[event], call=cmd.call)


async def list_partner_notes(env: Env, cmd: ListPartnerNotes) -> Page[PartnerNote]:
    """By id."""
    await env.show(PARTNERS, cmd.partner_id, call=cmd.call)
    filters = {"partner_id": cmd.partner_id}
    return await env.listing(PARTNER_NOTES, filters, call=cmd.call, page_size=cmd.page_size, page_token=cmd.page_token)


async def delete_partner_note(env: Env, cmd: DeletePartnerNote) -> PartnerNote:
    """The note that was deleted; nobody finds its persons by it any more."""
    held = await env.load(PARTNER_NOTES, cmd.id, call=cmd.call)
    return await env.remove(held, call=cmd.call)
