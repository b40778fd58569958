"""A fund is never overdrawn, however many requests race for it, through one process or several, on either store."""

import asyncio

import pytest

from libs.errors import AppError, Contended
from libs.privacy.keys import Keys
from libs.store.port import Store
from services.partners.funds.domain.request import FundingRequest
from tests.component.partners.funds.acts import draft, get_fund, lines, open_fund, submit
from tests.component.partners.harness import Harness
from tests.unit.partners.funds.built import eur

REQUESTS, PAID_FOR = 64, 10


async def outcome(harness: Harness, request: FundingRequest) -> str:
    """Submits as a client does, which repeats what was contended; how it ended."""
    while True:
        try:
            await submit(harness, request, request_id=request.id)
        except Contended:
            continue
        except AppError as err:
            return err.reason
        return "done"


@pytest.mark.parametrize("replicas", [1, 3])
async def test_of_sixty_four_requests_as_many_are_reserved_as_are_paid_for(
    either_store: Store, keys: Keys, replicas: int
) -> None:
    harnesses = [Harness(either_store, keys) for _ in range(replicas)]
    first = harnesses[0]
    fund = await open_fund(first, (await first.active()).id, eur(100 * PAID_FOR))
    made = [await draft(first, fund) for _ in range(REQUESTS)]
    results = await asyncio.gather(
        *(outcome(harnesses[place % replicas], request) for place, request in enumerate(made))
    )
    assert (results.count("done"), results.count("FUND_EXHAUSTED")) == (PAID_FOR, REQUESTS - PAID_FOR)
    found = await get_fund(first, fund)
    assert (found.available, found.reserved) == (eur(0), eur(100 * PAID_FOR))
    assert len(await lines(first, fund)) == 1 + PAID_FOR


async def test_no_call_through_one_process_is_told_to_repeat(either_store: Store, keys: Keys) -> None:
    harness = Harness(either_store, keys)
    fund = await open_fund(harness, (await harness.active()).id, eur(100 * REQUESTS))
    made = [await draft(harness, fund) for _ in range(REQUESTS)]
    await asyncio.gather(*(submit(harness, one) for one in made))
    assert (await get_fund(harness, fund)).available == eur(0)
