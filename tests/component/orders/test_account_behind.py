"""A replica that reads an account which another one has changed since it read the document runs its command again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import pytest

from libs.errors import AppError
from libs.privacy.keys import Keys
from libs.store.port import D, Kind, Loaded, Store
from services.orders.credit.documents import ACCOUNTS
from tests.component.orders.balance.acts import invoiced, receive, refund
from tests.component.orders.harness import Harness
from tests.store_faults import Wrapper

Act = Callable[[Harness], Awaitable[object]]


class RivalFirst(Wrapper):
    """A store on which another replica commits once, immediately before an account is read."""

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.rival: Callable[[], Awaitable[object]] | None = None

    async def get_many(self, kind: Kind[D], ids: Sequence[str]) -> Mapping[str, Loaded[D]]:
        """See Store."""
        if kind.name == ACCOUNTS.name and self.rival is not None:
            rival, self.rival = self.rival, None
            await rival()
        return await super().get_many(kind, ids)


async def _pay(replica: Harness) -> Act:
    invoice = await invoiced(replica)
    return lambda harness: harness.pay(invoice, "100", request_id="again")


async def _credit(replica: Harness) -> Act:
    invoice = await invoiced(replica)
    return lambda harness: harness.credit(invoice, request_id="again")


async def _invoice(replica: Harness) -> Act:
    order = await replica.confirmed()
    await replica.ship(order)
    return lambda harness: harness.invoice(order, request_id="again")


async def _refund(replica: Harness) -> Act:
    credit = await receive(replica, "100")
    return lambda harness: refund(harness, "60", credit, request_id="again")


@pytest.mark.parametrize("prepared", [_pay, _credit, _invoice, _refund])
async def test_a_request_repeated_on_another_replica_gets_the_first_answer(
    prepared: Callable[[Harness], Awaitable[Act]], store: Store, keys: Keys
) -> None:
    late, replica = RivalFirst(store), Harness(store, keys)
    await replica.partner()
    act, answers = await prepared(replica), []

    async def rival() -> None:
        answers.append(await act(replica))

    late.rival = rival
    answers.append(await act(Harness(late, keys)))
    first, second = answers  # the rival's, then that of the replica that was behind
    assert first == second


async def _cancel(replica: Harness) -> Act:
    order = await replica.confirmed()
    return lambda harness: harness.cancel(order)


async def _close(replica: Harness) -> Act:
    order = await replica.confirmed()
    await replica.ship(order, 3)
    return lambda harness: harness.close(order)


async def _pay_again(replica: Harness) -> Act:
    invoice = await invoiced(replica)
    return lambda harness: harness.pay(invoice, "100")


@pytest.mark.parametrize("prepared", [_cancel, _close, _pay_again])
async def test_another_command_is_refused_for_what_has_happened(
    prepared: Callable[[Harness], Awaitable[Act]], store: Store, keys: Keys
) -> None:
    late, replica = RivalFirst(store), Harness(store, keys)
    await replica.partner()
    act = await prepared(replica)
    late.rival = lambda: act(replica)
    [refused] = await asyncio.gather(act(Harness(late, keys)), return_exceptions=True)
    assert isinstance(refused, AppError)
    assert refused.reason not in ("CONTENDED", "")
