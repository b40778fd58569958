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
from tests.component.orders.desk import Desk, eur, goods

MAY = ("orders.hold.release", "orders.credit_hold.release", "orders.territory_hold.release")
OFFICER = ("orders.hold.release", "orders.compliance_hold.release")
RIVAL = an_id("ptn", 2)
NOTE = PersonalText(person_id=an_id("psn"), text="Bürgschaft liegt vor")


def letting_one_release(desk: Desk, **units: int) -> Desk:
    """The same service under another policy."""
    desk.env.settings = replace(desk.env.settings, policy=Policy(release_alone_up_to=units))
    return desk


async def held(desk: Desk, *lines: Any) -> Order:
    """An order of 1,000 EUR without terms, or of these lines."""
    return await desk.submit(await desk.draft(*lines))


async def release(
    desk: Desk, order: Order, call: Call | None = None, *, reason: HoldReason = HoldReason.CREDIT, **fields: Any
) -> Outcome[Any]:
    """Ask for the release of a hold."""
    call = call or asked_by("dev:anna", *MAY)
    return await FOUR_EYES.run(desk.env, ReleaseHold(call=call, id=order.id, reason=reason, **fields))


async def confirm(
    desk: Desk, decision: Decision | None, who: str = "dev:bernd", may: tuple[str, ...] = MAY
) -> Decision:
    """Somebody confirms."""
    assert decision is not None
    return await desk.env.run(FOUR_EYES.confirm, ConfirmDecision(call=asked_by(who, *may), id=decision.id))


async def test_above_the_limit_it_takes_two_and_the_account_moves_with_the_second(desk: Desk) -> None:
    letting_one_release(desk, EUR=999)
    order = await held(desk)
    desk.events()
    outcome = await release(desk, order, release_note=NOTE)
    assert (outcome.resource, await desk.order(order)) == (order, order)
    assert outcome.decision is not None
    assert outcome.decision.summary == f"release CREDIT of {order.id}: 1000.0000 EUR"
    assert (await desk.account()).open_orders == eur("0")
    with pytest.raises(SecondPersonRequired):
        await confirm(desk, outcome.decision, "dev:anna")
    await confirm(desk, outcome.decision)
    released = await desk.order(order)
    assert (released.state, released.holds[0].release_note) == (OrderState.CONFIRMED, NOTE)
    assert (await desk.account()).open_orders == eur("1000")
    assert desk.events() == ["DecisionProposed", "DecisionConfirmed", "OrderHoldReleased", "OrderConfirmed"]


async def test_up_to_the_limit_one_person_is_enough(desk: Desk) -> None:
    letting_one_release(desk, EUR=1000)
    order = await held(desk)
    desk.events()
    outcome = await release(desk, order)
    assert (outcome.resource.state, outcome.decision) == (OrderState.CONFIRMED, None)
    assert desk.events() == ["OrderHoldReleased", "OrderConfirmed"]
    assert await everything(desk.env.store, DECISIONS, {"resource_id": order.id}) == ()


@pytest.mark.parametrize("limits", [{}, {"USD": 1_000_000}, {"EUR": 0}])
async def test_in_a_currency_without_a_limit_it_takes_two_always(desk: Desk, limits: dict[str, int]) -> None:
    letting_one_release(desk, **limits)
    assert (await release(desk, await held(desk, goods(1, "0.01")))).decision is not None


async def test_what_was_asked_once_is_answered_the_same_under_another_policy(
    desk: Desk, store: Store, keys: Keys
) -> None:
    small, large = await held(desk), await held(desk)
    letting_one_release(desk, EUR=1000)
    alone = asked_by("dev:anna", *MAY, request_id="small")
    both = asked_by("dev:anna", *MAY, request_id="large")
    first = await release(desk, small, alone)
    letting_one_release(desk)
    assert await release(desk, small, alone) == first
    second = await release(desk, large, both)
    letting_one_release(desk, EUR=1000)
    assert await release(desk, large, both) == second


