"""Which clocks run for a breach, and until when."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from libs.deadlines import Deadline, Rule, due_at, explain
from libs.deadlines.calendars import business_calendar
from services.compliance.breaches.domain.breach import BreachFacts, NoticeClock
from services.compliance.breaches.domain.rules import NoticeRule, in_force, rules
from services.compliance.breaches.domain.states import NoticeAddressee, NoticeStep
from services.compliance.clocks.domain.regimes import REGIME_OF, Regime, regime_of

# The country whose calendar counts for a law that no country stands for in the facts.
_HOME = {regime: country for country, regime in REGIME_OF.items()} | {Regime.CCPA: "US"}


def clocks_of(
    facts: BreachFacts, aware: datetime, *, zone: str, critical: bool, among: Sequence[NoticeRule] | None = None
) -> tuple[NoticeClock, ...]:
    """The clocks that the facts start, by the rules in force at the time of awareness. zone: of the cell. critical:
    whether the vendor is an operator of critical infrastructure. among: other rules than those of the table.

    A country whose law has no rule gets, for each addressee, the rule of another law that ends first for this breach.
    """
    known = in_force(rules() if among is None else among, aware.date())
    found: dict[tuple[Regime, NoticeAddressee, NoticeStep], NoticeClock] = {}
    for regime, country in _laws(facts):
        own = [one for one in known if one.regime is regime]
        clocks = [_clock(one, regime, country, aware, zone) for one in _for(own, critical) if _due(one, facts)]
        if not own:
            clocks = list(_shortest(_for(known, critical), regime, country, aware, zone))
        for clock in clocks:
            earlier = found.get(clock.key)
            if earlier is None or clock.due_time < earlier.due_time:
                found[clock.key] = clock
    return tuple(found.values())


def explained(clock: NoticeClock, aware: datetime, *, zone: str) -> Deadline:
    """How the deadline of a clock follows from the time of awareness, by the rule that set it."""
    rule = next(one for one in rules() if one.id == clock.rule and one.version == clock.rule_version)
    return explain(_rule(rule), business_calendar(clock.country, zone), start=aware)


def _laws(facts: BreachFacts) -> Iterator[tuple[Regime, str]]:
    """Each law that applies, with the country whose calendar counts."""
    for country in facts.countries:
        yield regime_of(country), country
    for regime in facts.regimes:
        yield regime, _HOME.get(regime, facts.countries[0])


def _for(known: Sequence[NoticeRule], critical: bool) -> list[NoticeRule]:
    """The rules without those that another one replaces for such an operator, or that are for such operators only."""
    replaced = {one.slot for one in known if one.critical} if critical else set()
    return [one for one in known if (critical if one.critical else one.slot not in replaced)]


def _due(rule: NoticeRule, facts: BreachFacts) -> bool:
    return facts.risk.reaches(rule.least_risk)


def _shortest(
    known: Iterable[NoticeRule], regime: Regime, country: str, aware: datetime, zone: str
) -> Iterator[NoticeClock]:
    """For each addressee the clock that ends first, whatever the risk."""
    for addressee in NoticeAddressee:
        clocks = [_clock(one, regime, country, aware, zone) for one in known if one.addressee is addressee]
        yield from sorted(clocks, key=lambda one: one.due_time)[:1]


def _clock(rule: NoticeRule, regime: Regime, country: str, aware: datetime, zone: str) -> NoticeClock:
    due = due_at(_rule(rule), business_calendar(country, zone), start=aware)
    assert due is not None, "a clock without a pause has an end"
    return NoticeClock(
        regime=regime,
        country=country,
        addressee=rule.addressee,
        step=rule.step,
        legal_basis=rule.basis,
        statutory=rule.statutory and rule.regime is regime,
        rule=rule.id,
        rule_version=rule.version,
        due_time=due,
    )


def _rule(rule: NoticeRule) -> Rule:
    return Rule(rule.id, rule.version, rule.allowance)
