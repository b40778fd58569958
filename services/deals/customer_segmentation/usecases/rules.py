"""Drafts, publishes, withdraws and lists versions of the rule."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput
from libs.quarters import quarter_violations
from libs.segmentation.lifecycle import LifeCycleActions, LifeCycleRules
from libs.segmentation.shares import SegmentClass
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page
from libs.versions import RuleState, published, withdrawn
from services.deals.customer_segmentation.documents import SEGMENTATION_RULES
from services.deals.customer_segmentation.domain.rule import CustomerSegmentationRule, rule_violations
from services.deals.customer_segmentation.events import (
    CustomerSegmentationRulePublished,
    CustomerSegmentationRuleWithdrawn,
)
from services.deals.settings import Env
from services.deals.versions.reads import Place, draft, versions_of


class DraftCustomerSegmentationRule(Command, frozen=True, kw_only=True):
    """Draft the next version, or replace its draft."""

    window_months: int
    currency: str
    classes: tuple[SegmentClass, ...]
    life_cycle_rules: LifeCycleRules
    life_cycle_actions: tuple[LifeCycleActions, ...] = ()
    settling_days: int = 0


class PublishCustomerSegmentationRule(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""

    effective_day: date


class WithdrawCustomerSegmentationRule(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class ListCustomerSegmentationRules(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_customer_segmentation_rule(env: Env, cmd: DraftCustomerSegmentationRule) -> CustomerSegmentationRule:
    """The draft. InvalidInput, TooManyModels."""
    now = env.clock.now()

    def made(place: Place) -> CustomerSegmentationRule:
        rule = CustomerSegmentationRule(
            id=place.id,
            version=place.version,
            number=place.number,
            create_time=place.create_time or now,
            update_time=now,
            **{field: getattr(cmd, field) for field in _CONTENT},
        )
        if wrong := [*rule_violations(rule)]:
            raise InvalidInput(wrong)
        return rule

    async with env.settings.locks.of(SEGMENTATION_RULES.name):
        return await draft(env, SEGMENTATION_RULES, "csr", made, call=cmd.call)


async def publish_customer_segmentation_rule(
    env: Env, cmd: PublishCustomerSegmentationRule
) -> CustomerSegmentationRule:
    """The version, PUBLISHED. InvalidInput, WrongState, EffectiveTooSoon, VersionNotLater."""
    if wrong := [*quarter_violations("effective_day", cmd.effective_day)]:
        raise InvalidInput(wrong)
    async with env.settings.locks.of(SEGMENTATION_RULES.name):
        loaded = await env.load(SEGMENTATION_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = published(
            loaded.value,
            cmd.effective_day,
            await versions_of(env, SEGMENTATION_RULES),
            name=SEGMENTATION_RULES.name,
            notice_days=env.settings.policy.rule_notice_days,
            today=env.today(),
            now=env.clock.now(),
        )
        event = CustomerSegmentationRulePublished(
            customer_segmentation_rule_id=rule.id, number=rule.number, effective_day=cmd.effective_day
        )
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def withdraw_customer_segmentation_rule(
    env: Env, cmd: WithdrawCustomerSegmentationRule
) -> CustomerSegmentationRule:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(SEGMENTATION_RULES.name):
        loaded = await env.load(SEGMENTATION_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = withdrawn(loaded.value, name=SEGMENTATION_RULES.name, today=env.today(), now=env.clock.now())
        event = CustomerSegmentationRuleWithdrawn(customer_segmentation_rule_id=rule.id, number=rule.number)
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def list_customer_segmentation_rules(
    env: Env, cmd: ListCustomerSegmentationRules
) -> Page[CustomerSegmentationRule]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(SEGMENTATION_RULES, filters_of(cmd, "state"), call=cmd.call, **paged(cmd, UPDATED))


_CONTENT = tuple(field for field in DraftCustomerSegmentationRule.__struct_fields__ if field != "call")
