"""The events of questions between cells; each service that asks has messages of these names. `asked` and `answered`
cross the border, `recorded` does not."""

from enum import Enum

import msgspec

from libs.cross_checks.domain import CheckState, Finding


class CheckStep(Enum):
    """What happened to a question."""

    ASKED = "ASKED"
    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    LEARNED = "LEARNED"


class CrossCheckAsked(msgspec.Struct, frozen=True, kw_only=True):
    question_id: str
    to_cells: tuple[str, ...]
    key: str
    hashes: tuple[str, ...]


class CrossCheckAnswered(msgspec.Struct, frozen=True, kw_only=True):
    question_id: str
    to_cell: str
    hit: bool
    findings: tuple[Finding, ...] = ()


class CrossCheckRecorded(msgspec.Struct, frozen=True, kw_only=True):
    question_id: str
    resource_id: str = ""
    step: CheckStep
    cells: tuple[str, ...]
    state: CheckState | None = None


EVENTS = (CrossCheckAsked, CrossCheckAnswered, CrossCheckRecorded)
