"""Protobuf to commands, deliveries to protobuf, and an event to the JSON that is posted."""

from collections.abc import Collection
from typing import Any

import msgspec

from libs.call import Call
from libs.mapping import Mapper
from libs.messaging.catalogue import event_as_json
from libs.messaging.envelope import SPEC_VERSION, Envelope
from libs.pb.prm.hooks import v1 as pb
from libs.store.paging import page_end
from libs.store.port import Page
from services.hooks.deliveries import usecases
from services.hooks.deliveries.domain.delivery import Delivery

CONTENT_TYPE = "application/cloudevents+json"

GET = Mapper(usecases.GetDelivery, pb.GetDeliveryRequest)
LIST = Mapper(usecases.ListDeliveries, pb.ListDeliveriesRequest)
REDELIVER = Mapper(usecases.Redeliver, pb.RedeliverRequest)
REDELIVER_SINCE = Mapper(usecases.RedeliverSince, pb.RedeliverSinceRequest)
GET_BACKLOG = Mapper(usecases.GetBacklog, pb.GetBacklogRequest)
DELIVERY = Mapper(Delivery, pb.Delivery)
BACKLOG = Mapper(usecases.Backlog, pb.Backlog)


def deliveries(page: Page[Delivery]) -> pb.ListDeliveriesResponse:
    """A page of deliveries to protobuf."""
    rows = [DELIVERY.encode(loaded.value) for loaded in page.rows]
    return pb.ListDeliveriesResponse(deliveries=rows, **page_end(page))


def event_type(envelope: Envelope) -> str:
    """The subject of an event, without `prm.<cell>.`."""
    return envelope.subject.split(".", 2)[2]


def event_to_take(envelope: Envelope, call: Call, without_version: Collection[str]) -> usecases.TakeEvent:
    """The command for an event. without_version: the events whose version a partner may not know. UnreadableEvent."""
    data = event_as_json(envelope)
    whole = _cloud_event(envelope, data)
    hidden = {"prmversion"} if event_type(envelope) in without_version else frozenset[str]()
    partner_id = data.get("partner_id", "")
    return usecases.TakeEvent(
        call=call,
        event_id=envelope.id,
        event_type=event_type(envelope),
        resource_id=envelope.about,
        event_time=envelope.time,
        partner_ids=(partner_id,) if isinstance(partner_id, str) and partner_id else (),
        body=msgspec.json.encode(whole),
        partner_body=msgspec.json.encode({name: one for name, one in whole.items() if name not in hidden}),
    )


def _cloud_event(envelope: Envelope, data: dict[str, Any]) -> dict[str, Any]:
    """CloudEvents 1.0 in structured mode. Who acted stays in the cell: a pseudonym is personal data too."""
    return {
        "specversion": SPEC_VERSION,
        "id": envelope.id,
        "source": envelope.source,
        "type": envelope.type,
        "subject": envelope.about,
        "time": envelope.time.isoformat(),
        "datacontenttype": "application/json",
        "prmversion": envelope.version,
        "prmsubject": event_type(envelope),
        "data": data,
    }
