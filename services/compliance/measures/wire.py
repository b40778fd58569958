"""Protobuf to commands and measures to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.measures import SubjectMeasureStated
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from services.compliance.measures import usecases
from services.compliance.measures.domain import Measure, MeasureStatement
from services.compliance.measures.usecases import RecordMeasure

MEASURE = Mapper(Measure, pb.Measure)

BEGIN_RECTIFICATION = Mapper(usecases.BeginRectification, pb.BeginRectificationRequest)
BEGIN_RESTRICTION = Mapper(usecases.BeginRestriction, pb.BeginRestrictionRequest)
LIFT = Mapper(usecases.LiftRestriction, pb.LiftRestrictionRequest)
DECIDE = Mapper(usecases.DecideObjection, pb.DecideObjectionRequest)
GET = Mapper(usecases.GetMeasure, pb.GetMeasureRequest)


def statement_of(envelope: Envelope, call: Call) -> RecordMeasure:
    """The command that records the statement in an event of any service."""
    told = EventCodec.decode(envelope, SubjectMeasureStated)
    statement = EventCodec.decode(envelope, MeasureStatement)
    return RecordMeasure(call=call, case_id=told.case_id, statement=statement, told=told, sender=envelope.sender)
