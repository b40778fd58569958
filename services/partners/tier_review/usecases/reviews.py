"""What the clock does to a membership: overrides end, periods are reviewed, notices run out."""

from datetime import date, datetime, timedelta

from libs.call import Command
from libs.store.port import get
from services.partners.facts.reads import as_of
from services.partners.program.documents import PROGRAMS
from services.partners.program.domain.program import NoProgramInForce, Program
from services.partners.program.reads import program_in_force
from services.partners.record.documents import PARTNERS
from services.partners.record.domain.partner import Partner
from services.partners.settings import Env
from services.partners.tier_review.documents import ENROLMENTS
from services.partners.tier_review.domain import enrolment as domain
from services.partners.tier_review.domain import reviewing
from services.partners.tier_review.domain.calendar import end_of, last_complete_period
from services.partners.tier_review.domain.enrolment import Enrolment, EnrolmentState, Step
from services.partners.tier_review.domain.levels import EnrolmentEndReason
from services.partners.tier_review.reads import figures_of
from services.partners.tier_review.usecases.steps import take

_DAY = timedelta(days=1)


class ReviewEnrolment(Command, frozen=True, kw_only=True):
    """Do what is due of a membership."""

    id: str


async def review_enrolment(env: Env, cmd: ReviewEnrolment) -> Enrolment:
    """The membership after the next thing that is due; unchanged if nothing is, or if the facts do not reach so far
    yet. A membership whose partner has been terminated ends."""
    loaded = await env.load(ENROLMENTS, cmd.id, call=cmd.call)
    enrolment, now = loaded.value, env.clock.now()
    if enrolment.state is EnrolmentState.ENDED:
        return enrolment
    partner = await env.load(PARTNERS, enrolment.partner_id, call=cmd.call)
    step = await _next_step(env, enrolment, partner.value, now=now)
    if step is None:
        return enrolment
    return await take(env, cmd, step, loaded=loaded, partner=partner)


async def _next_step(env: Env, enrolment: Enrolment, partner: Partner, *, now: datetime) -> Step | None:
    if enrolment.act_at is None or now < enrolment.act_at:
        return None
    if partner.ended:
        return domain.end(enrolment, reason=EnrolmentEndReason.PARTNER_TERMINATED, now=now)
    if (ended := domain.end_announced(enrolment, now=now)) is not None:
        return ended
    if (ended := domain.end_override(enrolment, now=now)) is not None:
        return ended
    pending = enrolment.pending
    if pending is not None and pending.act_at is not None and now >= pending.act_at:
        return await _fall(env, enrolment, now=now)
    return await _review(env, enrolment, now=now)


async def _review(env: Env, enrolment: Enrolment, *, now: datetime) -> Step | None:
    """The review of the latest period that is over, under the version that was in force on its last day. None while
    facts of the period are still to be added."""
    rhythm = (await _version(env, enrolment, enrolment.review_last_day)).review_every
    last = max(enrolment.review_last_day, last_complete_period(rhythm, enrolment.today(now)))
    if not await _facts_reach(env, enrolment, last):
        return None
    program = await _version(env, enrolment, last)
    async with env.settings.measuring.slice():
        figures = await figures_of(env, enrolment.partner_id, program, last_day=last)
    return reviewing.review(enrolment, figures, now=now)


async def _fall(env: Env, enrolment: Enrolment, *, now: datetime) -> Step | None:
    """The end of notice and grace, under the version of the review that gave notice."""
    pending, yesterday = enrolment.pending, enrolment.today(now) - _DAY
    assert pending is not None
    if not await _facts_reach(env, enrolment, yesterday):
        return None
    program = await _published(env, pending.to.program_id)
    given = await figures_of(env, enrolment.partner_id, program, last_day=pending.period_last_day)
    latest = await figures_of(env, enrolment.partner_id, program, last_day=yesterday)
    return reviewing.fall(enrolment, given, latest, now=now)


async def _version(env: Env, enrolment: Enrolment, on: date) -> Program:
    """The version that was in force on a day; the one under which the partner was enrolled, if it was enrolled on the
    first day of that in the cell, and the day before where it is."""
    try:
        return await program_in_force(env, enrolment.program, on=on)
    except NoProgramInForce:
        assert enrolment.earned is not None
        return await _published(env, enrolment.earned.program_id)


async def _published(env: Env, id: str) -> Program:
    loaded = await get(env.store, PROGRAMS, id)
    assert loaded is not None, "a published version is never removed"
    return loaded.value


async def _facts_reach(env: Env, enrolment: Enrolment, last: date) -> bool:
    """Whether everything that had arrived by the end of a day is in the sums."""
    return await as_of(env) >= end_of(last, enrolment.time_zone)
