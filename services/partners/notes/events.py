"""What happens to notes; the protos say what each event means."""

import msgspec


class PartnerNoteCreated(msgspec.Struct, frozen=True, kw_only=True):
    """A note was written."""

    partner_note_id: str
    partner_id: str
