"""What becomes due in deals: decisions missed, protection about to end, protection ended, claims of the terminated."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from libs.partner import PartnerStatus
from libs.peers import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Held, Query
from services.deals.documents import ACCOUNTS, REGISTRATIONS
from services.deals.domain.registration import Registration
from services.deals.domain.states import AWAITING_DECISION, CLAIMING, Review
from services.deals.usecases import keys
from services.deals.usecases.protection import (
    Sweep,
    breach_decision,
    cancel_registration,
    expire_registration,
    warn_of_expiry,
)
from services.deals.usecases.settings import Env, Settings

EVERY = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)  # what a clock can tell apart
_EVER = datetime(1970, 1, 1, tzinfo=UTC)  # leaves out claims whose clock does not run

UseCase = Callable[[Env, Sweep], Awaitable[Registration]]


async def expire_protection(env: Env) -> int:
    """Claims whose protection has ended."""
    query = Query(
        kind=REGISTRATIONS,
        equals={"review": Review.APPROVED},
        order="protected_until",
        below=env.clock.now() + _INSTANT,
        limit=ROWS_PER_PAGE,
    )
    return await _sweep(env, "deals__expire_protection", expire_registration, (await env.store.find(query)).rows)


async def warn_of_expiries(env: Env) -> int:
    """Claims whose protection ends soon, each warned of once."""
    query = Query(
        kind=REGISTRATIONS,
        equals={"review": Review.APPROVED, "expiry_warned": False},
        order="protected_until",
        at_least=env.clock.now() + _INSTANT,
        below=env.clock.now() + env.settings.policy.expiry_warning + _INSTANT,
        limit=ROWS_PER_PAGE,
    )
    return await _sweep(env, "deals__warn_of_expiry", warn_of_expiry, (await env.store.find(query)).rows)


async def breach_decisions(env: Env) -> int:
    """Claims the vendor should have decided on."""
    moved = 0
    for review in sorted(AWAITING_DECISION, key=lambda one: one.name):
        query = Query(
            kind=REGISTRATIONS,
            equals={"review": review, "decision_breached": False},
            order="decision_due_time",
            at_least=_EVER,
            below=env.clock.now() + _INSTANT,
            limit=ROWS_PER_PAGE,
        )
        moved += await _sweep(env, "deals__breach_decision", breach_decision, (await env.store.find(query)).rows)
    return moved


async def cancel_claims_of_terminated(env: Env) -> int:
    """Open claims of partners that may no longer hold any."""
    moved = 0
    async for partner in _terminated_with_claims(env):
        for review in sorted(CLAIMING, key=lambda one: one.name):
            query = Query(
                kind=REGISTRATIONS,
                equals={"partner_id": partner, "review": review},
                limit=ROWS_PER_PAGE,
            )
            moved += await _sweep(env, "deals__cancel_claims", cancel_registration, (await env.store.find(query)).rows)
    return moved


async def renew_keys(env: Env) -> int:
    """Open claims with keys of an earlier release."""
    moved = 0
    for review in sorted(CLAIMING, key=lambda one: one.name):
        rows = await keys.keyed_otherwise(env, review)
        moved += await sweep(
            "deals__renew_keys", rows, lambda call, row: env.run(keys.renew_keys, keys.RenewKeys(call=call, id=row))
        )
    return moved


async def _terminated_with_claims(env: Env) -> AsyncIterator[str]:
    query = Query(kind=PARTNERS, equals={"status": PartnerStatus.TERMINATED}, limit=ROWS_PER_PAGE)
    while True:
        gone = await env.store.find(query)
        for partner in gone.rows:
            account = await env.store.get(ACCOUNTS, partner.value.id)
            if account is not None and account.value.open_claims:
                yield account.value.id
        if not gone.next_cursor:
            return
        query = replace(query, cursor=gone.next_cursor)


async def _sweep(env: Env, name: str, use_case: UseCase, rows: Iterable[Held[Registration]]) -> int:
    return await sweep(name, rows, lambda call, row: env.run(use_case, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job("deals__expire_protection", EVERY, expire_protection),
    Job("deals__warn_of_expiry", EVERY, warn_of_expiries),
    Job("deals__breach_decision", EVERY, breach_decisions),
    Job("deals__cancel_claims", EVERY, cancel_claims_of_terminated),
    Job("deals__renew_keys", EVERY, renew_keys),
)
