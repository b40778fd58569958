"""Drafts, publishes and lists versions of the rule, puts deputies, and shows the chain of a claim."""

from datetime import date, datetime

from msgspec.structs import replace

from libs.call import Command, ResourceCommand
from libs.document import same_content
from libs.errors import InvalidInput
from libs.partner_projection import PARTNERS
from libs.store.listing import every_row
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page, create, get
from libs.versions import RuleState, published, withdrawn
from services.deals.approval.documents import APPROVAL_DEPUTIES, APPROVAL_RULES
from services.deals.approval.domain.rules import (
    ApprovalChain,
    ApprovalDeputy,
    ApprovalRule,
    ApprovalStep,
    OwnAuthority,
    chain_of,
    period_violations,
    rule_violations,
)
from services.deals.approval.events import ApprovalRulePublished, ApprovalRuleWithdrawn
from services.deals.approval.reads import rule_for
from services.deals.claims.documents import REGISTRATIONS
from services.deals.settings import Env
from services.deals.versions.reads import Place, draft, versions_of


class DraftApprovalRule(Command, frozen=True, kw_only=True):
    """Draft the next version, or replace its draft."""

    steps: tuple[ApprovalStep, ...]
    own_authority: OwnAuthority | None = None


class PublishApprovalRule(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""

    effective_day: date


class WithdrawApprovalRule(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class ListApprovalRules(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class PutApprovalDeputy(Command, frozen=True, kw_only=True):
    """Put the days on which a person stands in for a role."""

    role: str
    subject: str
    first_day: date
    last_day: date


class ListApprovalDeputies(ListCommand, frozen=True, kw_only=True):
    """List deputies; an empty filter matches all of them."""

    role: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


class PreviewApproval(Command, frozen=True, kw_only=True):
    """Show the chain of a claim."""

    registration_id: str


async def draft_approval_rule(env: Env, cmd: DraftApprovalRule) -> ApprovalRule:
    """The draft. InvalidInput, TooManyModels."""
    if wrong := [*rule_violations(cmd.steps, cmd.own_authority)]:
        raise InvalidInput(wrong)
    now = env.clock.now()

    def made(place: Place) -> ApprovalRule:
        return ApprovalRule(
            id=place.id,
            version=place.version,
            number=place.number,
            steps=cmd.steps,
            own_authority=cmd.own_authority,
            create_time=place.create_time or now,
            update_time=now,
        )

    async with env.settings.locks.of(APPROVAL_RULES.name):
        return await draft(env, APPROVAL_RULES, "apr", made, call=cmd.call)


async def publish_approval_rule(env: Env, cmd: PublishApprovalRule) -> ApprovalRule:
    """The version, PUBLISHED. WrongState, EffectiveTooSoon, VersionNotLater."""
    async with env.settings.locks.of(APPROVAL_RULES.name):
        loaded = await env.load(APPROVAL_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = published(
            loaded.value,
            cmd.effective_day,
            await versions_of(env, APPROVAL_RULES),
            name=APPROVAL_RULES.name,
            notice_days=env.settings.policy.rule_notice_days,
            today=env.today(),
            now=env.clock.now(),
        )
        event = ApprovalRulePublished(approval_rule_id=rule.id, number=rule.number, effective_day=cmd.effective_day)
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def withdraw_approval_rule(env: Env, cmd: WithdrawApprovalRule) -> ApprovalRule:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(APPROVAL_RULES.name):
        loaded = await env.load(APPROVAL_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = withdrawn(loaded.value, name=APPROVAL_RULES.name, today=env.today(), now=env.clock.now())
        event = ApprovalRuleWithdrawn(approval_rule_id=rule.id, number=rule.number)
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def list_approval_rules(env: Env, cmd: ListApprovalRules) -> Page[ApprovalRule]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(APPROVAL_RULES, filters_of(cmd, "state"), call=cmd.call, **paged(cmd, UPDATED))


async def put_approval_deputy(env: Env, cmd: PutApprovalDeputy) -> ApprovalDeputy:
    """The deputy; unchanged if these are its days already. InvalidInput."""
    if wrong := [*period_violations(cmd.first_day, cmd.last_day)]:
        raise InvalidInput(wrong)
    now = env.clock.now()
    for loaded in await every_row(env.store, APPROVAL_DEPUTIES, {"role": cmd.role, "subject": cmd.subject}):
        changed = replace(loaded.value, first_day=cmd.first_day, last_day=cmd.last_day, update_time=now)
        if same_content(loaded.value, changed):
            return await env.unchanged(loaded, call=cmd.call)
        return await env.commit(loaded.put(changed), call=cmd.call)
    deputy = ApprovalDeputy(
        id=env.ids.new("apd"),
        role=cmd.role,
        subject=cmd.subject,
        first_day=cmd.first_day,
        last_day=cmd.last_day,
        create_time=now,
        update_time=now,
    )
    return await env.commit(create(APPROVAL_DEPUTIES, deputy), call=cmd.call)


async def list_approval_deputies(env: Env, cmd: ListApprovalDeputies) -> Page[ApprovalDeputy]:
    """One page of deputies, by id unless the caller asks for another order."""
    return await env.listing(APPROVAL_DEPUTIES, filters_of(cmd, "role"), call=cmd.call, **paged(cmd, UPDATED))


async def preview_approval(env: Env, cmd: PreviewApproval) -> ApprovalChain:
    """The chain that the claim would have if it were submitted now; NotFound."""
    reg = await env.show(REGISTRATIONS, cmd.registration_id, call=cmd.call)
    partner = await get(env.store, PARTNERS, reg.partner_id)
    rule = await rule_for(env, reg, first=reg.submit_time is None)
    return chain_of(rule, reg, partner.value.tier if partner else "")
