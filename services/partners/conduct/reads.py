"""Loads of conduct that its use cases and higher slices share: rules, deadlines, points."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import NamedTuple

from libs.call import Caller
from libs.deadlines import Allowance, CalendarDays, Rule, WorkingDays, business_calendar, explain
from libs.errors import NotFound
from libs.store.listing import every_row, everything
from libs.store.port import Put, create
from services.partners.conduct.documents import CONDUCT_CASES, CONDUCT_RULES
from services.partners.conduct.domain.case import (
    Actor,
    ConductCase,
    ConductEvidence,
    Until,
    escalate,
    opened,
    points_of,
)
from services.partners.conduct.domain.points import Decay, DecayRule
from services.partners.conduct.domain.reports import Report, reported
from services.partners.conduct.domain.rules import ConductRule
from services.partners.conduct.domain.states import ConductSource
from services.partners.conduct.events import ConductCaseEvent
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env


class Breached(NamedTuple):
    """The write and the event of a case that a breach opened, or escalated."""

    put: Put[ConductCase]
    event: ConductCaseEvent
    opened: bool


@asynccontextmanager
async def breach_lock(env: Env, partner_id: str, rule_code: str) -> AsyncIterator[None]:
    """Until the block ends, no other call of this process opens or escalates the case of a partner on a rule."""
    async with env.settings.locks.of(f"conduct:{partner_id}:{rule_code}"):
        yield


async def breached(
    env: Env, partner: Partner, rule_code: str, *, evidence: Sequence[ConductEvidence], by: Actor
) -> Breached:
    """The open case of a partner about prices on a rule of the programme, escalated; a new one if none is open. Of two
    calls that open one at once, the store refuses the later one, which begins again and escalates. NotFound,
    TooMuchEvidence."""
    key, now = f"{partner.id}:{rule_code}", env.clock.now()
    for loaded in await every_row(env.store, CONDUCT_CASES, {"open_key": key}):
        until = statement_until(env, partner.country, now=now)
        case, told = escalate(loaded.value, evidence, by, statement=until, now=now)
        return Breached(loaded.put(case), told, opened=False)
    rule = await rule_of(env, rule_code)
    report = Report(ConductSource.PRICE, by, evidence, open_key=key)
    case = reported(env.ids.new("cdc"), partner.id, rule, report, now=now)
    put = create(CONDUCT_CASES, case)
    return Breached(put, opened(put.document), opened=True)


async def points_at(env: Env, partner_id: str, instant: datetime) -> int:
    """What is left at an instant of the points of a partner, in thousandths of a point. A step that was overturned
    later has never given any. A day is one of the cell's time zone."""
    cases = await everything(env.store, CONDUCT_CASES, {"partner_id": partner_id})
    return left_of(env, cases, instant)


def left_of(env: Env, cases: Iterable[ConductCase], instant: datetime) -> int:
    """What is left at an instant of the points of these cases, in thousandths of a point."""
    policy = env.settings.policy
    rule, day = DecayRule(Decay(policy.conduct_decay), policy.conduct_decay_months), env.day_of(instant)
    return sum(points_of(one, rule, day=day, days=[env.day_of(step.time) for step in one.measures]) for one in cases)


async def rule_of(env: Env, code: str) -> ConductRule:
    """The rule with this code; NotFound."""
    found = await everything(env.store, CONDUCT_RULES, {"terms.code": code})
    if not found:
        raise NotFound(CONDUCT_RULES.name, code)
    return found[0]


def statement_until(env: Env, country: str, *, now: datetime) -> Until:
    """Until when the vendor waits for the statement of a partner in this country."""
    return _until(env, country, WorkingDays(days=env.settings.policy.conduct_statement_days), now)


def appeal_until(env: Env, country: str, *, now: datetime) -> Until:
    """Until when a partner in this country can appeal against a step of now."""
    return _until(env, country, CalendarDays(days=env.settings.policy.conduct_appeal_days, roll_forward=True), now)


def cure_until(env: Env, country: str, *, days: int, now: datetime) -> Until:
    """The end of so many days in which a partner in this country can cure a breach."""
    return _until(env, country, CalendarDays(days=days, roll_forward=True), now)


def actor(caller: Caller) -> Actor:
    """Who calls, and for whom."""
    return Actor(caller.subject, caller.on_behalf_of)


def _until(env: Env, country: str, allowance: Allowance, now: datetime) -> Until:
    calendar = business_calendar(country, env.directory.here.time_zone)
    found = explain(Rule("conduct", 1, allowance), calendar, start=now)
    assert found.due is not None, "nothing pauses these deadlines"
    assert found.last_day is not None, "they are counted in days"
    return Until(found.last_day, found.due)
