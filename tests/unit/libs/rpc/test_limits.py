"""An identity gets what its roles are given in a second, and no other identity notices."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.call import ANONYMOUS, Caller
from libs.rpc.limits import MAX_WAITING, Limiter, TooManyCalls, TooManyStreams, TooManyWaiting, at_most
from libs.rpc.policy import NO_ROLE, Policy, Role
from libs.rpc.status import TooLarge

POLICY = Policy(
    {
        "finance": Role(permissions=(), calls_per_second=10, concurrent_streams=2),
        "integration": Role(permissions=(), calls_per_second=1000, concurrent_streams=3),
        "partner_sales": Role(permissions=(), calls_per_second=3, concurrent_streams=1, partner=True),
    }
)
CLERK = Caller(subject="dev:clerk", roles=("finance",))
SELLER = Caller(subject="dev:seller", roles=("partner_sales", "integration"), partner_id="ptn_1")


def passed(limiter: Limiter, caller: Caller, at: float, *, times: int) -> int:
    """How many of so many calls at this instant are let through."""
    through = 0
    for _ in range(times):
        try:
            limiter.count(caller, at)
        except TooManyCalls:
            continue
        through += 1
    return through


@pytest.mark.parametrize("calls_per_second", [1, 3, 7, 10, 30, 50, 999, 5000])
def test_as_many_calls_are_let_through_at_once_as_in_a_second(calls_per_second: int) -> None:
    role = Role(permissions=(), calls_per_second=calls_per_second, concurrent_streams=1)
    limiter = Limiter(Policy({"finance": role}))
    assert passed(limiter, CLERK, 1234.5, times=calls_per_second + 5) == calls_per_second


def test_a_refusal_says_when_the_next_call_is_let_through() -> None:
    limiter = Limiter(POLICY)
    passed(limiter, CLERK, 100.0, times=10)
    with pytest.raises(TooManyCalls) as refused:
        limiter.count(CLERK, 100.02)
    assert refused.value.metadata == {"limit": "10"}
    assert refused.value.retry_after_seconds == pytest.approx(0.08)
    limiter.count(CLERK, 100.02 + (refused.value.retry_after_seconds or 0))


def test_a_refused_call_costs_nothing() -> None:
    limiter = Limiter(POLICY)
    assert passed(limiter, CLERK, 100.0, times=500) == 10
    assert passed(limiter, CLERK, 101.0, times=500) == 10


@given(st.lists(st.floats(0, 0.4), min_size=1, max_size=120))
def test_no_stretch_of_time_holds_more_than_its_seconds_and_one_in_advance(pauses: list[float]) -> None:
    limiter, at, let_through = Limiter(POLICY), 50.0, []
    for pause in pauses:
        at += pause
        let_through += [at] * passed(limiter, CLERK, at, times=4)
    for first in range(len(let_through)):
        for last in range(first, len(let_through)):
            seconds = let_through[last] - let_through[first]
            assert last - first + 1 <= 10 + seconds * 10 + 1e-6


def test_an_identity_that_keeps_to_its_rate_is_never_refused() -> None:
    limiter = Limiter(POLICY)
    assert [passed(limiter, CLERK, 10 + number / 10, times=1) for number in range(200)] == [1] * 200


def test_identities_do_not_share_their_rates() -> None:
    limiter = Limiter(POLICY)
    assert passed(limiter, CLERK, 1.0, times=20) == 10
    assert passed(limiter, Caller(subject="dev:other", roles=("finance",)), 1.0, times=20) == 10


def test_only_the_roles_that_count_give_a_rate() -> None:
    limiter = Limiter(POLICY)
    assert passed(limiter, SELLER, 1.0, times=20) == 3
    assert passed(limiter, Caller(subject="dev:nobody", roles=("wizard",)), 1.0, times=20) == NO_ROLE.calls_per_second


def test_whom_a_portal_calls_for_is_counted_and_not_the_portal() -> None:
    limiter = Limiter(POLICY)
    seller = Caller(subject="dev:portal", on_behalf_of=SELLER.subject, roles=SELLER.roles, partner_id="ptn_1")
    other = Caller(subject="dev:portal", on_behalf_of="dev:other", roles=SELLER.roles, partner_id="ptn_1")
    assert passed(limiter, SELLER, 1.0, times=2) == 2
    assert passed(limiter, seller, 1.0, times=20) == 1
    assert passed(limiter, other, 1.0, times=20) == 3


def test_a_new_token_with_other_roles_has_their_rate_from_the_next_call_on() -> None:
    limiter, promoted = Limiter(POLICY), Caller(subject="dev:clerk", roles=("integration",))
    assert passed(limiter, CLERK, 1.0, times=20) == 10
    assert passed(limiter, promoted, 2.0, times=2000) == 1000
    assert passed(limiter, CLERK, 2.5, times=20) == 5


def test_streams_are_counted_while_they_are_open() -> None:
    limiter = Limiter(POLICY)
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(limiter.stream(CLERK))
        with pytest.raises(TooManyStreams) as refused, limiter.stream(CLERK):
            pass
        with limiter.stream(SELLER):
            pass
    assert (refused.value.metadata, refused.value.retry_after_seconds) == ({"limit": "2"}, 1.0)
    with limiter.stream(CLERK):
        pass


def test_a_stream_that_fails_is_closed_too() -> None:
    limiter = Limiter(POLICY)
    for _ in range(5):
        with pytest.raises(ZeroDivisionError), limiter.stream(SELLER):
            raise ZeroDivisionError


def test_the_table_of_identities_is_bounded_and_keeps_who_has_a_stream_open() -> None:
    limiter = Limiter(POLICY, max_identities=3)
    with limiter.stream(SELLER):
        for number in range(50):
            limiter.count(Caller(subject=f"dev:{number}", roles=("finance",)), 1.0 + number)
        assert limiter.identities == 3
        with pytest.raises(TooManyStreams), limiter.stream(SELLER):
            pass


def test_the_identity_that_called_least_recently_makes_room() -> None:
    limiter = Limiter(POLICY, max_identities=3)
    passed(limiter, CLERK, 1.0, times=10)
    for number in range(50):
        limiter.count(Caller(subject=f"dev:{number}", roles=("finance",)), 1.0)
        assert passed(limiter, CLERK, 1.0, times=1) == 0


async def counting(many: int) -> AsyncIterator[int]:
    for number in range(many):
        yield number


async def test_a_stream_of_messages_ends_at_its_bound() -> None:
    assert [one async for one in at_most(counting(3), 3)] == [0, 1, 2]
    with pytest.raises(TooLarge) as refused:
        [one async for one in at_most(counting(4), 3)]
    assert refused.value.metadata == {"limit": "3"}


@pytest.mark.parametrize("caller", [CLERK, ANONYMOUS])
def test_so_many_calls_of_an_identity_wait_for_their_messages_and_no_more(caller: Caller) -> None:
    limiter = Limiter(POLICY)
    with ExitStack() as stack:
        for _ in range(MAX_WAITING):
            stack.enter_context(limiter.waiting(caller))
        with pytest.raises(TooManyWaiting):
            limiter.waiting(caller)
        with limiter.waiting(SELLER):
            pass
    with limiter.waiting(caller):
        pass


def test_who_keeps_a_call_waiting_is_not_forgotten() -> None:
    limiter = Limiter(POLICY, max_identities=2)
    with limiter.waiting(CLERK):
        for number in range(5):
            limiter.count(Caller(subject=f"dev:{number}"), 1.0)
        with ExitStack() as stack:
            for _ in range(MAX_WAITING - 1):
                stack.enter_context(limiter.waiting(CLERK))
            with pytest.raises(TooManyWaiting):
                limiter.waiting(CLERK)
