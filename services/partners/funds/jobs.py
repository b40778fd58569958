"""The jobs of funds: they end requests whose time is over, close funds, and settle closed ones."""

from datetime import timedelta

from libs.runtime.service import Job
from libs.runtime.sweep import sweep
from libs.store.port import ROWS_PER_PAGE, Query
from services.partners.funds.documents import FUNDING_REQUESTS, FUNDS
from services.partners.funds.usecases.closing import CloseFund, SettleFund, close_fund, settle_fund
from services.partners.funds.usecases.requests import ExpireFundingRequest, expire_funding_request
from services.partners.settings import Env, Settings

EXPIRE = "partners__expire_funding_requests"
CLOSE = "partners__close_funds"
SETTLE = "partners__settle_funds"
EVERY = timedelta(minutes=1)


async def expire_funding_requests(env: Env) -> int:
    """Ends up to 200 requests whose time is over; returns how many."""
    query = Query(kind=FUNDING_REQUESTS, order="expires_at", below=env.clock.now(), limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(
        EXPIRE, rows, lambda call, row: env.run(expire_funding_request, ExpireFundingRequest(call=call, id=row))
    )


async def close_funds(env: Env) -> int:
    """Closes up to 200 funds after their days for claims; returns how many."""
    query = Query(kind=FUNDS, order="closes_at", below=env.clock.now(), limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(CLOSE, rows, lambda call, row: env.run(close_fund, CloseFund(call=call, id=row)))


async def settle_funds(env: Env) -> int:
    """Settles up to 200 closed funds on which something is left; returns how many."""
    query = Query(kind=FUNDS, equals={"unsettled": True}, limit=ROWS_PER_PAGE)
    rows = (await env.store.find(query)).rows
    return await sweep(SETTLE, rows, lambda call, row: env.run(settle_fund, SettleFund(call=call, id=row)))


JOBS: tuple[Job[Settings], ...] = (
    Job(EXPIRE, EVERY, expire_funding_requests),
    Job(CLOSE, EVERY, close_funds),
    Job(SETTLE, EVERY, settle_funds),
)
