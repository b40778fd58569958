"""From submission to the vendor's decision."""

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, require_permission
from libs.errors import InvalidInput, Violation
from libs.partner import PartnerFacts, PartnerStatus
from libs.peers import acting_partner, exclusive_grants
from libs.person import PersonalText
from libs.store.port import Put, Write, create
from services.deals.documents import ACCOUNTS, REGISTRATIONS
from services.deals.domain import moves
from services.deals.domain.events import ConflictFound, ProbingFound
from services.deals.domain.matching import Conflict, blocking, override, refuse_protected
from services.deals.domain.partner import (
    ClaimAccount,
    TooManyOpenClaims,
    one_less,
    recently_taken_back,
    refuse_exclusive,
    refuse_probing,
    taken_back,
)
from services.deals.domain.registration import Registration, awaits_partner
from services.deals.domain.states import CLAIMING, UNDECIDED, ClosureCode, OverrideReason
from services.deals.usecases.clocks import decision_due
from services.deals.usecases.drafts import person_writes
from services.deals.usecases.keys import refuse_while_renewing
from services.deals.usecases.lines import claim_line
from services.deals.usecases.matching import (
    CONFLICTS_AT_MOST,
    claim_writes,
    conflicts_of,
    keys_of,
    release_writes,
    slots_of,
)
from services.deals.usecases.settings import Env, today

EVENTS_PER_SUBMISSION = 50
MAY_OVERRIDE = "deals.conflict.override"

MAY_CLAIM = frozenset({PartnerStatus.ACTIVE})
MAY_RESUBMIT = MAY_CLAIM | {PartnerStatus.SUSPENDED}  # a claim of before, as the vendor asked


class SubmitRegistration(Command, frozen=True, kw_only=True):
    """Claim the customer."""

    id: str
    etag: str = ""


class RecallRegistration(Command, frozen=True, kw_only=True):
    """Take a claim back."""

    id: str
    etag: str = ""


class StartReview(Command, frozen=True, kw_only=True):
    """Take a claim to decide on it."""

    id: str
    etag: str = ""


class RequestChanges(Command, frozen=True, kw_only=True):
    """Ask the partner for `requested_fields`."""

    id: str
    etag: str = ""
    requested_fields: tuple[str, ...]
    decision_note: PersonalText | None = None


class ApproveRegistration(Command, frozen=True, kw_only=True):
    """Protect a claim; with `override_reason` in spite of a rival's protection."""

    id: str
    etag: str = ""
    decision_note: PersonalText | None = None
    override_reason: OverrideReason | None = None


class RejectRegistration(Command, frozen=True, kw_only=True):
    """Turn a claim down."""

    id: str
    etag: str = ""
    closure_code: ClosureCode
    decision_note: PersonalText | None = None


async def submit_registration(env: Env, cmd: SubmitRegistration) -> Registration:
    """The claim, submitted; every rival is found because both write the slots of the keys they share."""
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        now = env.clock.now()
        keys = keys_of(held.value.customer)
        moves.refuse_unready(held.value, keys)
        allowed = MAY_RESUBMIT if awaits_partner(held.value) else MAY_CLAIM
        partner = await acting_partner(env, held.value.partner_id, call=cmd.call, allowed=allowed)
        await _refuse_foreign_territory(env, held.value)
        slots = await slots_of(env, keys)
        found = await conflicts_of(env, held.value, slots)
        due = decision_due(env, held.value, now)
        reg, event = moves.submit(held.value, keys=keys, conflicts=len(found), due=due, now=now)
        stale = replace(held.value, keys=tuple(key for key in held.value.keys if key not in keys))
        return await env.commit(
            held.put(reg),
            *claim_writes(reg, slots),
            *await release_writes(env, stale),
            *await _opened(env, held.value, partner, call=cmd.call),
            events=[event, *(_conflict_event(reg, one) for one in found[:EVENTS_PER_SUBMISSION])],
            call=cmd.call,
        )


async def recall_registration(env: Env, cmd: RecallRegistration) -> Registration:
    """The claim, a draft again; what it held is free."""
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        reg, event = moves.recall(held.value, now=env.clock.now())
        writes, told = await taken_back_writes(env, held.value, call=cmd.call)
        return await env.commit(held.put(reg), *writes, events=[event, *told], call=cmd.call)


