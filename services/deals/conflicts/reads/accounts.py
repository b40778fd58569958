"""The writes to a partner's account and to slots that accompany a claim that opens, ends or is taken back."""

from libs.call import Call
from libs.store.port import Loaded, Put, Write, create, get
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, UNDECIDED
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.conflicts.domain.accounts import ClaimAccount, one_less, one_more, recently_taken_back, taken_back
from services.deals.conflicts.events import ProbingFound
from services.deals.conflicts.reads.slots import release_writes
from services.deals.matching.reads.filing import leaving_writes
from services.deals.settings import Env


def opening_write(account: Loaded[ClaimAccount] | None, partner_id: str) -> Put[ClaimAccount]:
    """The write that counts one more open claim of the partner. account: None if the partner has none yet."""
    more = one_more(account.value if account else None, partner_id)
    return account.put(more) if account else create(ACCOUNTS, more)


async def closing_writes(env: Env, reg: Registration) -> tuple[Write, ...]:
    """The writes that remove a claim from its slots and from its partner's account; none if the claim is not open."""
    if reg.review not in CLAIMING:
        return ()
    account = await get(env.store, ACCOUNTS, reg.partner_id)
    less = (account.put(one_less(account.value)),) if account else ()
    return (*await release_writes(env, reg), *await leaving_writes(env, reg), *less)


async def taken_back_writes(
    env: Env, reg: Registration, *, call: Call
) -> tuple[tuple[Write, ...], tuple[ProbingFound, ...]]:
    """The writes of `closing_writes`, and the event for the vendor if too many claims were taken back. The account
    counts the claim as taken back if the caller is of a partner and the claim is undecided."""
    account = await get(env.store, ACCOUNTS, reg.partner_id)
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
    writes = (*await release_writes(env, reg), *await leaving_writes(env, reg), account.put(counted))
    return writes, (event,) if event else ()


async def claims_taken_back(env: Env, reg: Registration) -> int:
    """How many claims the people of the claim's partner took back before the decision, within the policy's window."""
    account = await get(env.store, ACCOUNTS, reg.partner_id)
    since = env.clock.now() - env.settings.policy.taken_back_window
    return len(recently_taken_back(account.value if account else None, since=since))
