"""Decides cases and appeals, settles cases, and ends the claims that lost."""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand
from libs.env import About
from libs.errors import InvalidInput
from libs.store.port import Loaded, Write, get_all
from services.deals.adjudication.documents import ADJUDICATION_SIDES, ADJUDICATIONS
from services.deals.adjudication.domain import cases as domain
from services.deals.adjudication.domain.cases import Adjudication, Until, Verdict
from services.deals.adjudication.domain.proposals import propose
from services.deals.adjudication.domain.sides import AdjudicationStanding
from services.deals.adjudication.domain.states import AdjudicationReason, AdjudicationState
from services.deals.adjudication.events import AdjudicationClaimDefeated, AdjudicationDecided, AdjudicationSettled
from services.deals.adjudication.reads import appeal_until, sides_of
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, ClosureCode
from services.deals.conflicts.reads.accounts import closing_writes
from services.deals.conflicts.reads.locking import claim_lock
from services.deals.protection.domain import cancel
from services.deals.settings import Env


class DecideAdjudication(ResourceCommand, frozen=True, kw_only=True):
    """Decide a case."""

    winner_registration_id: str = ""
    reason: AdjudicationReason


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
        verdict, now = await _verdict(env, loaded.value, cmd), env.clock.now()
        until = appeal_until(env, loaded.value, now=now)
        case = domain.decide(loaded.value, verdict, until, now=now)
        return await _commit(env, loaded, case, until, on_appeal=False, call=cmd.call)


async def decide_adjudication_appeal(env: Env, cmd: DecideAdjudicationAppeal) -> Adjudication:
    """The case, SETTLED. NoAppeal, AppealPeriodRunning, OtherPersonRequired, InvalidInput, ClaimHasEnded."""
    async with env.settings.locks.of(cmd.id):
        loaded = await env.load(ADJUDICATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
        verdict, now = await _verdict(env, loaded.value, cmd), env.clock.now()
        case = domain.judge(loaded.value, verdict, now=now)
        return await _commit(env, loaded, case, None, on_appeal=True, call=cmd.call)


async def settle_adjudication(env: Env, cmd: SettleAdjudication) -> Adjudication:
    """The case: SETTLED if the time for appeals is over and nobody has appealed, else unchanged."""
    async with env.settings.locks.of(cmd.id):
        loaded = await env.load(ADJUDICATIONS, cmd.id, call=cmd.call)
        case = domain.fall_due(loaded.value, now=env.clock.now())
        if case is None:
            return loaded.value
        return await _commit(env, loaded, case, None, on_appeal=None, call=cmd.call)


async def end_lost_claim(env: Env, cmd: EndLostClaim) -> Registration:
    """The claim: CANCELED as ADJUDICATED, with its slots and account, or unchanged if it has ended."""
    async with claim_lock(env, cmd.registration_id, call=cmd.call) as loaded:
        canceled = cancel(loaded.value, ClosureCode.ADJUDICATED, now=env.clock.now())
        if canceled is None:
            return loaded.value
        reg, event = canceled
        writes = await closing_writes(env, loaded.value)
        return await env.commit(loaded.put(replace(reg, dispute_id="")), *writes, events=[event], call=cmd.call)


async def _verdict(env: Env, case: Adjudication, cmd: DecideAdjudication) -> Verdict:
    """What the command says, with the proposal on the facts as they are. InvalidInput, ClaimHasEnded."""
    winner = cmd.winner_registration_id
    if wrong := [*domain.verdict_violations(case, winner, cmd.reason)]:
        raise InvalidInput(wrong)
    regs = await get_all(env.store, REGISTRATIONS, (one.registration_id for one in case.parties))
    domain.refuse_ended(winner, [key for key, one in regs.items() if one.value.review not in CLAIMING])
    caller = cmd.call.caller
    proposal = propose(case.criteria, await sides_of(env, case))
    return Verdict(winner, cmd.reason, caller.subject, caller.on_behalf_of, proposal)


async def _commit(
    env: Env,
    loaded: Loaded[Adjudication],
    case: Adjudication,
    until: Until | None,
    *,
    on_appeal: bool | None,
    call: Call,
) -> Adjudication:
    """Write the case with its sides; a settled one also frees the claims that stay, and tells which have lost.
    on_appeal: None if nobody decided anything now."""
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
    writes += await _freed(env, staying)
    return await env.commit(loaded.put(case), *writes, events=events, call=call)


async def _freed(env: Env, registration_ids: Sequence[str]) -> list[Write]:
    """The writes after which these claims can be approved."""
    found = await get_all(env.store, REGISTRATIONS, registration_ids)
    now = env.clock.now()
    return [one.put(replace(one.value, dispute_id="", update_time=now)) for one in found.values()]
