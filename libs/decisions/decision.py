"""An act that waits for a second person, and what may become of it.

    PENDING -> CONFIRMED    somebody else who may do it did it
            -> DECLINED     somebody who may do it, its author too, let it be
            -> EXPIRED      nobody did either in time

What was asked for leaves the row as soon as it is decided: it may hold a person's words, and nobody needs it twice.
"""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import msgspec
from msgspec.structs import replace

from libs.call import Caller
from libs.document import Document
from libs.errors import AppError, Code, require_state
from libs.person import Person


class DecisionState(Enum):
    """The outcome of an act; as prm.common.v1.DecisionState."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


MAY_CONFIRM = MAY_DECLINE = MAY_EXPIRE = frozenset({DecisionState.PENDING})


class Decision(Document, frozen=True, kw_only=True):
    """An act that somebody began; as prm.common.v1.Decision.

    summary: from codes, ids and amounts, never about a person. author, author_for: who acted, and for whom if for
    another; decider, decider_for alike. command: what was asked for, without its call. person_ids: whom that names.
    pending_key: what no two that are PENDING share. due_at: when it expires. These four are empty unless PENDING.
    """

    state: DecisionState = DecisionState.PENDING
    method: str
    permission: str
    resource_id: str
    summary: str
    author: str
    author_for: str = ""
    decider: str = ""
    decider_for: str = ""
    command: dict[str, Any] | None = None
    person_ids: tuple[str, ...] = ()
    pending_key: str | None = None
    due_at: datetime | None = None
    create_time: datetime
    expire_time: datetime
    decide_time: datetime | None = None


class DecisionEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The fields that every event of a decision has."""

    decision_id: str
    method: str
    resource_id: str
    author: str


class DecisionProposed(DecisionEvent, frozen=True, kw_only=True):
    expire_time: datetime


class DecisionConfirmed(DecisionEvent, frozen=True, kw_only=True):
    decider: str


class DecisionDeclined(DecisionEvent, frozen=True, kw_only=True):
    decider: str


class DecisionExpired(DecisionEvent, frozen=True, kw_only=True):
    pass


# For the codec of every service that has four-eyes methods.
EVENTS = (DecisionProposed, DecisionConfirmed, DecisionDeclined, DecisionExpired)


class SecondPersonRequired(AppError):
    """The author of an act may not confirm it."""

    code, reason = Code.PERMISSION_DENIED, "SECOND_PERSON_REQUIRED"

    def __init__(self, id: str) -> None:
        super().__init__(f"decision {id} needs somebody else than its author to confirm it", id=id)


class DecisionTooOld(AppError):
    """Nobody decided in time; ask again for what is still wanted."""

    code, reason = Code.FAILED_PRECONDITION, "DECISION_EXPIRED"

    def __init__(self, decision: Decision) -> None:
        expired = decision.expire_time.isoformat()
        super().__init__(f"decision {decision.id} expired at {expired}", id=decision.id, expire_time=expired)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What an act is made of when somebody begins it; fields as in Decision."""

    method: str
    permission: str
    resource_id: str
    part: str = ""
    summary: str
    command: dict[str, Any]
    person_ids: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The key by which an act may be pending only once: method, resource and, where declared, a part of the
        resource."""
        return f"{self.method}:{self.resource_id}:{self.part}"


def propose(
    draft: Draft, *, id: str, by: Caller, now: datetime, lifetime: timedelta
) -> tuple[Decision, DecisionProposed]:
    """Begin an act; it waits for `lifetime`."""
    expires = now + lifetime
    decision = Decision(
        id=id,
        method=draft.method,
        permission=draft.permission,
        resource_id=draft.resource_id,
        summary=draft.summary,
        author=by.subject,
        author_for=by.on_behalf_of,
        command=draft.command,
        person_ids=draft.person_ids,
        pending_key=draft.key,
        due_at=expires,
        create_time=now,
        expire_time=expires,
    )
    return decision, DecisionProposed(**_facts(decision), expire_time=expires)


def confirm(decision: Decision, *, by: Caller, now: datetime) -> tuple[Decision, DecisionConfirmed]:
    """Confirm the decision. Each person of the author's call, the one who acted and the one acted for, is refused as
    either person of this call."""
    if not _people(by.subject, by.on_behalf_of).isdisjoint(_people(decision.author, decision.author_for)):
        raise SecondPersonRequired(decision.id)
    _require_open(decision, "confirm", MAY_CONFIRM, now=now)
    done = _ended(decision, DecisionState.CONFIRMED, by, now)
    return done, DecisionConfirmed(**_facts(done), decider=done.decider)


def decline(decision: Decision, *, by: Caller, now: datetime) -> tuple[Decision, DecisionDeclined]:
    """Let it be; its author may too."""
    _require_open(decision, "decline", MAY_DECLINE, now=now)
    done = _ended(decision, DecisionState.DECLINED, by, now)
    return done, DecisionDeclined(**_facts(done), decider=done.decider)


def expire(decision: Decision, *, now: datetime) -> tuple[Decision, DecisionExpired]:
    """Let it be, because its time is over."""
    require_state("decision", decision.id, decision.state, action="expire", allowed=MAY_EXPIRE)
    done = _ended(decision, DecisionState.EXPIRED, None, now)
    return done, DecisionExpired(**_facts(done))


def persons(decision: Decision) -> tuple[Person, ...]:
    """Whom the row can be found by."""
    return tuple(Person(person_id=one) for one in decision.person_ids)


def overdue(decision: Decision, now: datetime) -> bool:
    """Whether its time is over, whether or not it has been marked as expired."""
    return decision.due_at is not None and decision.due_at <= now


def _require_open(decision: Decision, action: str, allowed: frozenset[DecisionState], *, now: datetime) -> None:
    if decision.state is DecisionState.EXPIRED or overdue(decision, now):
        raise DecisionTooOld(decision)
    require_state("decision", decision.id, decision.state, action=action, allowed=allowed)


def _ended(decision: Decision, state: DecisionState, by: Caller | None, now: datetime) -> Decision:
    return replace(
        decision,
        state=state,
        decider=by.subject if by else "",
        decider_for=by.on_behalf_of if by else "",
        command=None,
        person_ids=(),
        pending_key=None,
        due_at=None,
        decide_time=now,
    )


def _facts(decision: Decision) -> dict[str, str]:
    return {
        "decision_id": decision.id,
        "method": decision.method,
        "resource_id": decision.resource_id,
        "author": decision.author,
    }


def _people(*subjects: str) -> frozenset[str]:
    return frozenset(subjects) - {""}
