"""Notes as they are stored, and by what they are found."""

from libs.store.port import Index, Kind, Persons
from services.partners.notes.domain import PartnerNote, persons

PARTNER_NOTES = Kind(
    "partner_note",
    PartnerNote,
    (Index(("partner_id",)), Index(("create_time",))),
    owner="partner_id",
    persons=Persons(of=persons),
)

KINDS = (PARTNER_NOTES,)
