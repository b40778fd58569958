"""Notes on competitors at a customer."""

from datetime import datetime

from libs.document import Document
from libs.person import Person, PersonalText


class CompetitorNote(Document, frozen=True, kw_only=True):
    """A note. customer_id: the record to which it was added. whole_id: the vendor's record of the same customer.
    partner_id: of its author, empty for the vendor's people."""

    customer_id: str
    whole_id: str
    partner_id: str = ""
    competitor: str
    product_line: str = ""
    note: PersonalText | None = None
    create_time: datetime

    @property
    def place(self) -> str:
        """Orders notes by time."""
        return f"{self.create_time:%Y%m%dT%H%M%S.%f}-{self.id}"


def persons(note: CompetitorNote) -> tuple[Person, ...]:
    """The person that the note is about, with its id alone."""
    return (Person(person_id=note.note.person_id),) if note.note and note.note.person_id else ()
