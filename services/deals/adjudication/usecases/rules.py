"""Drafts, publishes and lists the versions of the rule."""

from datetime import date, datetime

from libs.call import Command, ResourceCommand
from libs.errors import InvalidInput
from libs.store.paging import UPDATED, ListCommand, filters_of, paged
from libs.store.port import Page
from libs.versions import RuleState, published, withdrawn
from services.deals.adjudication.documents import ADJUDICATION_RULES
from services.deals.adjudication.domain.rules import AdjudicationCriterion, AdjudicationRule, criteria_violations
from services.deals.adjudication.events import AdjudicationRulePublished, AdjudicationRuleWithdrawn
from services.deals.settings import Env
from services.deals.versions.reads import Place, draft, versions_of


class DraftAdjudicationRule(Command, frozen=True, kw_only=True):
    """Draft the next version, or replace its draft."""

    criteria: tuple[AdjudicationCriterion, ...]


class PublishAdjudicationRule(ResourceCommand, frozen=True, kw_only=True):
    """Publish a draft."""

    effective_day: date


class WithdrawAdjudicationRule(ResourceCommand, frozen=True, kw_only=True):
    """Withdraw a version that does not apply yet."""


class ListAdjudicationRules(ListCommand, frozen=True, kw_only=True):
    """List versions; an empty filter matches all of them."""

    state: RuleState | None = None
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def draft_adjudication_rule(env: Env, cmd: DraftAdjudicationRule) -> AdjudicationRule:
    """The draft. InvalidInput, TooManyModels."""
    if wrong := [*criteria_violations(cmd.criteria)]:
        raise InvalidInput(wrong)
    now = env.clock.now()

    def made(place: Place) -> AdjudicationRule:
        return AdjudicationRule(
            id=place.id,
            version=place.version,
            number=place.number,
            criteria=cmd.criteria,
            create_time=place.create_time or now,
            update_time=now,
        )

    async with env.settings.locks.of(ADJUDICATION_RULES.name):
        return await draft(env, ADJUDICATION_RULES, "adr", made, call=cmd.call)


async def publish_adjudication_rule(env: Env, cmd: PublishAdjudicationRule) -> AdjudicationRule:
    """The version, PUBLISHED. WrongState, EffectiveTooSoon, VersionNotLater."""
    async with env.settings.locks.of(ADJUDICATION_RULES.name):
        loaded = await env.load(ADJUDICATION_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = published(
            loaded.value,
            cmd.effective_day,
            await versions_of(env, ADJUDICATION_RULES),
            name=ADJUDICATION_RULES.name,
            notice_days=env.settings.policy.rule_notice_days,
            today=env.today(),
            now=env.clock.now(),
        )
        event = AdjudicationRulePublished(
            adjudication_rule_id=rule.id, number=rule.number, effective_day=cmd.effective_day
        )
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def withdraw_adjudication_rule(env: Env, cmd: WithdrawAdjudicationRule) -> AdjudicationRule:
    """The version, WITHDRAWN. WrongState, VersionInForce."""
    async with env.settings.locks.of(ADJUDICATION_RULES.name):
        loaded = await env.load(ADJUDICATION_RULES, cmd.id, call=cmd.call, etag=cmd.etag)
        rule = withdrawn(loaded.value, name=ADJUDICATION_RULES.name, today=env.today(), now=env.clock.now())
        event = AdjudicationRuleWithdrawn(adjudication_rule_id=rule.id, number=rule.number)
        return await env.commit(loaded.put(rule), events=[event], call=cmd.call)


async def list_adjudication_rules(env: Env, cmd: ListAdjudicationRules) -> Page[AdjudicationRule]:
    """One page of versions, by id unless the caller asks for another order."""
    return await env.listing(ADJUDICATION_RULES, filters_of(cmd, "state"), call=cmd.call, **paged(cmd, UPDATED))
