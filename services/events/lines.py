"""One line for each event that passes. Events hold no personal data: the build refuses fields that could."""

import msgspec
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import DecodeError

from libs.messaging.envelope import Envelope
from libs.messaging.events import message_type
from libs.messaging.following import Passed

FIELDS_CHARACTERS = 4_000


def line(passed: Passed) -> str:
    """Time, subject, id of the document, its version and the fields as JSON, between tabs; of a message that is no
    event, why. ASCII without control characters."""
    if (event := passed.event) is None:
        columns = (passed.stored.isoformat(), passed.subject, "", "", f"no event: {passed.fault}")
    else:
        columns = (event.time.isoformat(), passed.subject, event.about, str(event.version), _fields(event))
    return "\t".join(ascii(one)[1:-1] if not one.isascii() or not one.isprintable() else one for one in columns)


def _fields(event: Envelope) -> str:
    try:
        message = message_type(event.type)()
        message.ParseFromString(event.body)
    except (DecodeError, LookupError):
        return f"{len(event.body)} bytes that are no {event.type} of this release"
    text = msgspec.json.encode(MessageToDict(message, preserving_proto_field_name=True)).decode()
    return text if len(text) <= FIELDS_CHARACTERS else f"{text[:FIELDS_CHARACTERS]}... ({len(text)} characters)"
