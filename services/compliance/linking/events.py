"""The events of links; the protos document each of them."""

from enum import Enum

import msgspec

from services.compliance.requests.domain.links import LinkedState


class LinkStep(Enum):
    """What happened to the state of a linked request."""

    STATED = "STATED"
    LEARNED = "LEARNED"


class SubjectRequestLinked(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    link_id: str


class RequestLinkStated(msgspec.Struct, frozen=True, kw_only=True):
    link_id: str
    state: LinkedState


class RequestLinkRecorded(msgspec.Struct, frozen=True, kw_only=True):
    link_id: str
    case_id: str = ""
    step: LinkStep
    cell: str
    state: LinkedState