async def test_each_hold_of_an_order_waits_by_itself(desk: Desk) -> None:
    await desk.territory(partner=RIVAL, exclusive=True)
    order = await held(desk)
    assert order.open_holds == (HoldReason.CREDIT, HoldReason.TERRITORY)
    credit = await release(desk, order)
    with pytest.raises(Duplicate):
        await release(desk, order)
    territory = await release(desk, order, reason=HoldReason.TERRITORY)
    await confirm(desk, territory.decision)
    assert (await desk.order(order)).open_holds == (HoldReason.CREDIT,)
    await confirm(desk, credit.decision)
    assert (await desk.order(order)).state is OrderState.CONFIRMED


async def test_each_reason_is_for_those_who_may_judge_it_both_of_them(desk: Desk) -> None:
    draft = await desk.draft()
    await desk.partner(PartnerStatus.SUSPENDED)
    order = await desk.submit(draft)
    assert order.open_holds == (HoldReason.CREDIT, HoldReason.COMPLIANCE)
    for may, reason in ((MAY, HoldReason.COMPLIANCE), (OFFICER, HoldReason.CREDIT)):
        with pytest.raises(PermissionDenied) as refused:
            await release(desk, order, asked_by("dev:anna", *may), reason=reason)
        assert refused.value.permission == RELEASING[reason]
    asked = await release(desk, order, asked_by("dev:anna", *OFFICER), reason=HoldReason.COMPLIANCE)
    assert asked.decision is not None
    assert asked.decision.permission == "orders.compliance_hold.release"
    for lacking in (MAY, OFFICER[1:]):
        with pytest.raises(PermissionDenied):
            await confirm(desk, asked.decision, may=lacking)
    decline = DeclineDecision(call=asked_by("dev:bernd", *MAY), id=asked.decision.id)
    with pytest.raises(PermissionDenied):
        await desk.env.run(FOUR_EYES.decline, decline)
    await confirm(desk, asked.decision, may=OFFICER)
    assert (await desk.order(order)).open_holds == (HoldReason.CREDIT,)


def test_what_the_proto_names_by_request_is_a_permission_for_each_reason() -> None:
    method = orders_service_pb2.DESCRIPTOR.services_by_name["OrderService"].methods_by_name["ReleaseHold"]
    assert set(method.GetOptions().Extensions[options_pb2.access].by_request) == set(RELEASING.values())
    assert set(RELEASING) == set(HoldReason)


async def test_an_order_that_was_canceled_meanwhile_stays_so(desk: Desk) -> None:
    order = await held(desk)
    outcome = await release(desk, order)
    await desk.cancel(order)
    with pytest.raises(WrongState):
        await confirm(desk, outcome.decision)
    assert outcome.decision is not None
    assert (await desk.value(DECISIONS, outcome.decision.id)).state is DecisionState.PENDING
    assert (await desk.account()).open_orders == eur("0")


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


async def test_small_releases_that_exceed_the_limit_together_take_two(desk: Desk) -> None:
    letting_one_release(desk, EUR=1000)
    await desk.terms("500")
    orders = [await held(desk, goods(6)) for _ in range(4)]
    outcomes = [await release(desk, order) for order in orders]
    assert [one.decision is None for one in outcomes] == [True, True, False, False]
    assert (await desk.account()).available == eur("-700")


async def test_small_releases_at_the_same_moment_exceed_the_limit_no_further(desk: Desk) -> None:
    letting_one_release(desk, EUR=1000)
    await desk.terms("500")
    orders = [await held(desk, goods(6)) for _ in range(3)]
    outcomes = await asyncio.gather(*[release(desk, order) for order in orders])
    assert sum(one.decision is None for one in outcomes) == 2
    assert (await desk.account()).available == eur("-700")


async def test_a_release_of_credit_before_another_hold_does_not_hide_what_comes_together(desk: Desk) -> None:
    letting_one_release(desk, EUR=1000)
    await desk.terms("500")
    await desk.territory(partner=RIVAL, exclusive=True)
    orders = [await held(desk, goods(6)) for _ in range(3)]
    for order in orders:
        assert (await release(desk, order)).decision is None
    outcomes = [await release(desk, order, reason=HoldReason.TERRITORY) for order in orders]
    assert [one.decision is None for one in outcomes] == [True, True, False]
