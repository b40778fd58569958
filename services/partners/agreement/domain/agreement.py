"""The agreement, and each of its moves: a move returns the changed agreement and its event."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from libs.deadlines import months_later
from libs.document import Document
from libs.errors import AppError, Code, InvalidInput, Violation, require_state
from libs.person import Person
from libs.rights import UNSIGNED, AgreementState, ClauseSubject, NamedClause
from services.partners.agreement.domain.states import (
    MAY_BE_FOLLOWED,
    MAY_GIVE_NOTICE,
    MAY_RENEW,
    MAY_REVISE,
    MAY_SEND,
    MAY_SIGN,
    MAY_TERMINATE,
    RUNNING,
    Party,
    Renewal,
    TerminationCause,
)
from services.partners.agreement.domain.statutes import Law
from services.partners.agreement.domain.terms import LAST_DAY_ACCEPTED, AgreementTerms, earliest_last_day
from services.partners.agreement.events import (
    AgreementDrafted,
    AgreementEvent,
    AgreementExpired,
    AgreementFacts,
    AgreementNoticeGiven,
    AgreementRenewed,
    AgreementRevised,
    AgreementSent,
    AgreementSigned,
    AgreementStarted,
    AgreementSuperseded,
    AgreementTerminated,
    AgreementWarned,
)

AGREEMENTS_PER_PARTNER = 200
WARNING_DAYS = (90, 30, 7)
_DAY = timedelta(days=1)
_TOLD = frozenset(ClauseSubject) - {ClauseSubject.FUNDS, ClauseSubject.DOWNLINE, ClauseSubject.OTHER}


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """The signature of a party."""

    party: Party
    person: Person
    signed_on: date


class Agreement(Document, frozen=True, kw_only=True):
    """An agreement. since: the first day of the contract, also under the agreements that it supersedes in turn.
    term_end: the last day of the present term, None: without end. last_day: the last one on which it is in force, None:
    no end is known. warned_days: how many days ahead the last warning was given, 0: none. begun: whether its first day
    has come. act_on: the next day on which its start, a warning, its end or what follows from it is due."""

    partner_id: str
    revision: int
    supersedes_agreement_id: str = ""
    state: AgreementState = AgreementState.DRAFT
    terms: AgreementTerms
    signatures: tuple[Signature, ...] = ()
    since: date
    term_end: date | None = None
    last_day: date | None = None
    renewals: int = 0
    notice_by: Party | None = None
    notice_given_on: date | None = None
    termination_cause: TerminationCause | None = None
    warned_days: int = 0
    begun: bool = False
    act_on: date | None = None
    create_time: datetime
    update_time: datetime


class AgreementTotals(Document, frozen=True, kw_only=True):
    """How many agreements a partner has had; the id is the partner's. Every commit that writes terms writes it."""

    agreements: int = 0


class NoticeTooShort(AppError):
    """The notice ends the agreement earlier than its period or the law allows."""

    code, reason = Code.FAILED_PRECONDITION, "NOTICE_TOO_SHORT"

    def __init__(self, id: str, earliest: date, law: Law | None) -> None:
        source = law.source if law else ""
        super().__init__(
            f"notice of today can end agreement {id} on {earliest} at the earliest"
            + (f" ({source})" if source else ""),
            id=id,
            earliest_last_day=earliest,
            source=source,
        )


class NoNoticeAgreed(AppError):
    """Neither the agreement nor a known law has a period of notice."""

    code, reason = Code.FAILED_PRECONDITION, "NO_NOTICE_AGREED"

    def __init__(self, id: str) -> None:
        super().__init__(f"agreement {id} has no period of notice, and no law is known", id=id)


class AgreementCycle(AppError):
    """The agreement would supersede, in turn, itself."""

    code, reason = Code.FAILED_PRECONDITION, "AGREEMENT_CYCLE"

    def __init__(self, id: str, supersedes: str) -> None:
        super().__init__(f"{supersedes} supersedes {id} in turn", id=id, supersedes_agreement_id=supersedes)


class AlreadySigned(AppError):
    """The party has signed."""

    code, reason = Code.FAILED_PRECONDITION, "ALREADY_SIGNED"

    def __init__(self, id: str, party: Party) -> None:
        super().__init__(f"{party.name} has signed agreement {id}", id=id, party=party.name)


