"""Protobuf to commands and notes to protobuf, by field name."""

from libs.mapping import Mapper
from libs.pb.prm.partners import v1 as pb
from services.partners.notes import usecases
from services.partners.notes.domain import PartnerNote

PARTNER_NOTE = Mapper(PartnerNote, pb.PartnerNote)
CREATE = Mapper(usecases.CreatePartnerNote, pb.CreatePartnerNoteRequest)
LIST = Mapper(usecases.ListPartnerNotes, pb.ListPartnerNotesRequest)
