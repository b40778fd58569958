"""Protobuf and events to commands, requests to protobuf, by field name."""

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.compliance import v1 as pb
from libs.subject_data import SubjectDataLocated
from services.compliance.requests import usecases
from services.compliance.requests.domain.links import LinkedRequest
from services.compliance.requests.domain.request import KindCount, ServiceAnswer, SubjectRequest

REQUEST = Mapper(SubjectRequest, pb.SubjectRequest)

CREATE = Mapper(usecases.CreateRequest, pb.CreateRequestRequest)
GET = Mapper(usecases.GetRequest, pb.GetRequestRequest)
LIST = Mapper(usecases.ListRequests, pb.ListRequestsRequest)

_LINKED = Mapper(LinkedRequest, pb.LinkedRequest)


def shown(found: usecases.LinkedWith) -> pb.GetRequestResponse:
    """A request, with its link and the states of the other cells."""
    linked = [_LINKED.encode(one) for one in found.linked]
    return pb.GetRequestResponse(request=REQUEST.encode(found.request), link_id=found.link_id, linked=linked)


def answer_of(envelope: Envelope, call: Call) -> usecases.RecordAnswer:
    """The command that records the answer in an event."""
    located = EventCodec.decode(envelope, SubjectDataLocated)
    answer = ServiceAnswer(
        service=located.service,
        round=located.round,
        counts=tuple(KindCount(kind=count.kind, rows=count.rows) for count in located.counts),
        alias_hashes=located.alias_hashes,
        object_name=located.object_name,
        sha256=located.sha256,
        signature=located.signature,
        answer_time=envelope.time,
    )
    return usecases.RecordAnswer(
        call=call, case_id=located.case_id, answer=answer, located=located, sender=envelope.sender
    )
