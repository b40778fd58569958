"""A person's consent to a purpose: GIVEN -> WITHDRAWN, or REPLACED by another one of the same person."""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from libs.document import Document
from libs.errors import require_state
from libs.person import Person
from services.compliance.consent.domain.states import ConsentState
from services.compliance.consent.events import ConsentGiven, ConsentReplaced, ConsentWithdrawn
from services.compliance.requests.domain.states import RequestChannel

GIVEN = frozenset({ConsentState.GIVEN})


class Consent(Document, frozen=True, kw_only=True):
    """A consent; prm.compliance.v1.Consent describes each field."""

    state: ConsentState = ConsentState.GIVEN
    person: Person
    purpose_code: str
    notice_id: str
    notice_version: str
    channel: RequestChannel
    give_time: datetime
    expire_time: datetime | None = None
    end_time: datetime | None = None
    recorder: str
    update_time: datetime

    def holds(self, at: datetime) -> bool:
        """Whether the consent is given at an instant."""
        return self.state is ConsentState.GIVEN and (self.expire_time is None or at < self.expire_time)


def given(consent: Consent) -> ConsentGiven:
    """The event of a new consent."""
    return ConsentGiven(consent_id=consent.id, purpose_code=consent.purpose_code, notice_version=consent.notice_version)


def withdraw(consent: Consent, *, now: datetime) -> tuple[Consent, ConsentWithdrawn]:
    """The consent, WITHDRAWN. WrongState."""
    require_state("consent", consent.id, consent.state, action="withdraw", allowed=GIVEN)
    ended = replace(consent, state=ConsentState.WITHDRAWN, end_time=now, update_time=now)
    return ended, ConsentWithdrawn(consent_id=consent.id, purpose_code=consent.purpose_code)


def supersede(consent: Consent, by: str, *, now: datetime) -> tuple[Consent, ConsentReplaced]:
    """The consent, REPLACED by a later one. WrongState."""
    require_state("consent", consent.id, consent.state, action="replace", allowed=GIVEN)
    ended = replace(consent, state=ConsentState.REPLACED, end_time=now, update_time=now)
    return ended, ConsentReplaced(consent_id=consent.id, purpose_code=consent.purpose_code, by_consent_id=by)


def same_decision(consent: Consent, other: Consent) -> bool:
    """Whether the person decided the same both times, so that the earlier one stands."""
    return consent.state is ConsentState.GIVEN and (
        (consent.notice_id, consent.channel, consent.expire_time) == (other.notice_id, other.channel, other.expire_time)
    )


def deciding(consents: Iterable[Consent]) -> Consent | None:
    """The consent that counts, of those under one alias: the one of the latest decision, given or withdrawn. One that
    was replaced is none any more: what replaced it counts."""
    decided = (one for one in consents if one.state is not ConsentState.REPLACED)
    return max(decided, key=lambda one: (one.end_time or one.give_time, one.update_time, one.id), default=None)
