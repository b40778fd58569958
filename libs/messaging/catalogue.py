"""The events that leave the product as webhooks, by their subjects, and what a message of one is as JSON."""

import importlib
from collections.abc import Mapping
from functools import cache
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from libs.messaging.envelope import Envelope
from libs.messaging.events import UnreadableEvent, events_of, message_type, senders
from libs.pb.prm.options.v1 import options_pb2

_INNER = frozenset(
    {
        *("calls.recorded", "lane.stated", "purge_run.ended", "handover.stated", "person_freeze.stated"),
        *("subject_data.located", "subject_data.erased", "subject_measure.stated", "cross_check.recorded"),
        *("erasure.asked", "measure.asked", "purge_rehearsal.asked"),
    }
)
"""What services tell each other of their own work, and is of no use outside: who called what, heads of lanes, and the
questions and answers by which they act together. Without the name of the service."""


@cache
def deliverable() -> Mapping[str, str]:
    """The full names of the messages by the subjects of their events, without `prm.<cell>.`: every event of the cell
    but those that are about the services themselves."""
    found: dict[str, str] = {}
    for service in senders():
        for name in events_of(service):
            module = importlib.import_module(f"libs.pb.prm.{service}.v1.{name}")
            for message in module.DESCRIPTOR.message_types_by_name.values():
                option = message.GetOptions().Extensions[options_pb2.event]
                if option.reach == options_pb2.REACH_CELL and _is_outer(option.subject):
                    found[option.subject] = message.full_name
    return found


def event_as_json(envelope: Envelope) -> dict[str, Any]:
    """The message of an event in ProtoJSON, with the names of the fields in the protos, as the catalogue of events has
    them. UnreadableEvent."""
    try:
        message = message_type(envelope.type)()
        message.ParseFromString(envelope.body)
    except (DecodeError, LookupError) as err:
        raise UnreadableEvent(envelope) from err
    return MessageToDict(message, preserving_proto_field_name=True)


def _is_outer(subject: str) -> bool:
    return subject.partition(".")[2] not in _INNER
