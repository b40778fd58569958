"""Puts and lists rules of conduct."""

from datetime import datetime

from libs.call import Command
from libs.errors import InvalidInput
from libs.store.listing import every_row
from libs.store.paging import UPDATED, ListCommand, paged
from libs.store.port import Page, create
from services.partners.conduct.documents import CONDUCT_RULES
from services.partners.conduct.domain import rules as domain
from services.partners.conduct.domain.rules import ConductRule, ConductTerms
from services.partners.settings import Env


class PutConductRule(Command, frozen=True, kw_only=True):
    """Put a rule by its code."""

    terms: ConductTerms


class ListConductRules(ListCommand, frozen=True, kw_only=True):
    """List rules; an empty filter matches all of them."""

    code: str = ""
    updated_since: datetime | None = None
    updated_before: datetime | None = None


async def put_conduct_rule(env: Env, cmd: PutConductRule) -> ConductRule:
    """The rule as it is now; unchanged if it was so already. InvalidInput."""
    if wrong := [*domain.terms_violations(cmd.terms)]:
        raise InvalidInput(wrong)
    now = env.clock.now()
    for loaded in await every_row(env.store, CONDUCT_RULES, {"terms.code": cmd.terms.code}):
        rule = domain.revised(loaded.value, cmd.terms, now=now)
        if rule is loaded.value:
            return await env.unchanged(loaded, call=cmd.call)
        return await env.commit(loaded.put(rule), events=[domain.rule_put(rule)], call=cmd.call)
    rule = ConductRule(id=env.ids.new("cru"), terms=cmd.terms, create_time=now, update_time=now)
    return await env.commit(create(CONDUCT_RULES, rule), events=[domain.rule_put(rule)], call=cmd.call)


async def list_conduct_rules(env: Env, cmd: ListConductRules) -> Page[ConductRule]:
    """One page of rules, by id unless the caller asks for another order."""
    return await env.listing(CONDUCT_RULES, {"terms.code": cmd.code}, call=cmd.call, **paged(cmd, UPDATED))
