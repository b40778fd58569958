"""An erasure: rounds that ask every service, until no statement names further aliases; then the certificate."""

from datetime import datetime, timedelta
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, require_state
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestState, RequestType

ROUNDS_AT_MOST = 20


class ErasureState(Enum):
    """The state of an erasure."""

    ASKED = "ASKED"
    CERTIFIED = "CERTIFIED"
    HELD = "HELD"


class NoErasure(AppError):
    """The request asks for no erasure."""

    code, reason = Code.FAILED_PRECONDITION, "NO_ERASURE"

    def __init__(self, request: SubjectRequest) -> None:
        name = request.type.name
        super().__init__(f"{request.id} asks for {name} and not for an erasure", id=request.id, type=name)


class ErasedCount(msgspec.Struct, frozen=True, kw_only=True):
    """In how many rows of a kind the person was erased."""

    kind: str
    rows: int


class WithheldRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a kind that were left, with the ground and its basis; until_time: None if the end is not known."""

    kind: str
    rows: int
    ground: str
    basis: str
    until_time: datetime | None = None


class ErasureStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a service stated in a round, with its signature over all of it (`libs.erasing.statement_text`)."""

    case_id: str
    service: str
    round: int
    counts: tuple[ErasedCount, ...]
    withheld: tuple[WithheldRows, ...]
    ledger_number: int
    ledger_hash: str
    object_name: str
    erase_time: datetime
    signature: str


class ErasureCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """The signed proof. content: JSON. signature: Ed25519 of its bytes."""

    content: bytes
    signature: bytes
    public_key: bytes


class Erasure(Document, frozen=True, kw_only=True):
    """The erasure of a request. round: 0 while no service was asked. object_name: of the encrypted object with the
    hashes of the present round. hold_id: the legal hold that stops it, if it is HELD."""

    case_id: str
    state: ErasureState = ErasureState.ASKED
    round: int = 0
    object_name: str = ""
    hold_id: str = ""
    missing_services: tuple[str, ...] = SERVICES
    statements: tuple[ErasureStatement, ...] = ()
    certificate: ErasureCertificate | None = None
    create_time: datetime
    update_time: datetime

    @property
    def withheld(self) -> bool:
        """Whether rows were withheld."""
        return any(one.withheld for one in self.statements)


def new_erasure(case_id: str, now: datetime) -> Erasure:
    """The erasure of a request, of which no service was asked yet."""
    return Erasure(id=erasure_id(case_id), case_id=case_id, create_time=now, update_time=now)


def case_of(id: str) -> str:
    """The request of an erasure."""
    return f"dsr_{id.partition('_')[2]}"


def erasure_id(case_id: str) -> str:
    """The id of the erasure of a request."""
    return f"era_{case_id.partition('_')[2]}"


def require_erasable(request: SubjectRequest) -> None:
    """NoErasure, or WrongState unless every service has answered the last round of the search."""
    if request.type is not RequestType.ERASURE:
        raise NoErasure(request)
    ready = {RequestState.READY_FOR_REVIEW}
    require_state("subject_request", request.id, request.state, action="erase", allowed=ready)


def asked_again(erasure: Erasure, object_name: str, now: datetime) -> Erasure:
    """The erasure in a new round, which asks every service."""
    return replace(
        erasure,
        state=ErasureState.ASKED,
        hold_id="",
        round=erasure.round + 1,
        object_name=object_name,
        missing_services=SERVICES,
        statements=(),
        update_time=now,
    )


def held(erasure: Erasure, hold_id: str, now: datetime) -> Erasure:
    """The erasure, stopped by a legal hold; services that were asked before are not asked again."""
    return replace(erasure, state=ErasureState.HELD, hold_id=hold_id, update_time=now)


def stated(erasure: Erasure, statement: ErasureStatement, now: datetime) -> Erasure:
    """The erasure with the statement; the same object if it is of another round, or a second one."""
    waits = erasure.state is ErasureState.ASKED and statement.round == erasure.round
    if not waits or statement.service not in erasure.missing_services:
        return erasure
    statements = tuple(sorted((*erasure.statements, statement), key=lambda one: one.service))
    missing = tuple(one for one in erasure.missing_services if one != statement.service)
    return replace(erasure, statements=statements, missing_services=missing, update_time=now)


REACHED = ("rows", "recorded_answers", "rows_deleted_before", "persons_removed_before")
"""Where every service erased the person: in rows, in the answers that are recorded for repeated calls, and in earlier
copies of rows that were deleted, or from which the person was removed, before the erasure."""


def certificate_content(erasure: Erasure, *, cell: str, key_backups_for: timedelta, now: datetime) -> bytes:
    """The JSON of the certificate. key_backups_for: how long a backup of keys may exist."""
    content = {
        "format": "prm-erasure-certificate/1",
        "cell": cell,
        "case_id": erasure.case_id,
        "rounds": erasure.round,
        "services": SERVICES,
        "reached": REACHED,
        "statements": erasure.statements,
        "key_backups_until": now + key_backups_for,
        "certify_time": now,
    }
    return msgspec.json.format(msgspec.json.encode(content, order="sorted"))
