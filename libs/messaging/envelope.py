"""CloudEvents 1.0 in binary mode: attributes in NATS headers, a protobuf message as the body."""

from datetime import datetime

import msgspec

SPEC_VERSION = "1.0"


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """One event on the wire.

    id: unique, also the Nats-Msg-Id. type: full name of the protobuf message, `prm.deals.v1.RegistrationApproved`.
    source: `prm/<cell>/<service>`. about: id of the aggregate (`ce-subject`). version: the aggregate's version after
    the change; a projection ignores an older one than it has. subject: the NATS subject. actor, method, request_id:
    on whose behalf, for the audit trail; opaque ids only. body: the message, serialized.
    """

    id: str
    type: str
    source: str
    about: str
    version: int
    subject: str
    time: datetime
    actor: str = ""
    method: str = ""
    request_id: str = ""
    traceparent: str = ""
    body: bytes = b""

    def headers(self) -> dict[str, str]:
        """The NATS headers; Nats-Msg-Id makes JetStream drop what it has seen within its window."""
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
            "ce-prmmethod": self.method,
            "ce-prmrequestid": self.request_id,
            "traceparent": self.traceparent,
        }
        # Each header costs the reader half a microsecond, so what is empty is left out.
        found.update({name: value for name, value in rest.items() if value})
        return found

    @classmethod
    def read(cls, subject: str, headers: dict[str, str] | None, body: bytes) -> "Envelope":
        """The event in a message; ValueError if its headers are not those of one."""
        found = headers or {}
        try:
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
                method=found.get("ce-prmmethod", ""),
                request_id=found.get("ce-prmrequestid", ""),
                traceparent=found.get("traceparent", ""),
                body=body,
            )
        except KeyError as err:
            raise ValueError(f"header {err.args[0]} is missing") from err
