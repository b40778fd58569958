"""A breach and its notices: OPEN -> CLOSED, which needs that every notice was given."""

from collections.abc import Iterator
from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.country import country_violations
from libs.document import Document
from libs.errors import AppError, Code, Violation, require_state
from libs.person import PersonalText
from services.compliance.breaches.domain.states import (
    BreachKind,
    BreachRisk,
    BreachState,
    NoticeAddressee,
    NoticeStep,
)
from services.compliance.breaches.events import BreachAmended, BreachClosed, BreachNoticeRecorded, BreachRecorded
from services.compliance.clocks.domain.regimes import Regime
from services.compliance.law.domain.categories import category_violations

OPEN = frozenset({BreachState.OPEN})
Key = tuple[Regime, NoticeAddressee, NoticeStep]


class NoticesOutstanding(AppError):
    """A breach is closed only after every notice was given."""

    code, reason = Code.FAILED_PRECONDITION, "NOTICES_OUTSTANDING"

    def __init__(self, id: str, clocks: tuple["NoticeClock", ...]) -> None:
        names = ", ".join(one.name for one in clocks)
        super().__init__(f"{id} is not closed before these notices are given: {names}", id=id, notices=names)


class BreachFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a breach; prm.compliance.v1.BreachFacts describes each field."""

    what_happened: PersonalText
    kinds: tuple[BreachKind, ...]
    happen_time: datetime | None = None
    categories: tuple[str, ...]
    person_count: int = 0
    record_count: int = 0
    risk: BreachRisk
    countries: tuple[str, ...]
    regimes: tuple[Regime, ...] = ()
    consequences: PersonalText | None = None
    measures: PersonalText | None = None


class NoticeClock(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that a law asks for; prm.compliance.v1.NoticeClock describes each field. rule: the id of its rule, which
    is one of another law if the law of the country has no clock."""

    regime: Regime
    country: str
    addressee: NoticeAddressee
    step: NoticeStep
    legal_basis: str
    statutory: bool
    rule: str
    rule_version: int
    due_time: datetime
    tell_time: datetime | None = None

    @property
    def key(self) -> Key:
        """What tells the clocks of a breach apart."""
        return self.regime, self.addressee, self.step

    @property
    def name(self) -> str:
        """The key in a word: `gdpr.authority.initial`."""
        return ".".join(one.name for one in self.key).lower()


class Breach(Document, frozen=True, kw_only=True):
    """A breach; prm.compliance.v1.Breach describes each field."""

    state: BreachState = BreachState.OPEN
    facts: BreachFacts
    aware_time: datetime
    clocks: tuple[NoticeClock, ...]
    next_due_time: datetime | None
    create_time: datetime
    close_time: datetime | None = None
    update_time: datetime

    @property
    def outstanding(self) -> tuple[NoticeClock, ...]:
        """The clocks whose notice was not given, the one that is due first at the head."""
        return tuple(sorted((one for one in self.clocks if one.tell_time is None), key=lambda one: one.due_time))


class BreachNotice(Document, frozen=True, kw_only=True):
    """A notice that was given; prm.compliance.v1.BreachNotice describes each field."""

    breach_id: str
    regime: Regime
    addressee: NoticeAddressee
    step: NoticeStep
    recipient: str
    reference: str = ""
    person_count: int = 0
    tell_time: datetime
    late: bool
    delay_reason: PersonalText | None = None
    recorder: str
    create_time: datetime


def facts_violations(facts: BreachFacts, aware: datetime, now: datetime) -> Iterator[Violation]:
    """Everything that is wrong with the facts. aware: when the vendor became aware of the breach."""
    yield from category_violations(facts.categories, "facts.categories")
    for place, country in enumerate(facts.countries):
        yield from country_violations(country, f"facts.countries[{place}]")
    if aware > now:
        yield Violation("aware_time", "is in the future", "IN_THE_FUTURE")
    if facts.happen_time is not None and facts.happen_time > aware:
        yield Violation("facts.happen_time", "is after aware_time", "TIMES_OUT_OF_ORDER")


