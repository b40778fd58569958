"""A hold of a large order is released by two persons; of small ones by one, as long as they come to nothing large
together."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from libs.call import Call
from libs.config import ConfigError, read
from libs.decisions.decision import Decision, DecisionState, SecondPersonRequired
from libs.decisions.documents import DECISIONS
from libs.decisions.four_eyes import ConfirmDecision, DeclineDecision, Outcome
from libs.errors import Duplicate, PermissionDenied, WrongState
from libs.partner import PartnerStatus
from libs.pb.prm.options.v1 import options_pb2
from libs.pb.prm.orders.v1 import orders_service_pb2
from libs.person import PersonalText
from libs.privacy.keys import Keys
from libs.store.listing import everything
from libs.store.port import Store
from services.orders.ordering.usecases.release import FOUR_EYES, RELEASING, ReleaseHold
from services.orders.record.domain.order import Order
from services.orders.record.domain.states import HoldReason, OrderState
from services.orders.settings import Policy
from tests.builders import an_id, asked_by
from tests.component.orders.harness import Harness, eur, goods

MAY = ("orders.hold.release", "orders.credit_hold.release", "orders.territory_hold.release")
OFFICER = ("orders.hold.release", "orders.compliance_hold.release")
RIVAL = an_id("ptn", 2)
NOTE = PersonalText(person_id=an_id("psn"), text="Bürgschaft liegt vor")


def letting_one_release(harness: Harness, **units: int) -> Harness:
    """The same service under another policy."""
    harness.env.settings = replace(harness.env.settings, policy=Policy(release_alone_up_to=units))
    return harness


async def loaded(harness: Harness, *lines: Any) -> Order:
    """An order of 1,000 EUR without terms, or of these lines."""
    return await harness.submit(await harness.draft(*lines))


async def release(
    harness: Harness, order: Order, call: Call | None = None, *, reason: HoldReason = HoldReason.CREDIT, **fields: Any
) -> Outcome[Any]:
    """Ask for the release of a hold."""
    call = call or asked_by("dev:anna", *MAY)
    return await FOUR_EYES.run(harness.env, ReleaseHold(call=call, id=order.id, reason=reason, **fields))


async def confirm(
    harness: Harness, decision: Decision | None, who: str = "dev:bernd", may: tuple[str, ...] = MAY
) -> Decision:
    """Somebody confirms."""
    assert decision is not None
    return await harness.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by(who, *may), id=decision.id))


async def test_above_the_limit_it_takes_two_and_the_account_moves_with_the_second(harness: Harness) -> None:
    letting_one_release(harness, EUR=999)
    order = await loaded(harness)
    harness.names()
    outcome = await release(harness, order, release_note=NOTE)
    assert (outcome.resource, await harness.order(order)) == (order, order)
    assert outcome.decision is not None
    assert outcome.decision.summary == f"release CREDIT of {order.id}: 1000.0000 EUR"
    assert (await harness.account()).open_orders == eur("0")
    with pytest.raises(SecondPersonRequired):
        await confirm(harness, outcome.decision, "dev:anna")
    await confirm(harness, outcome.decision)
    released = await harness.order(order)
    assert (released.state, released.holds[0].release_note) == (OrderState.CONFIRMED, NOTE)
    assert (await harness.account()).open_orders == eur("1000")
    assert harness.names() == ["DecisionProposed", "DecisionConfirmed", "OrderHoldReleased", "OrderConfirmed"]


async def test_up_to_the_limit_one_person_is_enough(harness: Harness) -> None:
    letting_one_release(harness, EUR=1000)
    order = await loaded(harness)
    harness.names()
    outcome = await release(harness, order)
    assert (outcome.resource.state, outcome.decision) == (OrderState.CONFIRMED, None)
    assert harness.names() == ["OrderHoldReleased", "OrderConfirmed"]
    assert await everything(harness.env.store, DECISIONS, {"resource_id": order.id}) == ()


@pytest.mark.parametrize("limits", [{}, {"USD": 1_000_000}, {"EUR": 0}])
async def test_in_a_currency_without_a_limit_it_takes_two_always(harness: Harness, limits: dict[str, int]) -> None:
    letting_one_release(harness, **limits)
    assert (await release(harness, await loaded(harness, goods(1, "0.01")))).decision is not None


async def test_what_was_asked_once_is_answered_the_same_under_another_policy(
    harness: Harness, store: Store, keys: Keys
) -> None:
    small, large = await loaded(harness), await loaded(harness)
    letting_one_release(harness, EUR=1000)
    alone = asked_by("dev:anna", *MAY, request_id="small")
    both = asked_by("dev:anna", *MAY, request_id="large")
    first = await release(harness, small, alone)
    letting_one_release(harness)
    assert await release(harness, small, alone) == first
    second = await release(harness, large, both)
    letting_one_release(harness, EUR=1000)
    assert await release(harness, large, both) == second


async def test_each_hold_of_an_order_waits_by_itself(harness: Harness) -> None:
    await harness.territory(partner=RIVAL, exclusive=True)
    order = await loaded(harness)
    assert order.open_holds == (HoldReason.CREDIT, HoldReason.TERRITORY)
    credit = await release(harness, order)
    with pytest.raises(Duplicate):
        await release(harness, order)
    territory = await release(harness, order, reason=HoldReason.TERRITORY)
    await confirm(harness, territory.decision)
    assert (await harness.order(order)).open_holds == (HoldReason.CREDIT,)
    await confirm(harness, credit.decision)
    assert (await harness.order(order)).state is OrderState.CONFIRMED


async def test_each_reason_is_for_those_who_may_judge_it_both_of_them(harness: Harness) -> None:
    draft = await harness.draft()
    await harness.partner(PartnerStatus.SUSPENDED)
    order = await harness.submit(draft)
    assert order.open_holds == (HoldReason.CREDIT, HoldReason.COMPLIANCE)
    for may, reason in ((MAY, HoldReason.COMPLIANCE), (OFFICER, HoldReason.CREDIT)):
        with pytest.raises(PermissionDenied) as refused:
            await release(harness, order, asked_by("dev:anna", *may), reason=reason)
        assert refused.value.permission == RELEASING[reason]
    asked = await release(harness, order, asked_by("dev:anna", *OFFICER), reason=HoldReason.COMPLIANCE)
    assert asked.decision is not None
    assert asked.decision.permission == "orders.compliance_hold.release"
    for lacking in (MAY, OFFICER[1:]):
        with pytest.raises(PermissionDenied):
            await confirm(harness, asked.decision, may=lacking)
    decline = DeclineDecision(call=asked_by("dev:bernd", *MAY), id=asked.decision.id)
    with pytest.raises(PermissionDenied):
        await harness.env.run(FOUR_EYES.decline, decline)
    await confirm(harness, asked.decision, may=OFFICER)
    assert (await harness.order(order)).open_holds == (HoldReason.CREDIT,)


def test_what_the_proto_names_by_request_is_a_permission_for_each_reason() -> None:
    method = orders_service_pb2.DESCRIPTOR.services_by_name["OrderService"].methods_by_name["ReleaseHold"]
    assert set(method.GetOptions().Extensions[options_pb2.access].by_request) == set(RELEASING.values())
    assert set(RELEASING) == set(HoldReason)


async def test_an_order_that_was_canceled_meanwhile_stays_so(harness: Harness) -> None:
    order = await loaded(harness)
    outcome = await release(harness, order)
    await harness.cancel(order)
    with pytest.raises(WrongState):
        await confirm(harness, outcome.decision)
    assert outcome.decision is not None
    assert (await harness.value(DECISIONS, outcome.decision.id)).state is DecisionState.PENDING
    assert (await harness.account()).open_orders == eur("0")


def test_the_limit_is_read_from_the_environment() -> None:
    environ = {"PRM_ORDERS_RELEASE_ALONE_UP_TO": '{"EUR": 5000, "JPY": 800000}', "PRM_ORDERS_DECISION_DAYS": "3"}
    found = read(Policy, prefix="PRM_ORDERS_", environ=environ)
    assert (found.release_alone_up_to, found.decision_days) == ({"EUR": 5000, "JPY": 800_000}, 3)
    environ = {"PRM_ORDERS_CREDIT_ALONE_UP_TO": '{"EUR": 20000}'}
    assert read(Policy, prefix="PRM_ORDERS_", environ=environ).credit_alone_up_to == {"EUR": 20_000}
    for wrong in ('{"euro": 5}', '{"EUR": -1}', '{"EUR": 0.5}', "5000"):
        with pytest.raises(ConfigError, match="PRM_ORDERS_RELEASE_ALONE_UP_TO"):
            read(Policy, prefix="PRM_ORDERS_", environ={"PRM_ORDERS_RELEASE_ALONE_UP_TO": wrong})
    for wrong in ("0", "91", "P7D"):
        with pytest.raises(ConfigError, match="PRM_ORDERS_DECISION_DAYS"):
            read(Policy, prefix="PRM_ORDERS_", environ={"PRM_ORDERS_DECISION_DAYS": wrong})


async def test_small_releases_that_exceed_the_limit_together_take_two(harness: Harness) -> None:
    letting_one_release(harness, EUR=1000)
    await harness.terms("500")
    orders = [await loaded(harness, goods(6)) for _ in range(4)]
    outcomes = [await release(harness, order) for order in orders]
    assert [one.decision is None for one in outcomes] == [True, True, False, False]
    assert (await harness.account()).available == eur("-700")


async def test_small_releases_at_the_same_moment_exceed_the_limit_no_further(harness: Harness) -> None:
    letting_one_release(harness, EUR=1000)
    await harness.terms("500")
    orders = [await loaded(harness, goods(6)) for _ in range(3)]
    outcomes = await asyncio.gather(*[release(harness, order) for order in orders])
    assert sum(one.decision is None for one in outcomes) == 2
    assert (await harness.account()).available == eur("-700")


async def test_a_release_of_credit_before_another_hold_does_not_hide_what_comes_together(harness: Harness) -> None:
    letting_one_release(harness, EUR=1000)
    await harness.terms("500")
    await harness.territory(partner=RIVAL, exclusive=True)
    orders = [await loaded(harness, goods(6)) for _ in range(3)]
    for order in orders:
        assert (await release(harness, order)).decision is None
    outcomes = [await release(harness, order, reason=HoldReason.TERRITORY) for order in orders]
    assert [one.decision is None for one in outcomes] == [True, True, False]
