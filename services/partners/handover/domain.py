"""A handover: its states, and what it makes of the statements of the services."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import Enum
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from libs.document import Document
from libs.errors import AppError, Code, Violation, require_state
from libs.handover_row import HandoverAct, HandoverOutcome, HandoverRow, HandoverStay
from libs.person import Login, Person
from services.partners.handover.events import HandoverCompleted


class HandoverState(Enum):
    """How far a handover is."""

    ASKED = "ASKED"
    LISTED = "LISTED"
    CONFIRMED = "CONFIRMED"
    COMPLETED = "COMPLETED"
    CANCELED = "CANCELED"


class HandoverPartState(Enum):
    """How far a service is."""

    WAITING = "WAITING"
    LISTED = "LISTED"
    MOVED = "MOVED"


ENDED = frozenset({HandoverState.COMPLETED, HandoverState.CANCELED})
MAY_CONFIRM = MAY_CANCEL = frozenset({HandoverState.ASKED, HandoverState.LISTED})
MAY_LIST = frozenset({HandoverState.ASKED})
MAY_MOVE = frozenset({HandoverState.CONFIRMED, HandoverState.COMPLETED})


class HandoverOpen(AppError):
    """The partner or person has a handover that has not ended."""

    code, reason = Code.ALREADY_EXISTS, "HANDOVER_OPEN"

    def __init__(self, id: str) -> None:
        super().__init__(f"handover {id} of the same leaver has not ended", id=id)


class TargetLeaves(AppError):
    """Whoever is to take over leaves too."""

    code, reason = Code.FAILED_PRECONDITION, "TARGET_LEAVES"

    def __init__(self, id: str) -> None:
        super().__init__(f"who is to take over leaves too: handover {id} has not ended", id=id)


class HandoverNotListed(AppError):
    """Not every service has listed what is open."""

    code, reason = Code.FAILED_PRECONDITION, "HANDOVER_NOT_LISTED"

    def __init__(self, id: str, missing: tuple[str, ...]) -> None:
        named = ",".join(missing)
        super().__init__(f"handover {id} waits for the list of {named}", id=id, services=named)


class HandoverCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents of a kind were listed, were moved, stay; late_rows: of those moved, not listed."""

    kind: str
    listed_rows: int = 0
    moved_rows: int = 0
    staying_rows: int = 0
    late_rows: int = 0


