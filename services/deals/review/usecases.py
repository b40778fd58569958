"""The use cases from the submission of a claim to the vendor's decision."""

import msgspec
from msgspec.structs import replace

from libs.call import Call, Command, ResourceCommand, require_permission
from libs.partner import PartnerFacts, PartnerStatus
from libs.partner_projection import PARTNERS, acting_partner, exclusive_grants
from libs.person import PersonalText
from libs.rights import NoAgreement, NotCertified, Place, Right
from libs.rights_projection import lacking_agreement, missing_certificates
from libs.store.port import Put, get
from services.deals.approval.domain.chain import waits_for_step
from services.deals.approval.reads import routed, step_decided
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration, awaits_partner, refuse_disputed
from services.deals.claims.domain.states import CLAIMING, ClosureCode, OverrideReason
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.conflicts.domain.accounts import ClaimAccount, refuse_over_limit, refuse_probing
from services.deals.conflicts.domain.keys import keys_of
from services.deals.conflicts.domain.matching import conflict_found, for_review
from services.deals.conflicts.domain.overriding import (
    blocking,
    linked_by_likeness,
    override,
    refuse_protected,
    refuse_unexplained,
)
from services.deals.conflicts.reads.abroad import refuse_pending
from services.deals.conflicts.reads.accounts import closing_writes, opening_write, taken_back_writes
from services.deals.conflicts.reads.locking import claim_lock
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import (
    CONFLICTS_AT_MOST,
    claim_writes,
    conflicts_of,
    refuse_while_renewing,
    release_writes,
    slots_of,
)
from services.deals.matching.reads.filing import entry_writes, file_if_many, touching_writes
from services.deals.review.domain import transitions
from services.deals.review.domain.territory import refuse_exclusive
from services.deals.review.reads import decision_due
from services.deals.settings import Env

EVENTS_PER_SUBMISSION = 50
MAY_OVERRIDE = "deals.conflict.override"


MAY_CLAIM = frozenset({PartnerStatus.ACTIVE})
MAY_RESUBMIT = MAY_CLAIM | {PartnerStatus.SUSPENDED}  # only a claim for which the vendor requested changes


class SubmitRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Submit a claim, for the first time or again."""


class RecallRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Recall a submitted claim before its review."""


class StartReview(ResourceCommand, frozen=True, kw_only=True):
    """Start the review of a claim."""


class RequestChanges(ResourceCommand, frozen=True, kw_only=True):
    """Ask the partner to change the fields `requested_fields`."""

    requested_fields: tuple[str, ...]
    decision_note: PersonalText | None = None


class ApproveRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Approve a claim; with `override_reason` also if a rival's protection blocks it."""

    decision_note: PersonalText | None = None
    override_reason: OverrideReason | None = None


class RejectRegistration(ResourceCommand, frozen=True, kw_only=True):
    """Reject a claim."""

    closure_code: ClosureCode
    decision_note: PersonalText | None = None


class BreachDecision(Command, frozen=True, kw_only=True):
    """Mark one claim as late if its decision is overdue."""

    id: str


async def submit_registration(env: Env, cmd: SubmitRegistration) -> Registration:
    """The claim, submitted, with one event for each of the best 50 conflicts with claims of this cell.

    Of two claims on one key that are submitted at once no conflict is missed, because both write the slot of the key.
    Of two that are only near, both may miss the other: ListConflicts and an approval find it.
    """
    await file_if_many(env)
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        now = env.clock.now()
        keys = keys_of(loaded.value.customer, env.keys.keyed)
        transitions.refuse_unready(loaded.value, keys)
        allowed = MAY_RESUBMIT if awaits_partner(loaded.value) else MAY_CLAIM
        partner = await acting_partner(env, loaded.value.partner_id, call=cmd.call, allowed=allowed)
        await _refuse_foreign_territory(env, loaded.value)
        await _refuse_without_right(env, loaded.value)
        slots = await slots_of(env, keys)
        near = await near_of(env, loaded.value, submitting=True)
        found = await conflicts_of(env, loaded.value, slots, near)
        due = decision_due(env, loaded.value, now)
        reg, event = transitions.submit(
            loaded.value, keys=keys, conflicts=len(found), near=for_review(near, found), due=due, now=now
        )
        reg = await routed(env, reg, partner, first=loaded.value.submit_time is None)
        of_this_cell = [one for one in found if one.registration_id]
        return await env.commit(
            loaded.put(reg),
            *claim_writes(reg, slots),
            *await release_writes(env, loaded.value, keep=keys),
            *await entry_writes(env, reg),
            *await _opened(env, loaded.value, partner, call=cmd.call),
            events=[event, *(conflict_found(reg, one) for one in of_this_cell[:EVENTS_PER_SUBMISSION])],
            call=cmd.call,
        )


async def recall_registration(env: Env, cmd: RecallRegistration) -> Registration:
    """The claim in DRAFT again, removed from its slots; the account of its partner counts one open claim less."""
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        reg, event = transitions.recall(loaded.value, now=env.clock.now())
        writes, probing = await taken_back_writes(env, loaded.value, call=cmd.call)
        return await env.commit(loaded.put(reg), *writes, events=[event, *probing], call=cmd.call)


