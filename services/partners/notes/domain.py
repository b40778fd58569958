"""What somebody wrote down about a partner, and for how long it is kept."""

from datetime import datetime, timedelta

from libs.document import Document
from libs.errors import InvalidInput, Violation
from libs.person import Person, PersonalText
from services.partners.notes.events import PartnerNoteCreated

KEPT = timedelta(days=365)


class PartnerNote(Document, frozen=True, kw_only=True):
    """A note; it never changes."""

    partner_id: str
    body: PersonalText
    create_time: datetime


def written(id: str, partner_id: str, body: PersonalText, *, now: datetime) -> tuple[PartnerNote, PartnerNoteCreated]:
    """A new note; InvalidInput for one that says nothing."""
    if not body.text.strip():
        raise InvalidInput([Violation("body.text", "must say something", "REQUIRED")])
    note = PartnerNote(id=id, partner_id=partner_id, body=body, create_time=now)
    return note, PartnerNoteCreated(partner_note_id=id, partner_id=partner_id)


def persons(note: PartnerNote) -> tuple[Person, ...]:
    """Who wrote it or is spoken of, if anybody is known."""
    return (Person(person_id=note.body.person_id),) if note.body.person_id else ()
