"""What partner and vendor make of a card: the partner's statement, and the actions that both agree on."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

import msgspec
from msgspec.structs import replace

from libs.day import first_day_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation
from libs.person import PersonalText


class ScorecardAction(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do. owner_role: a role of the policy whose people do it. due_day: until when."""

    title: str
    owner_role: str
    due_day: date
    done: bool = False


class ScorecardReview(Document, frozen=True, kw_only=True):
    """The review of a card and all its revisions; the id is that of the first one."""

    partner_id: str
    statement: PersonalText | None = None
    state_time: datetime | None = None
    actions: tuple[ScorecardAction, ...] = ()
    update_time: datetime


class AlreadyStated(AppError):
    """The partner has made its statement on the card."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_STATED"

    def __init__(self, id: str) -> None:
        super().__init__(f"the partner has made its statement on {id} already", id=id)


def state(review: ScorecardReview, statement: PersonalText, *, now: datetime) -> ScorecardReview:
    """The review with the partner's statement. AlreadyStated."""
    if review.statement is not None:
        raise AlreadyStated(review.id)
    return replace(review, statement=statement, state_time=now, update_time=now)


def action_violations(actions: Sequence[ScorecardAction]) -> Iterator[Violation]:
    """OUT_OF_RANGE for days that other systems write for none."""
    for place, one in enumerate(actions):
        yield from first_day_violations(f"actions[{place}].due_day", one.due_day)