async def start_review(env: Env, cmd: StartReview) -> Registration:
    """The claim, under review."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    reg, event = transitions.start_review(loaded.value, now=env.clock.now())
    return await env.commit(loaded.put(reg), events=[event], call=cmd.call)


async def request_changes(env: Env, cmd: RequestChanges) -> Registration:
    """The claim in ACTION_REQUIRED."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call, etag=cmd.etag)
    reg, event = transitions.request_changes(
        loaded.value, cmd.requested_fields, note=cmd.decision_note, now=env.clock.now()
    )
    return await env.commit(loaded.put(reg), events=[event], call=cmd.call)


async def approve_registration(env: Env, cmd: ApproveRegistration) -> Registration:
    """The claim in APPROVED; UNDER_REVIEW while a step of its chain is left. An override needs the permission
    MAY_OVERRIDE. NotYourStep, ClaimDisputed, KeysBeingRenewed,
    CellsPending; CustomerProtected if a rival's protection blocks the claim and the command has no override reason.

    The slots are written too, so that of two rivals approved at once the second is refused; and the index entries of
    rivals that share no key and could block.
    """
    if cmd.override_reason is not None:
        require_permission(cmd.call, MAY_OVERRIDE)
    refuse_unexplained(cmd.override_reason, cmd.decision_note)
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        now, policy = env.clock.now(), env.settings.policy
        slots = await slots_of(env, loaded.value.keys)
        partner = await get(env.store, PARTNERS, loaded.value.partner_id)
        staged = policy.stage_protection(loaded.value.product_lines, loaded.value.stage.name)
        protection = policy.protection_of(partner.value if partner else None, staged=staged)
        reg, event = transitions.approve(loaded.value, protection=protection, note=cmd.decision_note, now=now)
        refuse_disputed(loaded.value, viewer=cmd.call.caller.partner_id)
        reg, told = await step_decided(env, reg, call=cmd.call)
        if waits_for_step(reg):
            waiting = replace(loaded.value, approval_steps=reg.approval_steps, update_time=now)
            return await env.commit(loaded.put(waiting), events=told, call=cmd.call)
        await refuse_while_renewing(env)
        await refuse_pending(env, reg)
        near = await near_of(env, reg)
        found = await conflicts_of(env, reg, slots, near, at_most=CONFLICTS_AT_MOST)
        blocked_by = blocking(found, threshold=policy.conflict_threshold, now=now)
        events: list[msgspec.Struct] = [*told, event]
        if cmd.override_reason is None:
            refuse_protected(blocked_by, threshold=policy.conflict_threshold)
        elif blocked_by:
            reg, overridden = override(reg, cmd.override_reason, blocked_by)
            events.append(overridden)
        return await env.commit(
            loaded.put(reg),
            *claim_writes(reg, slots),
            *await touching_writes(env, (reg.id, *linked_by_likeness(found, threshold=policy.conflict_threshold))),
            events=events,
            call=cmd.call,
        )


async def reject_registration(env: Env, cmd: RejectRegistration) -> Registration:
    """The claim in REJECTED, removed from its slots and from the account of its partner."""
    async with claim_lock(env, cmd.id, call=cmd.call, etag=cmd.etag) as loaded:
        reg, event = transitions.reject(loaded.value, cmd.closure_code, note=cmd.decision_note, now=env.clock.now())
        return await env.commit(
            loaded.put(reg),
            *await closing_writes(env, loaded.value),
            events=[event],
            call=cmd.call,
        )


async def breach_decision(env: Env, cmd: BreachDecision) -> Registration:
    """The claim: marked as late, with an event published, if its decision is overdue; else unchanged."""
    loaded = await env.load(REGISTRATIONS, cmd.id, call=cmd.call)
    breached = transitions.breach_decision(loaded.value, now=env.clock.now())
    if breached is None:
        return loaded.value
    reg, event = breached
    return await env.commit(loaded.put(reg), events=[event], call=cmd.call)


async def _opened(env: Env, reg: Registration, partner: PartnerFacts, *, call: Call) -> tuple[Put[ClaimAccount], ...]:
    """The write that counts one more open claim; none for a claim that is open already. TooManyOpenClaims;
    TooManyClaimsTakenBack if the caller is of a partner."""
    if reg.review in CLAIMING:
        return ()
    loaded = await get(env.store, ACCOUNTS, reg.partner_id)
    account, policy = loaded.value if loaded else None, env.settings.policy
    if call.caller.partner_id:
        refuse_probing(account, limit=policy.claims_taken_back, window=policy.taken_back_window, now=env.clock.now())
    refuse_over_limit(account, partner, limit=policy.claims_allowed(partner))
    return (opening_write(loaded, reg.partner_id),)


async def _refuse_without_right(env: Env, reg: Registration) -> None:
    """NoAgreement if the agreements of the partner do not allow the claim today; NotCertified if it lacks certified
    persons for the product lines."""
    lines, required = reg.product_lines, env.settings.policy.agreement_required
    place = Place(country=reg.customer.country, subdivision=reg.customer.subdivision)
    if lacking := await lacking_agreement(
        env, reg.partner_id, Right.REGISTERING, place=place, product_lines=lines, required=required
    ):
        raise NoAgreement(reg.partner_id, Right.REGISTERING, lacking)
    if missing := await missing_certificates(env, reg.partner_id, Right.REGISTERING, product_lines=lines):
        raise NotCertified(reg.partner_id, Right.REGISTERING, missing)


async def _refuse_foreign_territory(env: Env, reg: Registration) -> None:
    on = env.today()
    grants = await exclusive_grants(env.store, reg.customer.country, reg.product_lines, on=on)
    refuse_exclusive(reg, grants, on=on)