class HandoverPart(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a service. listed, settled: how many documents have arrived in its statements of LIST and of MOVE;
    to_list, to_settle: how many there are, None until it says so."""

    service: str
    state: HandoverPartState = HandoverPartState.WAITING
    counts: tuple[HandoverCount, ...] = ()
    listed: int = 0
    to_list: int | None = None
    settled: int = 0
    to_settle: int | None = None


class HandoverItem(Document, frozen=True, kw_only=True):
    """A document of a handover; the id is `<handover>:<service>:<kind>:<document>`. late: it was not listed. settled:
    the service has stated what became of it."""

    handover_id: str
    service: str
    kind: str
    document_id: str
    outcome: HandoverOutcome
    stay: HandoverStay | None = None
    late: bool = False
    settled: bool = False


class Handover(Document, frozen=True, kw_only=True):
    """A handover between two partners, or two persons: the others are empty. ..._person_id: under whose key the login
    is encrypted. object_name: of the encrypted object with the logins. open_key: who leaves, while it has not ended:
    the partner, or a keyed hash of the login."""

    state: HandoverState = HandoverState.ASKED
    leaving_partner_id: str = ""
    target_partner_id: str = ""
    leaving_user: str = ""
    leaving_user_person_id: str = ""
    target_user: str = ""
    target_user_person_id: str = ""
    object_name: str = ""
    open_key: str | None
    parts: tuple[HandoverPart, ...]
    create_time: datetime
    confirm_time: datetime | None = None
    complete_time: datetime | None = None
    update_time: datetime

    @property
    def missing_services(self) -> tuple[str, ...]:
        """The services that have not stated the present step; none once it has ended."""
        if self.state in ENDED:
            return ()
        wanted = {HandoverPartState.MOVED}
        if self.state in MAY_CONFIRM:
            wanted.add(HandoverPartState.LISTED)
        return tuple(one.service for one in self.parts if one.state not in wanted)


class Stated(NamedTuple):
    """A statement of a service. total: of all parts of the statement, None before the last."""

    service: str
    act: HandoverAct
    rows: tuple[HandoverRow, ...]
    total: int | None


class Recorded(NamedTuple):
    """A handover with a statement, the items that it changes, and the event if it is completed with it."""

    handover: Handover
    items: tuple[HandoverItem, ...]
    event: HandoverCompleted | None


def persons(handover: Handover) -> tuple[Person, ...]:
    """Who leaves and who takes over, if they are persons."""
    logins = {
        (handover.leaving_user, handover.leaving_user_person_id),
        (handover.target_user, handover.target_user_person_id),
    }
    return tuple(Login(login=login, person_id=who) for login, who in sorted(logins) if login)


def violations(
    *, leaving_partner_id: str, target_partner_id: str, leaving_user: str, target_user: str
) -> Iterable[Violation]:
    """REQUIRED, NOT_ALLOWED or SAME_AS_LEAVING, unless it names two different partners or two different persons."""
    if leaving_user:
        wanted, other, kind = ("target_user", target_user), ("target_partner_id", target_partner_id), "person"
        if leaving_partner_id:
            yield Violation("leaving_partner_id", "excludes leaving_user", "NOT_ALLOWED")
    else:
        wanted, other, kind = ("target_partner_id", target_partner_id), ("target_user", target_user), "partner"
        if not leaving_partner_id:
            yield Violation("leaving_partner_id", "or leaving_user is needed", "REQUIRED")
    if not wanted[1]:
        yield Violation(wanted[0], f"is needed when a {kind} leaves", "REQUIRED")
    elif wanted[1] in (leaving_partner_id, leaving_user):
        yield Violation(wanted[0], "is the one who leaves", "SAME_AS_LEAVING")
    if other[1]:
        yield Violation(other[0], f"is not allowed when a {kind} leaves", "NOT_ALLOWED")


def confirm(handover: Handover, *, now: datetime) -> Handover:
    """LISTED -> CONFIRMED. WrongState, HandoverNotListed."""
    require_state("handover", handover.id, handover.state, action="confirm", allowed=MAY_CONFIRM)
    if handover.missing_services:
        raise HandoverNotListed(handover.id, handover.missing_services)
    return replace(handover, state=HandoverState.CONFIRMED, confirm_time=now, update_time=now)


def cancel(handover: Handover, *, now: datetime) -> Handover:
    """ASKED or LISTED -> CANCELED. WrongState."""
    require_state("handover", handover.id, handover.state, action="cancel", allowed=MAY_CANCEL)
    return replace(handover, state=HandoverState.CANCELED, open_key=None, update_time=now)


def item_id(handover_id: str, service: str, row: HandoverRow) -> str:
    """The id of the item of a document."""
    return f"{handover_id}:{service}:{row.kind}:{row.id}"


def stated(handover: Handover, told: Stated, known: Mapping[str, HandoverItem], *, now: datetime) -> Recorded:
    """The handover with a statement; LISTED or COMPLETED with the last one of the last service. known: the items of
    the documents in the statement, as far as there are any. Nothing changes if the handover is canceled, or if it is of
    a service that does not take part."""
    allowed = MAY_LIST if told.act is HandoverAct.LIST else MAY_MOVE
    part = next((one for one in handover.parts if one.service == told.service), None)
    if handover.state not in allowed or part is None:
        return Recorded(handover, (), None)
    pairs = [_pair(handover.id, told, row, known) for row in told.rows]
    part = _counted(part, pairs)
    part = _arrived(part, told, sum(_is_new(told, before) for before, _ in pairs))
    parts = tuple(part if one.service == told.service else one for one in handover.parts)
    items = tuple(item for _, item in pairs)
    after = replace(handover, parts=parts, update_time=now)
    if after.missing_services or handover.state is HandoverState.COMPLETED:
        return Recorded(after, items, None)
    if handover.state is HandoverState.ASKED:
        return Recorded(replace(after, state=HandoverState.LISTED), items, None)
    done = replace(after, state=HandoverState.COMPLETED, complete_time=now, open_key=None)
    counts = [count for one in parts for count in one.counts]
    event = HandoverCompleted(
        handover_id=done.id,
        moved_rows=sum(one.moved_rows for one in counts),
        staying_rows=sum(one.staying_rows for one in counts),
    )
    return Recorded(done, items, event)


def _pair(
    handover_id: str, told: Stated, row: HandoverRow, known: Mapping[str, HandoverItem]
) -> tuple[HandoverItem | None, HandoverItem]:
    """The item of a document before the statement, None if it is new, and after it."""
    place = item_id(handover_id, told.service, row)
    before = known.get(place)
    listing = told.act is HandoverAct.LIST
    after = HandoverItem(
        id=place,
        handover_id=handover_id,
        service=told.service,
        kind=row.kind,
        document_id=row.id,
        outcome=row.outcome,
        stay=row.stay,
        late=before.late if before else not listing,
        settled=not listing,
    )
    return before, after


def _is_new(told: Stated, known: HandoverItem | None) -> bool:
    """Whether the document is in a statement of this act for the first time."""
    return known is None or (told.act is HandoverAct.MOVE and not known.settled)


def _arrived(part: HandoverPart, told: Stated, new: int) -> HandoverPart:
    """The part after documents and perhaps the total have arrived, in any order."""
    if told.act is HandoverAct.LIST:
        total = part.to_list if told.total is None else told.total
        part = replace(part, listed=part.listed + new, to_list=total)
        whole = total is not None and part.listed >= total
        return replace(part, state=HandoverPartState.LISTED) if whole else part
    if told.act is HandoverAct.MOVE:
        total = part.to_settle if told.total is None else told.total
        part = replace(part, settled=part.settled + new, to_settle=total)
        whole = total is not None and part.settled >= total
        return replace(part, state=HandoverPartState.MOVED) if whole else part
    return part


def _counted(part: HandoverPart, changes: Iterable[tuple[HandoverItem | None, HandoverItem]]) -> HandoverPart:
    """The part with its counts after items have changed."""
    counts = {one.kind: one for one in part.counts}
    for before, after in changes:
        for item, sign in ((before, -1), (after, 1)):
            if item is not None:
                counts[item.kind] = _plus(counts.get(item.kind) or HandoverCount(kind=item.kind), item, sign)
    return replace(part, counts=tuple(counts[kind] for kind in sorted(counts)))


def _plus(count: HandoverCount, item: HandoverItem, sign: int) -> HandoverCount:
    moved = item.outcome is HandoverOutcome.MOVED
    return replace(
        count,
        listed_rows=count.listed_rows + sign * (not item.late),
        moved_rows=count.moved_rows + sign * moved,
        staying_rows=count.staying_rows + sign * (item.outcome is HandoverOutcome.STAYS),
        late_rows=count.late_rows + sign * (moved and item.late),
    )
