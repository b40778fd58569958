"""Protobuf to commands and erasures to protobuf, by field name."""

from libs.call import Call
from libs.erasing import SubjectDataErased
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from services.compliance.erasure import usecases
from services.compliance.erasure.domain import Erasure, ErasureStatement
from services.compliance.erasure.usecases import RecordErasure

ERASURE = Mapper(Erasure, pb.Erasure)

BEGIN = Mapper(usecases.BeginErasure, pb.BeginErasureRequest)
GET = Mapper(usecases.GetErasure, pb.GetErasureRequest)


def statement_of(envelope: Envelope, call: Call) -> RecordErasure:
    """The command that records the statement in an event of any service."""
    told = EventCodec.decode(envelope, SubjectDataErased)
    statement = EventCodec.decode(envelope, ErasureStatement)
    return RecordErasure(call=call, case_id=told.case_id, statement=statement, told=told, sender=envelope.sender)
