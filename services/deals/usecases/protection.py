"""A claim after submission: progress, extension, conversion, the ends it can come to, and what the clock does to it."""

from libs.call import Command
from libs.errors import InvalidInput, Violation
from libs.money import current_currencies
from libs.peers import active_partner
from libs.store.port import Held
from services.deals.documents import REGISTRATIONS
from services.deals.domain import moves
from services.deals.domain import protection as domain
from services.deals.domain.registration import Activity, Registration
from services.deals.domain.states import MAY_CANCEL, MAY_EXPIRE, ClosureCode, Stage
from services.deals.usecases.decisions import closing_writes, taken_back_writes
from services.deals.usecases.drafts import person_writes
from services.deals.usecases.lines import claim_line
from services.deals.usecases.matching import claim_writes, slots_of
from services.deals.usecases.settings import Env, day_of


class WithdrawRegistration(Command, frozen=True, kw_only=True):
    """Give a claim up."""

    id: str
    etag: str = ""


class ExtendProtection(Command, frozen=True, kw_only=True):
    """Prolong protection against proof of work."""

    id: str
    etag: str = ""
    activities: tuple[Activity, ...]


class AdvanceStage(Command, frozen=True, kw_only=True):
    """Move the sales stage forward."""

    id: str
    etag: str = ""
    stage: Stage
    activities: tuple[Activity, ...] = ()


class ConvertRegistration(Command, frozen=True, kw_only=True):
    """Turn the deal into an order."""

    id: str
    etag: str = ""
    currency: str = ""


class Sweep(Command, frozen=True, kw_only=True):
    """Do what the clock says is due for one claim."""

    id: str


class LinkOrder(Command, frozen=True, kw_only=True):
    """Remember the order that was made of a converted claim."""

    registration_id: str
    partner_id: str
    order_id: str


async def withdraw_registration(env: Env, cmd: WithdrawRegistration) -> Registration:
    """The claim, given up."""
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        reg, event = moves.withdraw(held.value, now=env.clock.now())
        writes, told = await taken_back_writes(env, held.value, call=cmd.call)
        return await env.commit(held.put(reg), *writes, events=[event, *told], call=cmd.call)


async def extend_protection(env: Env, cmd: ExtendProtection) -> Registration:
    """The claim with its protection prolonged.

    The slots are written too, so that a rival approved at the moment protection ends and the extension see each other.
    """
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        since = day_of(env, held.value.decide_time or held.value.create_time)
        extension = env.settings.policy.extension
        reg, event = domain.extend(held.value, cmd.activities, extension=extension, since=since, now=env.clock.now())
        return await env.commit(
            held.put(reg),
            *claim_writes(reg, await slots_of(env, reg.keys)),
            *person_writes(env, held.value, reg),
            events=[event],
            call=cmd.call,
        )


async def advance_stage(env: Env, cmd: AdvanceStage) -> Registration:
    """The claim at its new stage."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    reg, event = domain.advance(held.value, cmd.stage, cmd.activities, now=env.clock.now())
    return await env.commit(held.put(reg), *person_writes(env, held.value, reg), events=[event], call=cmd.call)


async def convert_registration(env: Env, cmd: ConvertRegistration) -> Registration:
    """The claim, won; orders makes the order of the event."""
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        await active_partner(env, held.value.partner_id, call=cmd.call)
        reg, event = domain.convert(held.value, cmd.currency, now=env.clock.now())
        _refuse_currency(held.value, cmd.currency)
        return await env.commit(held.put(reg), *await closing_writes(env, held.value), events=[event], call=cmd.call)


async def link_order(env: Env, cmd: LinkOrder) -> Registration:
    """The claim with its order named; as it is if it has one, or if the order is another partner's."""
    held = await env.load(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    reg = domain.link(held.value, cmd.order_id)
    if reg is held.value or reg.partner_id != cmd.partner_id:
        return held.value
    return await env.commit(held.put(reg), call=cmd.call)


async def expire_registration(env: Env, cmd: Sweep) -> Registration:
    """The claim, expired if its protection has run out by now."""
    async with claim_line(env, cmd.id, call=cmd.call) as held:
        until = held.value.protected_until
        if held.value.review not in MAY_EXPIRE or until is None or until > env.clock.now():
            return held.value
        reg, event = domain.expire(held.value, now=env.clock.now())
        return await env.commit(held.put(reg), *await closing_writes(env, held.value), events=[event], call=cmd.call)


async def warn_of_expiry(env: Env, cmd: Sweep) -> Registration:
    """The claim, its partner warned once, if the end is still near: it may have been extended since it was found."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
    until, now = held.value.protected_until, env.clock.now()
    near = until is not None and now < until <= now + env.settings.policy.expiry_warning
    if held.value.expiry_warned or held.value.review not in MAY_EXPIRE or not near:
        return held.value
    reg, event = domain.warn_of_expiry(held.value, now=now)
    return await env.commit(held.put(reg), events=[event], call=cmd.call)


async def breach_decision(env: Env, cmd: Sweep) -> Registration:
    """The claim, the vendor's missed deadline told once."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
    if not _overdue(held, env):
        return held.value
    reg, event = moves.breach_decision(held.value, now=env.clock.now())
    return await env.commit(held.put(reg), events=[event], call=cmd.call)


async def cancel_registration(env: Env, cmd: Sweep) -> Registration:
    """The claim of a terminated partner, ended."""
    async with claim_line(env, cmd.id, call=cmd.call) as held:
        if held.value.review not in MAY_CANCEL:
            return held.value
        reg, event = moves.cancel(held.value, ClosureCode.INELIGIBLE, now=env.clock.now())
        return await env.commit(held.put(reg), *await closing_writes(env, held.value), events=[event], call=cmd.call)


def _refuse_currency(reg: Registration, currency: str) -> None:
    """InvalidInput for a currency that nobody can pay in today, and for another one than that of the expected amounts,
    unless that is such a one."""
    own = reg.expected_amount.currency if reg.expected_amount else ""
    wanted = currency or own
    if wanted and wanted not in current_currencies():
        raise InvalidInput([Violation("currency", f"{wanted!r} is no ISO 4217 currency today", "UNKNOWN_CURRENCY")])
    if own in current_currencies() and wanted != own:
        raise InvalidInput([Violation("currency", f"is not {own} as the expected amounts are", "MIXED_CURRENCY")])


def _overdue(held: Held[Registration], env: Env) -> bool:
    due = held.value.decision_due_time
    return due is not None and due <= env.clock.now() and not held.value.decision_breached
