"""Whether a person is frozen, and why."""

from datetime import datetime

from libs.document import Document
from services.compliance.holds.domain import LegalHold, LegalHoldState
from services.compliance.requests.domain.moves import OPEN
from services.compliance.requests.domain.request import SubjectRequest


class PersonFreeze(Document, frozen=True, kw_only=True):
    """What was stated last about the person of a request. object_name: of the encrypted object with the hashes; empty
    unless it is active."""

    case_id: str
    active: bool
    object_name: str = ""
    create_time: datetime
    update_time: datetime


def freeze_id(case_id: str) -> str:
    """The id of the freeze of a request."""
    return f"frz_{case_id.partition('_')[2]}"


def frozen(request: SubjectRequest | None, hold: LegalHold | None) -> tuple[str, ...]:
    """The hashes of the person, sorted, while the request is open or its hold active; else none."""
    found: set[str] = set()
    if request is not None and request.state in OPEN:
        found.update(request.alias_hashes)
    if hold is not None and hold.state is LegalHoldState.ACTIVE:
        found.update(hold.alias_hashes)
    return tuple(sorted(found))
