"""An act that waits for a second person, and its state machine.

    PENDING -> CONFIRMED    another person with the permission confirmed it
            -> DECLINED     a person with the permission, perhaps its author, declined it
            -> EXPIRED      nobody confirmed or declined it in time

The stored command is deleted when the decision ends: it may have texts about persons, and is not needed any more.
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
    """The state of a decision; as prm.common.v1.DecisionState."""

    PENDING = "PENDING"
    CONFIRMED = "CONFIRMED"
    DECLINED = "DECLINED"
    EXPIRED = "EXPIRED"


MAY_CONFIRM = MAY_DECLINE = MAY_EXPIRE = frozenset({DecisionState.PENDING})


class Decision(Document, frozen=True, kw_only=True):
    """An act that somebody began; as prm.common.v1.Decision.

    summary: of codes, ids and amounts, never about a person. author, author_for: who began the act, and on whose
    behalf, if any; decider, decider_for likewise. command: the stored command, without its call. person_ids: of the
    persons that the command names. pending_key: unique among PENDING decisions. due_at: when it expires. The last four
    are empty unless it is PENDING.
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
    """The fields of every event about a decision."""

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
    """The decision has expired; if the act is still wanted, it must be begun again."""

    code, reason = Code.FAILED_PRECONDITION, "DECISION_EXPIRED"

    def __init__(self, decision: Decision) -> None:
        expired = decision.expire_time.isoformat()
        super().__init__(f"decision {decision.id} expired at {expired}", id=decision.id, expire_time=expired)


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a new decision; the fields are those of Decision. part: of the resource, see Guarded."""

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
    """A new decision in PENDING, which expires after `lifetime`, and its event."""
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
    """The decision in CONFIRMED, and its event. SecondPersonRequired if a person of this call (who acts, or is acted
    for) was a person of the author's call; DecisionTooOld, WrongState."""
    if not _people(by.subject, by.on_behalf_of).isdisjoint(_people(decision.author, decision.author_for)):
        raise SecondPersonRequired(decision.id)
    _require_open(decision, "confirm", MAY_CONFIRM, now=now)
    done = _ended(decision, DecisionState.CONFIRMED, by, now)
    return done, DecisionConfirmed(**_facts(done), decider=done.decider)


def decline(decision: Decision, *, by: Caller, now: datetime) -> tuple[Decision, DecisionDeclined]:
    """The decision in DECLINED, and its event; the author may decline too. DecisionTooOld, WrongState."""
    _require_open(decision, "decline", MAY_DECLINE, now=now)
    done = _ended(decision, DecisionState.DECLINED, by, now)
    return done, DecisionDeclined(**_facts(done), decider=done.decider)


def expire(decision: Decision, *, now: datetime) -> tuple[Decision, DecisionExpired]:
    """The decision in EXPIRED, and its event; WrongState."""
    require_state("decision", decision.id, decision.state, action="expire", allowed=MAY_EXPIRE)
    done = _ended(decision, DecisionState.EXPIRED, None, now)
    return done, DecisionExpired(**_facts(done))


def persons(decision: Decision) -> tuple[Person, ...]:
    """The persons by whose ids a search for personal data finds the decision."""
    return tuple(Person(person_id=one) for one in decision.person_ids)


def overdue(decision: Decision, now: datetime) -> bool:
    """Whether a pending decision has reached the time at which it expires."""
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
