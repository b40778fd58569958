"""The tables between requests and two protocols: OpenDSR 1.0 and the Data Rights Protocol 0.9.

Outwards every type, law and state has a value. Where the protocol has none it is `prm:` and our name, so that a reader
of the protocol sees that the value is not of the protocol, and ours can be read back. Inwards nothing is guessed.
"""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import NamedTuple, TypeVar

import msgspec

from libs.errors import InvalidInput, Violation
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.requests.domain.request import SubjectRequest
from services.compliance.requests.domain.states import DenialReason, RequestState

OWN = "prm:"
E = TypeVar("E", bound=Enum)


class Protocol(Enum):
    """The protocols whose words are known."""

    OPENDSR = "OPENDSR"
    DATA_RIGHTS_PROTOCOL = "DATA_RIGHTS_PROTOCOL"


class Words(NamedTuple):
    """The words of a protocol. types, regimes: of ours that it knows. states: of every one of ours. read_types,
    read_states: the further words that are read, and what as. reasons: whether it names denial reasons. verifying: its
    reason of a request that waits for a proof of identity; empty if it has none."""

    types: Mapping[RequestType, str]
    read_types: Mapping[str, RequestType]
    regimes: Mapping[Regime, str]
    states: Mapping[RequestState, str]
    read_states: Mapping[str, RequestState]
    reasons: bool
    verifying: str


_WORDS = {
    Protocol.OPENDSR: Words(
        types={
            RequestType.ACCESS: "access",
            RequestType.PORTABILITY: "portability",
            RequestType.ERASURE: "erasure",
        },
        read_types={},
        regimes={Regime.GDPR: "gdpr", Regime.CCPA: "ccpa"},
        states={
            RequestState.RECEIVED: "pending",
            RequestState.VERIFYING_IDENTITY: "pending",
            RequestState.IN_PROGRESS: "in_progress",
            RequestState.ON_HOLD: "in_progress",
            RequestState.READY_FOR_REVIEW: "in_progress",
            RequestState.COMPLETED: "completed",
            RequestState.PARTIALLY_COMPLETED: "completed",
            RequestState.DENIED: "cancelled",
            RequestState.WITHDRAWN: "cancelled",
            RequestState.EXPIRED: "cancelled",
        },
        read_states={
            "pending": RequestState.RECEIVED,
            "in_progress": RequestState.IN_PROGRESS,
            "completed": RequestState.COMPLETED,
            "cancelled": RequestState.WITHDRAWN,
        },
        reasons=False,
        verifying="",
    ),
    Protocol.DATA_RIGHTS_PROTOCOL: Words(
        types={
            RequestType.ACCESS: "access",
            RequestType.ERASURE: "deletion",
            RequestType.OPT_OUT: "sale:opt_out",
        },
        read_types={"access:categories": RequestType.ACCESS, "access:specific": RequestType.ACCESS},
        regimes={Regime.CCPA: "ccpa"},
        states={
            RequestState.RECEIVED: "open",
            RequestState.VERIFYING_IDENTITY: "in_progress",
            RequestState.IN_PROGRESS: "in_progress",
            RequestState.ON_HOLD: "in_progress",
            RequestState.READY_FOR_REVIEW: "in_progress",
            RequestState.COMPLETED: "fulfilled",
            RequestState.PARTIALLY_COMPLETED: "fulfilled",
            RequestState.DENIED: "denied",
            RequestState.WITHDRAWN: "revoked",
            RequestState.EXPIRED: "expired",
        },
        read_states={
            "open": RequestState.RECEIVED,
            "in_progress": RequestState.IN_PROGRESS,
            "fulfilled": RequestState.COMPLETED,
            "denied": RequestState.DENIED,
            "revoked": RequestState.WITHDRAWN,
            "expired": RequestState.EXPIRED,
        },
        reasons=True,
        verifying="need_user_verification",
    ),
}


class ExternalStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A request in the words of a protocol. reason: of a denial, or that a proof of identity is needed; empty if there
    is none or the protocol names none."""

    type: str
    regime: str
    status: str
    reason: str


class Translated(msgspec.Struct, frozen=True, kw_only=True):
    """What words of a protocol mean here; None for a word that was not given."""

    type: RequestType | None = None
    regime: Regime | None = None
    state: RequestState | None = None
    denial_reason: DenialReason | None = None


def status_of(request: SubjectRequest, protocol: Protocol) -> ExternalStatus:
    """The request in the words of the protocol."""
    words = _WORDS[protocol]
    reason = ""
    if words.reasons and request.denial_reason is not None:
        reason = request.denial_reason.name.lower()
    elif request.state is RequestState.VERIFYING_IDENTITY:
        reason = words.verifying
    return ExternalStatus(
        type=words.types.get(request.type) or _own(request.type),
        regime=words.regimes.get(request.regime) or _own(request.regime),
        status=words.states[request.state],
        reason=reason,
    )


def translate(protocol: Protocol, *, type: str, regime: str, status: str, reason: str) -> Translated:
    """What the words mean; an empty one means nothing. InvalidInput (UNKNOWN_VALUE) with every unknown word."""
    words = _WORDS[protocol]
    types, regimes = _read(words.types, RequestType), _read(words.regimes, Regime)
    reading: dict[str, tuple[str, Mapping[str, Enum]]] = {
        "type": (type, {**types, **words.read_types}),
        "regime": (regime, regimes),
        "status": (status, words.read_states),
        "reason": (reason, _reasons(words)),
    }
    if wrong := list(_unknown(protocol, reading)):
        raise InvalidInput(wrong)
    meant = {field: table.get(word) for field, (word, table) in reading.items()}
    found = {"type": meant["type"], "regime": meant["regime"], "state": meant["status"]}
    return msgspec.convert({**found, "denial_reason": meant["reason"]}, Translated)


def _unknown(protocol: Protocol, reading: Mapping[str, tuple[str, Mapping[str, Enum]]]) -> Iterator[Violation]:
    for field, (word, table) in reading.items():
        if word and word not in table:
            known = ", ".join(sorted(table)) or "none"
            yield Violation(field, f"is none of {protocol.name} that is known here: {known}", "UNKNOWN_VALUE")


def _read(table: Mapping[E, str], ours: type[E]) -> dict[str, E]:
    """The words of the protocol, and ours for the values that it lacks."""
    return {table.get(one) or _own(one): one for one in ours}


def _reasons(words: Words) -> dict[str, DenialReason]:
    return {one.name.lower(): one for one in DenialReason} if words.reasons else {}


def _own(value: Enum) -> str:
    return f"{OWN}{value.name.lower()}"
