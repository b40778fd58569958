"""The terms of one request: which rules give its deadlines, by which calendar.

Under a law of the table these are its rules on the day of the receipt. Where no law is known, or the law was not in
force yet, each deadline is the earliest instant that any law would give for that receipt: the smallest number would be
wrong, because 10 working days may end after 15 days.
"""

from datetime import datetime

import msgspec
from msgspec.structs import replace

from libs.deadlines import Allowance, Calendar, Rule, due_at
from services.compliance.clocks.domain.regimes import Regime, RequestType
from services.compliance.clocks.domain.rules import RegimeRule, Standing, rule_of, rules_on


class StatutoryTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The rules of the deadlines of one request, as `libs.deadlines` counts them. They are stored with the clock, so
    that a later change of the table does not affect it. regime: whose rule sets the answer; another than that of the
    request where the shortest term was taken. extended: in place of `answer` after an extension; None: not possible."""

    calendar: Calendar
    regime: Regime
    acknowledge: Rule | None
    answer: Rule
    extended: Rule | None
    pausable: bool
    verify: bool
    standing: Standing
    basis: str
    duty: str
    source: str


def terms_of(regime: Regime, type: RequestType, calendar: Calendar, received: datetime) -> StatutoryTerms:
    """The terms of a request under this law that was received at this instant."""
    on = received.astimezone(calendar.zone).date()
    own = rule_of(regime, type, on)
    return _terms(own, calendar) if own is not None else _shortest(regime, rules_on(type, on), calendar, received)


def _terms(rule: RegimeRule, calendar: Calendar) -> StatutoryTerms:
    return StatutoryTerms(
        calendar=calendar,
        regime=rule.regime,
        acknowledge=_counted(rule, "acknowledge", rule.acknowledge),
        answer=Rule(f"{rule.name}/answer", rule.version, rule.answer),
        extended=_counted(rule, "extended", rule.extended),
        pausable=rule.pausable,
        verify=rule.verify,
        standing=rule.standing,
        basis=rule.basis,
        duty=rule.duty,
        source=rule.source,
    )


def _shortest(regime: Regime, rules: tuple[RegimeRule, ...], calendar: Calendar, received: datetime) -> StatutoryTerms:
    """The terms of the law with the earliest answer, with the earliest acknowledgement of all laws."""
    terms = [_terms(one, calendar) for one in rules]

    def ends(rule: Rule) -> datetime:
        due = due_at(rule, calendar, start=received)
        assert due is not None, "nothing is paused"
        return due

    answering = min(terms, key=lambda one: ends(one.answer))
    acknowledging = [one.acknowledge for one in terms if one.acknowledge is not None]
    why = "no law is known for this country" if regime is Regime.OTHER else f"{regime.name} was not in force"
    return replace(
        answering,
        acknowledge=min(acknowledging, key=ends, default=None),
        standing=Standing.HOUSE_LIMIT,
        basis=f"{why}; the earliest deadline of all is applied, that of {answering.regime.name}: {answering.basis}",
    )


def _counted(rule: RegimeRule, deadline: str, allowance: Allowance | None) -> Rule | None:
    return None if allowance is None else Rule(f"{rule.name}/{deadline}", rule.version, allowance)