async def start_review(env: Env, cmd: StartReview) -> Registration:
    """The claim, under review."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    reg, event = moves.start_review(held.value, now=env.clock.now())
    return await env.commit(held.put(reg), events=[event], call=cmd.call)


async def request_changes(env: Env, cmd: RequestChanges) -> Registration:
    """The claim, waiting for the partner."""
    held = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    reg, event = moves.request_changes(held.value, cmd.requested_fields, note=cmd.decision_note, now=env.clock.now())
    return await env.commit(held.put(reg), *person_writes(env, held.value, reg), events=[event], call=cmd.call)


async def approve_registration(env: Env, cmd: ApproveRegistration) -> Registration:
    """The claim, protected; refused while a rival's is on the same products, unless who may overrides that.

    The slots are written too, so that of two rivals approved at once one is refused.
    """
    _refuse_override(cmd)
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        now, policy = env.clock.now(), env.settings.policy
        slots = await slots_of(env, held.value.keys)
        reg, event = moves.approve(held.value, protection=policy.protection, note=cmd.decision_note, now=now)
        await refuse_while_renewing(env)
        found = await conflicts_of(env, reg, slots, at_most=CONFLICTS_AT_MOST)
        blocked_by = blocking(found, threshold=policy.conflict_threshold, now=now)
        events: list[msgspec.Struct] = [event]
        if cmd.override_reason is None:
            refuse_protected(blocked_by, threshold=policy.conflict_threshold)
        elif blocked_by:
            reg, overridden = override(reg, cmd.override_reason, blocked_by)
            events.append(overridden)
        return await env.commit(
            held.put(reg),
            *claim_writes(reg, slots),
            *person_writes(env, held.value, reg),
            events=events,
            call=cmd.call,
        )


async def reject_registration(env: Env, cmd: RejectRegistration) -> Registration:
    """The claim, turned down."""
    async with claim_line(env, cmd.id, call=cmd.call, etag=cmd.etag) as held:
        reg, event = moves.reject(held.value, cmd.closure_code, note=cmd.decision_note, now=env.clock.now())
        return await env.commit(
            held.put(reg),
            *await closing_writes(env, held.value),
            *person_writes(env, held.value, reg),
            events=[event],
            call=cmd.call,
        )


async def claims_taken_back(env: Env, reg: Registration) -> int:
    """How many claims its partner's people took back before their decision, as far as policy looks back."""
    account = await env.store.get(ACCOUNTS, reg.partner_id)
    since = env.clock.now() - env.settings.policy.taken_back_window
    return len(recently_taken_back(account.value if account else None, since=since))


async def closing_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """What goes with a claim that ends or is taken back: its keys are free, and the partner holds one less."""
    if reg.review not in CLAIMING:
        return ()
    account = await env.store.get(ACCOUNTS, reg.partner_id)
    less = (account.put(one_less(account.value)),) if account else ()
    return (*await release_writes(env, reg), *less)


async def taken_back_writes(
    env: Env, reg: Registration, *, call: Call
) -> tuple[tuple[Write, ...], tuple[ProbingFound, ...]]:
    """As `closing_writes`. Where a partner's people take back a claim that was not decided on, that is counted, and the
    vendor is told of too many."""
    account = await env.store.get(ACCOUNTS, reg.partner_id)
    if not call.caller.partner_id or reg.review not in UNDECIDED or account is None:
        return await closing_writes(env, reg), ()
    policy = env.settings.policy
    counted, event = taken_back(
        one_less(account.value),
        reg.id,
        limit=policy.claims_taken_back,
        window=policy.taken_back_window,
        now=env.clock.now(),
    )
    return (*await release_writes(env, reg), account.put(counted)), (event,) if event else ()


def _refuse_override(cmd: ApproveRegistration) -> None:
    """PermissionDenied for whoever may not override; InvalidInput for OTHER without a note that says what."""
    if cmd.override_reason is None:
        return
    require_permission(cmd.call, MAY_OVERRIDE)
    said = cmd.decision_note.text.strip() if cmd.decision_note else ""
    if cmd.override_reason is OverrideReason.OTHER and not said:
        raise InvalidInput([Violation("decision_note", "is needed where override_reason is OTHER", "REQUIRED")])


async def _opened(env: Env, reg: Registration, partner: PartnerFacts, *, call: Call) -> tuple[Put[ClaimAccount], ...]:
    """One more open claim; none for a claim that is resubmitted."""
    if reg.review in CLAIMING:
        return ()
    account = await env.store.get(ACCOUNTS, reg.partner_id)
    policy = env.settings.policy
    if call.caller.partner_id:
        refuse_probing(
            account.value if account else None,
            limit=policy.claims_taken_back,
            window=policy.taken_back_window,
            now=env.clock.now(),
        )
    limit = policy.claims_allowed(partner.tier)
    if (account.value.open_claims if account else 0) >= limit:
        raise TooManyOpenClaims(reg.partner_id, partner.tier, limit)
    if account is None:
        return (create(ACCOUNTS, ClaimAccount(id=reg.partner_id, open_claims=1)),)
    return (account.put(replace(account.value, open_claims=account.value.open_claims + 1)),)


async def _refuse_foreign_territory(env: Env, reg: Registration) -> None:
    on = today(env)
    grants = await exclusive_grants(env.store, reg.customer.country, reg.product_lines, on=on)
    refuse_exclusive(reg, grants, on=on)


def _conflict_event(reg: Registration, found: Conflict) -> ConflictFound:
    return ConflictFound(
        registration_id=reg.id,
        partner_id=reg.partner_id,
        other_registration_id=found.registration_id,
        other_partner_id=found.partner_id,
        score=found.score,
        keys=tuple(reason.key for reason in found.reasons),
    )
