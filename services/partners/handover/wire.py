"""Protobuf to commands; handovers and their items to protobuf, by field name."""

from libs.call import Call
from libs.handover_row import HandoverStated
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.partners import v1 as pb
from services.partners.handover import usecases
from services.partners.handover.domain import Handover, HandoverItem, Stated

ITEM = Mapper(HandoverItem, pb.HandoverItem)
OPEN = Mapper(usecases.OpenHandover, pb.OpenHandoverRequest)
CONFIRM = Mapper(usecases.ConfirmHandover, pb.ConfirmHandoverRequest)
CANCEL = Mapper(usecases.CancelHandover, pb.CancelHandoverRequest)
GET = Mapper(usecases.GetHandover, pb.GetHandoverRequest)
LIST = Mapper(usecases.ListHandovers, pb.ListHandoversRequest)
LIST_ITEMS = Mapper(usecases.ListHandoverItems, pb.ListHandoverItemsRequest)
_HANDOVER = Mapper(Handover, pb.Handover)


def handover(found: Handover) -> pb.Handover:
    """The handover, with the services that are awaited."""
    return _HANDOVER.encode(found, missing_services=found.missing_services)


def statement_of(envelope: Envelope, call: Call) -> usecases.RecordStatement:
    """The command that records the statement in an event; its service is the one that sent it."""
    told = EventCodec.decode(envelope, HandoverStated)
    stated = Stated(envelope.sender, told.act, told.rows, told.total if told.done else None)
    return usecases.RecordStatement(call=call, handover_id=told.handover_id, told=stated)
