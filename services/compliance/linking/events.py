"""The events of links; the protos document each of them."""

import msgspec

from services.compliance.requests.domain.links import LinkedState


class SubjectRequestLinked(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    link_id: str


class RequestLinkStated(msgspec.Struct, frozen=True, kw_only=True):
    link_id: str
    state: LinkedState
