"""Checks whether a customer is protected, for a seller who may see no claim."""

from libs.call import Command
from libs.store.port import create, get
from services.deals.claims.domain.registration import Customer, Registration, RegistrationLine
from services.deals.conflicts.domain.keys import keys_of
from services.deals.conflicts.domain.overriding import blocking
from services.deals.conflicts.reads.near import near_of
from services.deals.conflicts.reads.slots import CONFLICTS_AT_MOST, conflicts_of, slots_of
from services.deals.direct.documents import DIRECT_ACCOUNTS
from services.deals.direct.domain import DirectAccount, checked
from services.deals.settings import Env


class CheckDirectSale(Command, frozen=True, kw_only=True):
    """Check whether a customer is protected."""

    customer: Customer
    product_lines: tuple[str, ...]


async def check_direct_sale(env: Env, cmd: CheckDirectSale) -> DirectAccount:
    """The seller's account with the answer. TooManyDirectChecks. Checks of one seller wait for each other."""
    env.directory.require_country(cmd.customer.country)
    caller = cmd.call.caller
    key = env.ids.derived("dca", env.keys.keyed(f"direct sales {caller.subject} {caller.on_behalf_of}"))
    async with env.settings.locks.of(key):
        held = await get(env.store, DIRECT_ACCOUNTS, key)
        policy, now = env.settings.policy, env.clock.now()
        lines = tuple(RegistrationLine(sku=line, product_line=line) for line in cmd.product_lines)
        reg = Registration(id=key, partner_id="", customer=cmd.customer, lines=lines, create_time=now, update_time=now)
        slots = await slots_of(env, keys_of(cmd.customer, env.keys.keyed))
        near = await near_of(env, reg, submitting=True)
        found = await conflicts_of(env, reg, slots, near, at_most=CONFLICTS_AT_MOST)
        account = checked(
            held.value if held else DirectAccount(id=key, day=env.today()),
            blocking(found, threshold=policy.conflict_threshold, now=now),
            product_lines=cmd.product_lines,
            limit=policy.direct_checks_per_day,
            today=env.today(),
        )
        put = held.put(account) if held else create(DIRECT_ACCOUNTS, account)
        return await env.commit(put, call=cmd.call)
