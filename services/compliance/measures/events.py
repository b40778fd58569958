"""The events of measures; the protos document each of them."""

import msgspec

from libs.measure_act import MeasureAct
from services.compliance.measures.domain import ObjectionGround, ObjectionOutcome


class MeasureAsked(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    act: MeasureAct
    round: int
    object_name: str


class MeasureCompleted(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    act: MeasureAct
    round: int
    left: bool


class ObjectionDecided(msgspec.Struct, frozen=True, kw_only=True):
    case_id: str
    outcome: ObjectionOutcome
    ground: ObjectionGround | None = None
