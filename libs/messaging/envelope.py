"""CloudEvents 1.0 in binary mode: attributes in NATS headers, a protobuf message as the body."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from libs.messaging.border.names import crosses, home_subject

SPEC_VERSION = "1.0"
LANE_HEADER = "ce-prmlane"


class Header(NamedTuple):
    """What a header of an event holds. always: whether every event has it; others are left out where they are empty."""

    means: str
    always: bool = False


HEADERS = {
    "Nats-Msg-Id": Header("The same as `ce-id`; the broker stores an event once.", always=True),
    "ce-specversion": Header("The version of CloudEvents, `1.0`.", always=True),
    "ce-id": Header("The id of the event: the same each time it is delivered.", always=True),
    "ce-type": Header("The full name of the protobuf message that the body is.", always=True),
    "ce-source": Header("Who sent it: `prm/<cell>/<service>`.", always=True),
    "ce-subject": Header("The id of the document that the event is about.", always=True),
    "ce-time": Header("When it happened, ISO 8601 in UTC.", always=True),
    "ce-dataschema": Header("The same as `ce-type`.", always=True),
    "ce-prmversion": Header(
        "The version of that document after the change, a whole number that only grows. Events arrive at least once "
        "and in any order: ignore one whose version is older than what you have of this document.",
        always=True,
    ),
    "ce-prmactor": Header("Who did it: an opaque subject, never a name."),
    "ce-prmroles": Header("The roles of the actor, separated by commas."),
    "ce-prmpartner": Header("The partner whose people the actor is one of."),
    "ce-prmonbehalfof": Header("The subject for whom the actor acted."),
    "ce-prmmethod": Header("The RPC that was called, or the job or consumer that acted."),
    "ce-prmchanged": Header(
        "Names of the document's fields that have another value now, separated by commas; none if it is new."
    ),
    "ce-prmrequestid": Header("The `request_id` of the call."),
    "traceparent": Header("The trace of the call, as W3C Trace Context."),
    LANE_HEADER: Header(
        "`<lane>/<number>`: where it stands among the events of one process of its service. The numbers of a lane "
        "count from 1 without a gap. The heads of lanes, `lane.stated`, have none."
    ),
}


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event on the wire.

    HEADERS says what each header means. about: the id of the document that it is about (`ce-subject`). subject: of the
    NATS message. body: the protobuf message, serialized.

    For the audit trail, opaque ids and names only: actor, roles, partner_id, on_behalf_of (as `libs.call.Caller` has
    them), method, request_id, changed.

    lane, number: set when it is read; empty and 0 for an event from a release before 2026-11-28.
    """

    id: str
    type: str
    source: str
    about: str
    version: int
    subject: str
    time: datetime
    actor: str = ""
    roles: tuple[str, ...] = ()
    partner_id: str = ""
    on_behalf_of: str = ""
    method: str = ""
    changed: tuple[str, ...] = ()
    request_id: str = ""
    traceparent: str = ""
    lane: str = ""
    number: int = 0
    body: bytes = b""

    @property
    def sender(self) -> str:
        """The service that sent the event, from the subject: the broker lets only that service publish on it."""
        return home_subject(self.subject).split(".", 3)[2]

    @property
    def cell(self) -> str:
        """The cell that sent the event, from the subject."""
        return home_subject(self.subject).split(".", 2)[1]

    @property
    def crosses(self) -> bool:
        """Whether it is published for other cells, and not in its own."""
        return crosses(self.subject)

    def headers(self) -> dict[str, str]:
        """The NATS headers; JetStream drops a message whose Nats-Msg-Id it has stored within its duplicate window."""
        found = {
            "Nats-Msg-Id": self.id,
            "ce-specversion": SPEC_VERSION,
            "ce-id": self.id,
            "ce-type": self.type,
            "ce-source": self.source,
            "ce-subject": self.about,
            "ce-time": self.time.isoformat(),
            "ce-dataschema": self.type,
            "ce-prmversion": str(self.version),
        }
        rest = {
            "ce-prmactor": self.actor,
            "ce-prmroles": ",".join(self.roles),
            "ce-prmpartner": self.partner_id,
            "ce-prmonbehalfof": self.on_behalf_of,
            "ce-prmmethod": self.method,
            "ce-prmchanged": ",".join(self.changed),
            "ce-prmrequestid": self.request_id,
            "traceparent": self.traceparent,
        }
        # Each header costs the consumer half a microsecond, so empty ones are left out.
        found.update({name: value for name, value in rest.items() if value})
        return found

    @classmethod
    def read(cls, subject: str, headers: dict[str, str] | None, body: bytes) -> "Envelope":
        """The event in a message; ValueError if its headers are not those of an event."""
        found = headers or {}
        try:
            if found["ce-source"] != "/".join(home_subject(subject).split(".", 3)[:3]):
                raise ValueError("header ce-source names another service than the subject")
            lane, _, number = found.get(LANE_HEADER, "").partition("/")
            time = datetime.fromisoformat(found["ce-time"])
            if time.tzinfo is None:
                raise ValueError("header ce-time has no zone")
            return cls(
                id=found["ce-id"],
                type=found["ce-type"],
                source=found["ce-source"],
                about=found["ce-subject"],
                version=int(found["ce-prmversion"]),
                subject=subject,
                time=time,
                actor=found.get("ce-prmactor", ""),
                roles=_names(found.get("ce-prmroles", "")),
                partner_id=found.get("ce-prmpartner", ""),
                on_behalf_of=found.get("ce-prmonbehalfof", ""),
                method=found.get("ce-prmmethod", ""),
                changed=_names(found.get("ce-prmchanged", "")),
                request_id=found.get("ce-prmrequestid", ""),
                traceparent=found.get("traceparent", ""),
                lane=lane,
                number=int(number) if lane else 0,
                body=body,
            )
        except KeyError as err:
            raise ValueError(f"header {err.args[0]} is missing") from err


def _names(header: str) -> tuple[str, ...]:
    return tuple(header.split(",")) if header else ()