class NotRenewable(AppError):
    """The agreement has no term that a call renews."""

    code, reason = Code.FAILED_PRECONDITION, "NOT_RENEWABLE"

    def __init__(self, id: str, renewal: Renewal) -> None:
        super().__init__(f"the renewal of agreement {id} is {renewal.name}", id=id, renewal=renewal.name)


class TooManyAgreements(AppError):
    """The partner has had the maximum number of agreements."""

    code, reason = Code.FAILED_PRECONDITION, "TOO_MANY_AGREEMENTS"

    def __init__(self, partner_id: str) -> None:
        super().__init__(
            f"partner {partner_id} has had {AGREEMENTS_PER_PARTNER} agreements",
            partner_id=partner_id,
            limit=AGREEMENTS_PER_PARTNER,
        )


E = TypeVar("E", bound=AgreementEvent)


def draft(agreement: Agreement) -> tuple[Agreement, AgreementDrafted]:
    """The new draft, and its event; TooManyAgreements."""
    if agreement.revision > AGREEMENTS_PER_PARTNER:
        raise TooManyAgreements(agreement.partner_id)
    return agreement, event_of(AgreementDrafted, agreement)


def revise(
    agreement: Agreement, terms: AgreementTerms, supersedes: Agreement | None, *, now: datetime
) -> tuple[Agreement, AgreementRevised]:
    """The draft with other terms, without signatures, and the event."""
    require_state("agreement", agreement.id, agreement.state, action="revise", allowed=MAY_REVISE)
    changed = replace(
        agreement,
        state=AgreementState.DRAFT,
        terms=terms,
        supersedes_agreement_id=supersedes.id if supersedes else "",
        since=since_of(terms, supersedes),
        signatures=(),
        update_time=now,
    )
    return changed, event_of(AgreementRevised, changed)


def send(agreement: Agreement, *, now: datetime) -> tuple[Agreement, AgreementSent]:
    """The agreement in SENT, and the event."""
    require_state("agreement", agreement.id, agreement.state, action="send", allowed=MAY_SEND)
    changed = replace(agreement, state=AgreementState.SENT, update_time=now)
    return changed, event_of(AgreementSent, changed)


def sign(
    agreement: Agreement, signature: Signature, *, today: date, now: datetime
) -> tuple[Agreement, AgreementSigned]:
    """The agreement with the signature, ACTIVE with the second one, and the event; AlreadySigned."""
    require_state("agreement", agreement.id, agreement.state, action="sign", allowed=MAY_SIGN)
    if any(one.party is signature.party for one in agreement.signatures):
        raise AlreadySigned(agreement.id, signature.party)
    changed = replace(agreement, signatures=(*agreement.signatures, signature), update_time=now)
    if len(changed.signatures) == len(Party):
        terms = agreement.terms
        changed = replace(
            changed,
            state=AgreementState.ACTIVE,
            term_end=terms.valid_until,
            last_day=None if terms.renewal is Renewal.AUTOMATIC else terms.valid_until,
            begun=terms.valid_from <= today,
        )
        changed = replace(changed, act_on=due_on(changed))
    return changed, event_of(AgreementSigned, changed)


def supersede(other: Agreement, by: Agreement, *, now: datetime) -> tuple[Agreement, AgreementSuperseded] | None:
    """The other agreement, in force up to the day before `by` begins, and the event; None if it has ended anyway.
    WrongState if it is not signed, or superseded already."""
    require_state("agreement", other.id, other.state, action="supersede", allowed=MAY_BE_FOLLOWED)
    if other.state not in RUNNING:
        return None
    last = min(other.last_day or date.max, by.terms.valid_from - _DAY)
    changed = replace(other, state=AgreementState.SUPERSEDED, last_day=last, act_on=last + _DAY, update_time=now)
    return changed, event_of(AgreementSuperseded, changed)


