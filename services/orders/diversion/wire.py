"""Protobuf to commands; sightings, custody and cases to protobuf, by field name."""

import msgspec
from msgspec.structs import replace

from libs.call import Call
from libs.mapping import Mapper, to_wire
from libs.messaging.envelope import Envelope
from libs.messaging.events import EventCodec
from libs.pb.prm.orders import v1 as pb
from services.orders.diversion.domain.case import DiversionCase
from services.orders.diversion.domain.custody import Custody
from services.orders.diversion.domain.sighting import MonthShare, Sighting
from services.orders.diversion.usecases import cases, sightings

REPORT = Mapper(sightings.ReportSighting, pb.ReportSightingRequest)
RECORD = Mapper(sightings.RecordCustody, pb.RecordCustodyRequest)
LIST_SIGHTINGS = Mapper(sightings.ListSightings, pb.ListSightingsRequest)
GET = Mapper(cases.GetDiversionCase, pb.GetDiversionCaseRequest)
LIST = Mapper(cases.ListDiversionCases, pb.ListDiversionCasesRequest)
DECIDE = Mapper(cases.DecideDiversionCase, pb.DecideDiversionCaseRequest)
PATTERN = Mapper(cases.GetDiversionPattern, pb.GetDiversionPatternRequest)
CUSTODY = Mapper(Custody, pb.Custody)
SHARE = Mapper(MonthShare, pb.MonthShare)
_SIGHTING = Mapper(Sighting, pb.Sighting)
_CASE = Mapper(DiversionCase, pb.DiversionCase)


class TicketPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What the event of a new ticket says of a piece."""

    ticket_id: str
    partner_id: str
    country: str
    sku: str = ""
    serial: str = ""


def ticket(envelope: Envelope, call: Call) -> sightings.SeeTicket | None:
    """The command for a new ticket; None if it names no piece."""
    told = EventCodec.decode(envelope, TicketPayload)
    if not (told.sku and told.serial):
        return None
    return sightings.SeeTicket(call=call, **msgspec.structs.asdict(told))


def sighting(found: Sighting, call: Call) -> pb.Sighting:
    """A sighting as the caller may see it: a partner's people are not told what it means."""
    if not call.caller.partner_id:
        return _SIGHTING.encode(found)
    reported = replace(found, law="", holder_id="", sold_in="", diversion_case_id="", trace_id="")
    message = _SIGHTING.encode(reported)
    message.ClearField("outcome")
    return message


def case(found: DiversionCase) -> pb.DiversionCase:
    """A case with its pieces."""
    values = [to_wire(one) for one in found.values]
    return _CASE.encode(found, quantity=found.quantity, values=values, sha256=found.sha256)


def listed(found: DiversionCase) -> pb.DiversionCase:
    """A case without its pieces."""
    message = case(found)
    message.ClearField("pieces")
    return message
