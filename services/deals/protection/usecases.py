"""The use cases for a claim after its submission: withdraw, extend, advance, expire, warn and cancel."""

from libs.call import Call, Command, ResourceCommand
from libs.store.port import Loaded
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Activity, Registration
from services.deals.claims.domain.states import ClosureCode, Stage
from services.deals.claims.events import RegistrationEvent
from services.deals.conflicts.reads.accounts import closing_writes, taken_back_writes
from services.deals.conflicts.reads.locking import claim_lock
from services.deals.conflicts.reads.slots import claim_writes, slots_of
from services.deals.matching.reads.filing import touching_writes
from services.deals.protection import domain
from services.deals.settings import Env


class WithdrawRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a claim."""


class ExtendProtection(ResourceCommand, frozen=True, kw_only=True):
    """Extend protection; the activities prove work on the deal."""

    activities: tuple[Activity, ...]


class AdvanceStage(ResourceCommand, frozen=True, kw_only=True):
    """Move the sales stage forward."""

    stage: Stage
    activities: tuple[Activity, ...] = ()


class Sweep(Command, frozen=True, kw_only=True):
    """Make for one claim the transition that a job found due."""

    id: str


async def withdraw_registration(env: Env, cmd: WithdrawRegistration) -> Registration:
    """The claim, withdrawn. It counts as taken back if its partner's people withdraw it before the decision."""
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        reg, event = domain.withdraw(loaded.value, now=env.clock.now())
        writes, probing = await taken_back_writes(env, loaded.value, call=cmd.call)
        return await env.commit(loaded.put(reg), *writes, events=[event, *probing], call=cmd.call)


async def extend_protection(env: Env, cmd: ExtendProtection) -> Registration:
    """The claim with its protection extended.

    The slots are written too, so that of an extension and the approval of a rival at the same moment one fails the
    version check and is tried again.
    """
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        since = env.day_of(loaded.value.decide_time or loaded.value.create_time)
        extension = env.settings.policy.extension
        reg, event = domain.extend(loaded.value, cmd.activities, extension=extension, since=since, now=env.clock.now())
        return await env.commit(
            loaded.put(reg),
            *claim_writes(reg, await slots_of(env, reg.keys)),
            *await touching_writes(env, (reg.id,)),
            events=[event],
            call=cmd.call,
        )


async def advance_stage(env: Env, cmd: AdvanceStage) -> Registration:
    """The claim at its new stage, with longer protection if the stage protects it and an activity proves the progress;
    then its slots and its entry are written too, as by an extension."""
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        before, now = loaded.value, env.clock.now()
        reg, event = domain.advance(before, cmd.stage, cmd.activities, now=now)
        window = env.settings.policy.stage_protection(reg.product_lines, reg.stage.name)
        since = env.day_of(max(before.decide_time or before.create_time, before.stage_time or before.create_time))
        extended = domain.progressed(reg, cmd.activities, window=window, since=since, now=now)
        if extended is None:
            return await env.commit(loaded.put(reg), events=[event], call=cmd.call)
        reg, more = extended
        return await env.commit(
            loaded.put(reg),
            *claim_writes(reg, await slots_of(env, reg.keys)),
            *await touching_writes(env, (reg.id,)),
            events=[event, more],
            call=cmd.call,
        )


async def expire_registration(env: Env, cmd: Sweep) -> Registration:
    """The claim: expired if its protection has ended, else unchanged."""
    async with claim_lock(env, cmd.id, call=cmd.call) as loaded:
        return await _close(env, loaded, domain.expire(loaded.value, now=env.clock.now()), call=cmd.call)


async def warn_of_expiry(env: Env, cmd: Sweep) -> Registration:
    """The claim: marked as warned, with a warning published, if its end of protection is near; else unchanged."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
    warned = domain.warn_of_expiry(loaded.value, warning=env.settings.policy.expiry_warning, now=env.clock.now())
    if warned is None:
        return loaded.value
    reg, event = warned
    return await env.commit(loaded.put(reg), events=[event], call=cmd.call)


async def cancel_registration(env: Env, cmd: Sweep) -> Registration:
    """The claim of a terminated partner: canceled as INELIGIBLE, or unchanged if it has ended."""
    async with claim_lock(env, cmd.id, call=cmd.call) as loaded:
        canceled = domain.cancel(loaded.value, ClosureCode.INELIGIBLE, now=env.clock.now())
        return await _close(env, loaded, canceled, call=cmd.call)


async def _close(
    env: Env, loaded: Loaded[Registration], ended: tuple[Registration, RegistrationEvent] | None, *, call: Call
) -> Registration:
    """Commit the end of the claim, with its slots and account; the claim, unchanged if `ended` is None."""
    if ended is None:
        return loaded.value
    reg, event = ended
    return await env.commit(loaded.put(reg), *await closing_writes(env, loaded.value), events=[event], call=call)