def give_notice(
    agreement: Agreement, party: Party, law: Law | None, *, given_on: date, last_day: date | None, now: datetime
) -> tuple[Agreement, AgreementNoticeGiven]:
    """The agreement, in force up to `last_day` (None: the earliest), and the event. A term that is not renewed ends no
    later than without notice. NoNoticeAgreed, NoticeTooShort."""
    require_state("agreement", agreement.id, agreement.state, action="give notice", allowed=MAY_GIVE_NOTICE)
    earliest = earliest_last_day(agreement.terms, law, since=agreement.since, given_on=given_on)
    if earliest is None:
        raise NoNoticeAgreed(agreement.id)
    if last_day is not None and last_day < earliest:
        raise NoticeTooShort(agreement.id, earliest, law)
    last = min(last_day or earliest, agreement.last_day or date.max)
    changed = replace(
        agreement,
        state=AgreementState.NOTICE_GIVEN,
        notice_by=party,
        notice_given_on=given_on,
        last_day=last,
        update_time=now,
    )
    changed = replace(changed, act_on=due_on(changed))
    return changed, event_of(AgreementNoticeGiven, changed)


def renew(agreement: Agreement, *, now: datetime) -> tuple[Agreement, AgreementRenewed]:
    """The agreement with the next term, and the event; NotRenewable."""
    require_state("agreement", agreement.id, agreement.state, action="renew", allowed=MAY_RENEW)
    if agreement.terms.renewal is not Renewal.MANUAL:
        raise NotRenewable(agreement.id, agreement.terms.renewal)
    return _next_term(agreement, now)


def terminate(
    agreement: Agreement, cause: TerminationCause, *, today: date, now: datetime
) -> tuple[Agreement, AgreementTerminated]:
    """The agreement in TERMINATED, in force up to today, and the event."""
    require_state("agreement", agreement.id, agreement.state, action="terminate", allowed=MAY_TERMINATE)
    last = min(today, agreement.last_day or date.max)
    changed = replace(agreement, termination_cause=cause)
    ended, event = _over(AgreementTerminated, changed, AgreementState.TERMINATED, last=last, now=now)
    return replace(ended, act_on=last + _DAY), event


def due_on(agreement: Agreement) -> date | None:
    """The day on which the start, the next warning or the end is due; None if none is."""
    if agreement.state not in RUNNING:
        return None
    if not agreement.begun:
        return agreement.terms.valid_from
    if agreement.state is AgreementState.NOTICE_GIVEN:
        return agreement.last_day + _DAY if agreement.last_day else None
    if agreement.term_end is None:
        return None
    left = [days for days in WARNING_DAYS if not agreement.warned_days or days < agreement.warned_days]
    return agreement.term_end - left[0] * _DAY if left else agreement.term_end + _DAY


def fall_due(agreement: Agreement, *, today: date, now: datetime) -> tuple[Agreement, AgreementEvent] | None:
    """The agreement after its start, a warning, its renewal or its end, and the event; None if nothing is due today. Of
    several warnings that are due only the last is given."""
    if agreement.state not in RUNNING or agreement.act_on is None or agreement.act_on > today:
        return None
    if not agreement.begun:
        begun = replace(agreement, begun=True, update_time=now)
        return _next(begun, event_of(AgreementStarted, begun))
    if agreement.state is AgreementState.NOTICE_GIVEN:
        assert agreement.last_day is not None, "notice has a last day"
        return _over(AgreementTerminated, agreement, AgreementState.TERMINATED, last=agreement.last_day, now=now)
    assert agreement.term_end is not None, "nothing is due without a term"
    if agreement.term_end >= today:
        days = min(days for days in WARNING_DAYS if agreement.term_end - days * _DAY <= today)
        warned = replace(agreement, warned_days=days, update_time=now)
        event = AgreementWarned(agreement_id=warned.id, partner_id=warned.partner_id, facts=facts_of(warned), days=days)
        return _next(warned, event)
    if agreement.terms.renewal is Renewal.AUTOMATIC:
        return _next_term(agreement, now)
    return _over(AgreementExpired, agreement, AgreementState.EXPIRED, last=agreement.term_end, now=now)


def since_of(terms: AgreementTerms, supersedes: Agreement | None) -> date:
    """The first day of the contract, which goes on in an agreement that supersedes another."""
    return min(supersedes.since, terms.valid_from) if supersedes else terms.valid_from


