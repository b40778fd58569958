"""The jobs that expire protection, warn of its end, and cancel the claims of terminated partners; each returns how many
claims changed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import timedelta

from msgspec.structs import replace

from libs.partner import PartnerStatus
from libs.partner_projection import PARTNERS
from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Loaded, Query, get_all
from services.deals.claims.documents import REGISTRATIONS
from services.deals.claims.domain.registration import Registration
from services.deals.claims.domain.states import CLAIMING, Review
from services.deals.conflicts.documents import ACCOUNTS
from services.deals.protection.usecases import Sweep, cancel_registration, expire_registration, warn_of_expiry
from services.deals.settings import Env, Settings

EXPIRE, WARN, CANCEL = "deals__expire_protection", "deals__warn_of_expiry", "deals__cancel_claims"
EVERY = timedelta(minutes=1)
_INSTANT = timedelta(microseconds=1)  # the resolution of a clock

UseCase = Callable[[Env, Sweep], Awaitable[Registration]]


async def expire_protection(env: Env) -> int:
    """Expire claims whose protection has ended."""
    query = Query(
        kind=REGISTRATIONS,
        equals={"review": Review.APPROVED},
        order="protected_until",
        below=env.clock.now() + _INSTANT,
        limit=ROWS_PER_PAGE,
    )
    return await _sweep(env, EXPIRE, expire_registration, (await env.store.find(query)).rows)


async def warn_of_expiries(env: Env) -> int:
    """Warn of claims whose protection ends soon and that have no warning yet."""
    query = Query(
        kind=REGISTRATIONS,
        equals={"review": Review.APPROVED, "expiry_warned": False},
        order="protected_until",
        at_least=env.clock.now() + _INSTANT,
        below=env.clock.now() + env.settings.policy.expiry_warning + _INSTANT,
        limit=ROWS_PER_PAGE,
    )
    return await _sweep(env, WARN, warn_of_expiry, (await env.store.find(query)).rows)


async def cancel_claims_of_terminated(env: Env) -> int:
    """Cancel the open claims of terminated partners."""
    moved = 0
    async for partner in _terminated_with_claims(env):
        for review in sorted(CLAIMING, key=lambda one: one.name):
            query = Query(
                kind=REGISTRATIONS,
                equals={"partner_id": partner, "review": review},
                limit=ROWS_PER_PAGE,
            )
            moved += await _sweep(env, CANCEL, cancel_registration, (await env.store.find(query)).rows)
    return moved


async def _terminated_with_claims(env: Env) -> AsyncIterator[str]:
    query = Query(kind=PARTNERS, equals={"status": PartnerStatus.TERMINATED}, limit=ROWS_PER_PAGE)
    while True:
        gone = await env.store.find(query)
        for account in (await get_all(env.store, ACCOUNTS, (partner.value.id for partner in gone.rows))).values():
            if account.value.open_claims:
                yield account.value.id
        if not gone.next_cursor:
            return
        query = replace(query, cursor=gone.next_cursor)


async def _sweep(env: Env, name: str, use_case: UseCase, rows: Iterable[Loaded[Registration]]) -> int:
    return await sweep(name, rows, lambda call, row: env.run(use_case, Sweep(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(EXPIRE, EVERY, expire_protection),
    Job(WARN, EVERY, warn_of_expiries),
    Job(CANCEL, EVERY, cancel_claims_of_terminated),
)