def record(
    facts: BreachFacts, clocks: tuple[NoticeClock, ...], *, id: str, aware: datetime, now: datetime
) -> tuple[Breach, BreachRecorded]:
    """A new breach, OPEN."""
    breach = Breach(
        id=id, facts=facts, aware_time=aware, clocks=clocks, next_due_time=None, create_time=now, update_time=now
    )
    breach = _with_clocks(breach, clocks)
    return breach, BreachRecorded(
        breach_id=id,
        person_count=facts.person_count,
        regimes=_regimes(breach),
        next_due_time=breach.next_due_time,
        aware_time=aware,
    )


def amend(
    breach: Breach, facts: BreachFacts, clocks: tuple[NoticeClock, ...], *, now: datetime
) -> tuple[Breach, BreachAmended]:
    """The breach with other facts. A clock that runs already keeps its deadline, one whose notice was given stays.
    WrongState."""
    require_state("breach", breach.id, breach.state, action="amend", allowed=OPEN)
    running = {one.key: one for one in breach.clocks}
    told = tuple(one for one in breach.clocks if one.tell_time is not None)
    kept = tuple(running.get(one.key, one) for one in clocks)
    kept += tuple(one for one in told if one.key not in {clock.key for clock in clocks})
    changed = replace(_with_clocks(breach, kept), facts=facts, update_time=now)
    return changed, BreachAmended(
        breach_id=breach.id,
        person_count=facts.person_count,
        regimes=_regimes(changed),
        next_due_time=changed.next_due_time,
    )


def notice_violations(breach: Breach, notice: BreachNotice, now: datetime) -> Iterator[Violation]:
    """Everything that is wrong with a notice."""
    if notice.tell_time > now:
        yield Violation("tell_time", "is in the future", "IN_THE_FUTURE")
    if notice.tell_time < breach.aware_time:
        yield Violation("tell_time", "is before the vendor was aware of the breach", "TIMES_OUT_OF_ORDER")
    if notice.late and (notice.delay_reason is None or not notice.delay_reason.text.strip()):
        yield Violation("delay_reason", "a late notice says why it is late", "NO_DELAY_REASON")
    if notice.addressee is NoticeAddressee.PERSONS and not notice.person_count:
        yield Violation("person_count", "a notice to persons says to how many", "NO_PERSONS")


def is_late(breach: Breach, key: Key, told: datetime) -> bool:
    """Whether a notice given then is after the deadline of its clock; never without a clock, nor after a first one that
    was in time."""
    clock = next((one for one in breach.clocks if one.key == key), None)
    if clock is None:
        return False
    first = told if clock.tell_time is None else min(told, clock.tell_time)
    return first >= clock.due_time


def tell(breach: Breach, notice: BreachNotice, *, now: datetime) -> tuple[Breach, BreachNoticeRecorded]:
    """The breach after a notice: its clock has the time of the earliest one. WrongState."""
    require_state("breach", breach.id, breach.state, action="record a notice", allowed=OPEN)
    key = (notice.regime, notice.addressee, notice.step)
    clocks = tuple(_told(one, notice.tell_time) if one.key == key else one for one in breach.clocks)
    return replace(_with_clocks(breach, clocks), update_time=now), BreachNoticeRecorded(
        breach_id=breach.id,
        notice_id=notice.id,
        regime=notice.regime,
        addressee=notice.addressee,
        step=notice.step,
        tell_time=notice.tell_time,
        late=notice.late,
    )


def close(breach: Breach, *, now: datetime) -> tuple[Breach, BreachClosed]:
    """The breach, CLOSED. WrongState, NoticesOutstanding."""
    require_state("breach", breach.id, breach.state, action="close", allowed=OPEN)
    if breach.outstanding:
        raise NoticesOutstanding(breach.id, breach.outstanding)
    return replace(breach, state=BreachState.CLOSED, close_time=now, update_time=now), BreachClosed(breach_id=breach.id)


def _told(clock: NoticeClock, at: datetime) -> NoticeClock:
    return replace(clock, tell_time=at if clock.tell_time is None else min(at, clock.tell_time))


def _with_clocks(breach: Breach, clocks: tuple[NoticeClock, ...]) -> Breach:
    changed = replace(breach, clocks=clocks)
    outstanding = changed.outstanding
    return replace(changed, next_due_time=outstanding[0].due_time if outstanding else None)


def _regimes(breach: Breach) -> tuple[Regime, ...]:
    return tuple(dict.fromkeys(one.regime for one in breach.clocks))