def refuse_cycle(agreement_id: str, supersedes_id: str, agreements: Mapping[str, Agreement]) -> None:
    """AgreementCycle if the agreement to supersede leads back to this one. agreements: of the partner, by id."""
    at = supersedes_id
    while at:
        if at == agreement_id:
            raise AgreementCycle(agreement_id, supersedes_id)
        at = agreements[at].supersedes_agreement_id


def signing_violations(agreement: Agreement, signed_on: date, document_sha256: str, *, today: date) -> list[Violation]:
    """IN_THE_FUTURE for a day after today, OTHER_DOCUMENT if the hash is not that of the terms."""
    found = []
    if signed_on > today:
        found.append(Violation("signed_on", f"is after today, {today}", "IN_THE_FUTURE"))
    if document_sha256 != agreement.terms.document_sha256:
        found.append(Violation("document_sha256", "is not that of the terms", "OTHER_DOCUMENT"))
    return found


def refuse_notice_days(given_on: date, last_day: date | None, *, since: date, today: date) -> None:
    """InvalidInput: IN_THE_FUTURE for notice given after today, DATES_OUT_OF_ORDER before the contract began,
    OUT_OF_RANGE for a last day beyond all calendars."""
    found = []
    if given_on < since <= today:
        found.append(Violation("given_on", f"is before {since}", "DATES_OUT_OF_ORDER"))
    if given_on > today:
        found.append(Violation("given_on", f"is after today, {today}", "IN_THE_FUTURE"))
    if last_day is not None and last_day > LAST_DAY_ACCEPTED:
        found.append(Violation("last_day", f"is after {LAST_DAY_ACCEPTED}", "OUT_OF_RANGE"))
    if found:
        raise InvalidInput(found)


def in_force(agreement: Agreement, on: date) -> bool:
    """Whether the agreement is in force on a day."""
    return has_begun(agreement, on) and (agreement.last_day is None or on <= agreement.last_day)


def has_begun(agreement: Agreement, on: date) -> bool:
    """Whether the agreement was in force on that day or before."""
    first, last = agreement.terms.valid_from, agreement.last_day
    return agreement.state not in UNSIGNED and first <= on and (last is None or first <= last)


def facts_of(agreement: Agreement) -> AgreementFacts:
    """What other services check of the agreement."""
    terms = agreement.terms
    return AgreementFacts(
        state=agreement.state,
        valid_from=terms.valid_from,
        last_day=agreement.last_day,
        product_lines=terms.product_lines,
        places=terms.places,
        registering=terms.registering,
        clauses=tuple(
            NamedClause(subject=one.subject, number=one.number) for one in terms.clauses if one.subject in _TOLD
        ),
    )


def event_of(event: type[E], agreement: Agreement) -> E:
    """An event that has only the facts. agreement: as it is after the change."""
    return event(agreement_id=agreement.id, partner_id=agreement.partner_id, facts=facts_of(agreement))


def _next_term(agreement: Agreement, now: datetime) -> tuple[Agreement, AgreementRenewed]:
    """Terms are counted from the end of the first, so that the 31st of a month stays the 31st. NotRenewable beyond the
    last day that is accepted."""
    terms, renewals = agreement.terms, agreement.renewals + 1
    assert terms.valid_until is not None, "what renews itself has a term"
    end = months_later(terms.valid_until, terms.renewal_months * renewals)
    if end > LAST_DAY_ACCEPTED:
        raise NotRenewable(agreement.id, terms.renewal)
    changed = replace(
        agreement,
        renewals=renewals,
        term_end=end,
        last_day=None if terms.renewal is Renewal.AUTOMATIC else end,
        warned_days=0,
        update_time=now,
    )
    changed = replace(changed, act_on=due_on(changed))
    return changed, event_of(AgreementRenewed, changed)


def _next(agreement: Agreement, event: AgreementEvent) -> tuple[Agreement, AgreementEvent]:
    return replace(agreement, act_on=due_on(agreement)), event


def _over(
    event: type[E], agreement: Agreement, state: AgreementState, *, last: date, now: datetime
) -> tuple[Agreement, E]:
    ended = replace(agreement, state=state, last_day=last, act_on=None, update_time=now)
    return ended, event_of(event, ended)
