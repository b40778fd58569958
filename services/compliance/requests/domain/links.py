"""A link between the requests of one person in several cells: a random id, and the state of each."""

from datetime import datetime
from enum import Enum

from libs.document import Document
from libs.errors import AppError, Code
from services.compliance.requests.domain.states import RequestState


class LinkedState(Enum):
    """What another cell learns of a request."""

    OPEN = "OPEN"
    COMPLETED = "COMPLETED"
    PARTIALLY_COMPLETED = "PARTIALLY_COMPLETED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


class RequestLink(Document, frozen=True, kw_only=True):
    """The link of a request of this cell; the id is that of the link. state: the last one that was stated to the other
    cells; None if nothing was stated yet."""

    case_id: str
    state: LinkedState | None = None


class LinkedRequest(Document, frozen=True, kw_only=True):
    """What another cell stated; the id is `<link>:<cell>`. stated: the version of the statement, by which older ones
    are recognised."""

    link_id: str
    cell: str
    state: LinkedState
    stated: int
    update_time: datetime


class AlreadyLinked(AppError):
    """The request has another link."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_LINKED"

    def __init__(self, link: RequestLink) -> None:
        super().__init__(f"{link.case_id} has the link {link.id}", id=link.case_id, link_id=link.id)


class LinkTaken(AppError):
    """The link has another request of this cell."""

    code, reason = Code.FAILED_PRECONDITION, "LINK_TAKEN"

    def __init__(self, link: RequestLink) -> None:
        super().__init__(f"the link has the request {link.case_id} of this cell", id=link.case_id)


def linked_state(state: RequestState) -> LinkedState:
    """What other cells learn of a state."""
    return LinkedState[state.name] if state.name in LinkedState.__members__ else LinkedState.OPEN
