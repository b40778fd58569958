"""Decides cases and appeals, settles cases, and ends the claims that lost."""

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.env import About
from libs.errors import InvalidInput
from libs.person import PersonalText
from libs.store.port import Loaded, Write, get_all
from services.deals.adjudication.documents import ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain import cases as domain
from services.deals.adjudication.domain.cases import Adjudication, Until, Verdict
from services.deals.adjudication.domain.proposals import propose
from services.deals.adjudication.domain.sides import AdjudicationStanding
from services.deals.adjudication.domain.states import AdjudicationReason, AdjudicationState
from services.deals.adjudication.events import (
    AdjudicationClaimDefeated,
    AdjudicationDecided,
    AdjudicationReopened,
    AdjudicationSettled,
)
from services.deals.adjudication.reads import appeal_until, sides_of
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, ClosureCode, Review
from services.deals.conflicts.reads.accounts import closing_writes
from services.deals.conflicts.reads.locking import claim_lock
from services.deals.protection.domain import cancel
from services.deals.settings import Env

Claims = Mapping[str, Loaded[Registration]]
_HOLDING = CLAIMING | {Review.CONVERTED}  # no claim is converted during its case, but one of an earlier release may be


class DecideAdjudication(ResourceCommand, frozen=True, kw_only=True):
    """Decide a case."""

    winner_registration_id: str = ""
    reason: AdjudicationReason
    note: PersonalText | None = None


class DecideAdjudicationAppeal(DecideAdjudication, frozen=True, kw_only=True):
    """Decide the appeals in a case."""


class SettleAdjudication(Command, frozen=True, kw_only=True):
    """Settle a case in which nobody has appealed in time."""

    id: str


class EndLostClaim(Command, frozen=True, kw_only=True):
    """End a claim that has lost its case."""

    registration_id: str


async def decide_adjudication(env: Env, cmd: DecideAdjudication) -> Adjudication:
    """The case, DECIDED, or SETTLED if nobody lost. WrongState, InvalidInput, ClaimHasEnded."""
    async with env.settings.locks.of(cmd.id):
        loaded = await env.load(ADJUDICATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        regs, now = await _claims(env, loaded.value), env.clock.now()
        verdict = await _verdict(env, loaded.value, regs, cmd)
        until = appeal_until(env, loaded.value, now=now)
        case = domain.decide(loaded.value, verdict, until, now=now)
        return await _commit(env, loaded, case, until, regs=regs, on_appeal=False, call=cmd.call)


async def decide_adjudication_appeal(env: Env, cmd: DecideAdjudicationAppeal) -> Adjudication:
    """The case, SETTLED. NoAppeal, AppealPeriodRunning, OtherPersonRequired, InvalidInput, ClaimHasEnded."""
    async with env.settings.locks.of(cmd.id):
        loaded = await env.load(ADJUDICATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        regs, now = await _claims(env, loaded.value), env.clock.now()
        verdict = await _verdict(env, loaded.value, regs, cmd)
        case = domain.judge(loaded.value, verdict, now=now)
        return await _commit(env, loaded, case, None, regs=regs, on_appeal=True, call=cmd.call)


async def settle_adjudication(env: Env, cmd: SettleAdjudication) -> Adjudication:
    """The case: SETTLED if the time for appeals is over and nobody has appealed, or OPEN again if the claim that won
    has ended; else unchanged."""
    async with env.settings.locks.of(cmd.id):
        loaded = await env.load(ADJUDICATIONS, cmd.id, call=cmd.call)
        regs = await _claims(env, loaded.value)
        winner = regs.get(loaded.value.winner) if loaded.value.rulings else None
        holds = winner is not None and winner.value.review in _HOLDING
        case = domain.fall_due(loaded.value, holds=holds, now=env.clock.now())
        if case is None:
            return loaded.value
        return await _commit(env, loaded, case, None, regs=regs, on_appeal=None, call=cmd.call)


async def end_lost_claim(env: Env, cmd: EndLostClaim) -> Registration:
    """The claim: CANCELED as ADJUDICATED, with its slots and account, or unchanged if it has ended."""
    async with claim_lock(env, cmd.registration_id, call=cmd.call) as loaded:
        canceled = cancel(loaded.value, ClosureCode.ADJUDICATED, now=env.clock.now())
        if canceled is None:
            return loaded.value
        reg, event = canceled
        writes = await closing_writes(env, loaded.value)
        return await env.commit(loaded.put(replace(reg, dispute_id="")), *writes, events=[event], call=cmd.call)


async def _claims(env: Env, case: Adjudication) -> Claims:
    return await get_all(env.store, REGISTRATIONS, (one.registration_id for one in case.parties))


async def _verdict(env: Env, case: Adjudication, regs: Claims, cmd: DecideAdjudication) -> Verdict:
    """What the command says, with the proposal on the facts as they are. InvalidInput, ClaimHasEnded."""
    winner = cmd.winner_registration_id
    if wrong := [*domain.verdict_violations(case, winner, cmd.reason)]:
        raise InvalidInput(wrong)
    domain.refuse_ended(winner, [key for key, one in regs.items() if one.value.review not in CLAIMING])
    caller = cmd.call.caller
    proposal = propose(case.criteria, await sides_of(env, case))
    return Verdict(winner, cmd.reason, caller.subject, caller.on_behalf_of, proposal, cmd.note)


async def _commit(
    env: Env,
    loaded: Loaded[Adjudication],
    case: Adjudication,
    until: Until | None,
    *,
    regs: Claims,
    on_appeal: bool | None,
    call: Call,
) -> Adjudication:
    """Write the case with its sides; a settled one also frees the claims that stay, and tells which have lost.
    regs: the claims as they were when it was decided which stay: if one of these has changed since, the commit fails
    and everything is looked at again. on_appeal: None if nobody decided anything now."""
    now, writes, events = env.clock.now(), list[Write](), list[msgspec.Struct | About]()
    if on_appeal is not None:
        events.append(
            AdjudicationDecided(
                adjudication_id=case.id,
                winner_registration_id=case.winner,
                reason=case.rulings[-1].reason,
                on_appeal=on_appeal,
                appeal_due_time=None if case.state is AdjudicationState.SETTLED else case.appeal_due_time,
            )
        )
    elif case.state is AdjudicationState.OPEN:
        events.append(AdjudicationReopened(adjudication_id=case.id, ended_registration_id=case.winner))
    if settled := case.state is AdjudicationState.SETTLED:
        events.append(AdjudicationSettled(adjudication_id=case.id, winner_registration_id=case.winner))
    staying: list[str] = []
    held = await get_all(env.store, ADJUDICATION_SIDES, (one.side_id for one in case.parties))
    for one in held.values():
        side = domain.standing(case, one.value, until, now=now)
        writes.append(put := one.put(side))
        if settled and side.standing is AdjudicationStanding.LOST:
            lost = AdjudicationClaimDefeated(
                adjudication_side_id=side.id, registration_id=side.registration_id, partner_id=side.partner_id
            )
            events.append(About(lost, put.document))
        elif settled:
            staying.append(side.registration_id)
    writes += (
        one.put(replace(one.value, dispute_id="", update_time=now)) for key, one in regs.items() if key in staying
    )
    return await env.commit(loaded.put(case), *writes, events=events, call=call)
