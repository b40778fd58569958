"""A measure: rounds that ask every service to correct, restrict or release the data of the person of a request."""

from datetime import datetime
from enum import Enum

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.measure_act import MeasureAct
from services.compliance.requests.domain.request import SERVICES, SubjectRequest
from services.compliance.requests.domain.states import RequestChannel, RequestState, RequestType

RECTIFIED = frozenset({RequestType.RECTIFICATION})
RESTRICTED = frozenset({RequestType.RESTRICTION, RequestType.OBJECTION})


class MeasureState(Enum):
    """The state of a measure."""

    ASKED = "ASKED"
    TAKEN = "TAKEN"


class ObjectionOutcome(Enum):
    """The outcome of an objection."""

    UPHELD = "UPHELD"
    OVERRULED = "OVERRULED"


class ObjectionGround(Enum):
    """Why an objection is overruled."""

    COMPELLING_LEGITIMATE_GROUNDS = "COMPELLING_LEGITIMATE_GROUNDS"
    LEGAL_CLAIMS = "LEGAL_CLAIMS"
    PUBLIC_INTEREST = "PUBLIC_INTEREST"


class NoMeasure(AppError):
    """The services take no such measure for this request."""

    code, reason = Code.FAILED_PRECONDITION, "NO_MEASURE"

    def __init__(self, request: SubjectRequest, why: str) -> None:
        super().__init__(f"{request.id}, {request.type.name}: {why}", id=request.id, type=request.type.name)


class MeasureOutstanding(AppError):
    """What the request asks for has not been done everywhere."""

    code, reason = Code.FAILED_PRECONDITION, "MEASURE_OUTSTANDING"

    def __init__(self, request: SubjectRequest, why: str) -> None:
        super().__init__(f"{request.id}, {request.type.name}: {why}", id=request.id, type=request.type.name)


class MeasuredCount(msgspec.Struct, frozen=True, kw_only=True):
    """In how many rows of a kind the measure was taken."""

    kind: str
    rows: int


class LeftRows(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a kind that were left as they are, with the ground and its basis."""

    kind: str
    rows: int
    ground: str
    basis: str
    until_time: datetime | None = None


class MeasureStatement(msgspec.Struct, frozen=True, kw_only=True):
    """What a service states about a round. signature: hex."""

    service: str
    act: MeasureAct
    round: int
    counts: tuple[MeasuredCount, ...] = ()
    left: tuple[LeftRows, ...] = ()
    take_time: datetime
    signature: str


class ObjectionDecision(msgspec.Struct, frozen=True, kw_only=True):
    """How an objection was decided."""

    outcome: ObjectionOutcome
    ground: ObjectionGround | None = None
    decide_time: datetime


class LiftNotice(msgspec.Struct, frozen=True, kw_only=True):
    """How and when the person was told that the restriction ends."""

    channel: RequestChannel
    told_time: datetime


class Measure(Document, frozen=True, kw_only=True):
    """The measure of a request. object_name: of the encrypted order of the present round."""

    case_id: str
    act: MeasureAct
    state: MeasureState = MeasureState.ASKED
    round: int = 0
    object_name: str = ""
    missing_services: tuple[str, ...] = SERVICES
    statements: tuple[MeasureStatement, ...] = ()
    fields: tuple[str, ...] = ()
    objection: ObjectionDecision | None = None
    lift_notice: LiftNotice | None = None
    create_time: datetime
    update_time: datetime

    @property
    def left(self) -> bool:
        """Whether rows were left as they are."""
        return any(one.left for one in self.statements)


def measure_id(case_id: str) -> str:
    """The id of the measure of a request."""
    return f"mea_{case_id.partition('_')[2]}"


def new_measure(case_id: str, act: MeasureAct, now: datetime) -> Measure:
    """The measure of a request, for which no service was asked yet."""
    return Measure(id=measure_id(case_id), case_id=case_id, act=act, create_time=now, update_time=now)


def require_type(request: SubjectRequest, types: frozenset[RequestType]) -> None:
    """NoMeasure for a request of another type; WrongState unless every service has answered the last round."""
    if request.type not in types:
        raise NoMeasure(request, f"it is for {' and '.join(sorted(one.name for one in types))}")
    ready = {RequestState.READY_FOR_REVIEW}
    require_state("subject_request", request.id, request.state, action="begin the measure", allowed=ready)


def require_restricted(request: SubjectRequest, measure: Measure | None) -> Measure:
    """The measure; NoMeasure unless the person's data is restricted for the request, or being released."""
    if measure is None or measure.act is MeasureAct.RECTIFY:
        raise NoMeasure(request, "nothing is restricted for it")
    return measure


def asked_again(measure: Measure, act: MeasureAct, object_name: str, now: datetime) -> Measure:
    """The measure in a new round, which asks every service."""
    return replace(
        measure,
        act=act,
        state=MeasureState.ASKED,
        round=measure.round + 1,
        object_name=object_name,
        missing_services=SERVICES,
        statements=(),
        update_time=now,
    )


def stated(measure: Measure, statement: MeasureStatement, now: datetime) -> Measure:
    """The measure with the statement, TAKEN with the last one; the same object if it is of another round, or a second
    one."""
    present = statement.act is measure.act and statement.round == measure.round
    if not present or statement.service not in measure.missing_services:
        return measure
    statements = tuple(sorted((*measure.statements, statement), key=lambda one: one.service))
    missing = tuple(one for one in measure.missing_services if one != statement.service)
    state = measure.state if missing else MeasureState.TAKEN
    return replace(measure, statements=statements, missing_services=missing, state=state, update_time=now)


def decided(
    request: SubjectRequest, measure: Measure, outcome: ObjectionOutcome, ground: ObjectionGround | None, now: datetime
) -> Measure:
    """The measure with the decision about the objection. InvalidInput if a ground is missing, or given for UPHELD;
    NoMeasure if the request is no objection; MeasureOutstanding before every service has restricted the data."""
    if request.type is not RequestType.OBJECTION:
        raise NoMeasure(request, "it is no objection")
    if (ground is not None) is not (outcome is ObjectionOutcome.OVERRULED):
        raise InvalidInput([Violation("ground", "goes with OVERRULED, and only with it", "GROUND_OF_OVERRULED")])
    if measure.act is MeasureAct.RELEASE:
        raise NoMeasure(request, "nothing is restricted for it any more")
    if measure.state is not MeasureState.TAKEN:
        raise MeasureOutstanding(request, f"no statement yet from {', '.join(measure.missing_services)}")
    decision = ObjectionDecision(outcome=outcome, ground=ground, decide_time=now)
    return replace(measure, objection=decision, update_time=now)


def require_taken(request: SubjectRequest, measure: Measure | None) -> None:
    """MeasureOutstanding if the request asks for a measure that not every service has taken, or for the decision of an
    objection that there is not."""
    if request.type not in RECTIFIED | RESTRICTED:
        return
    begin = "BeginRectification" if request.type in RECTIFIED else "BeginRestriction"
    if measure is None:
        raise MeasureOutstanding(request, f"no service was asked: {begin}")
    if measure.state is not MeasureState.TAKEN:
        raise MeasureOutstanding(request, f"no statement yet from {', '.join(measure.missing_services)}")
    if request.type is RequestType.OBJECTION and measure.objection is None:
        raise MeasureOutstanding(request, "it was not decided: DecideObjection")
