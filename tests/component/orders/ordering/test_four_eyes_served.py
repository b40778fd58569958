"""The release of a hold as finance meets it: through gRPC, under the policy of the cell, by two tokens."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.type.money_pb2 import Money

from libs.clock import SteppedClock
from libs.config import Settings
from libs.pb.prm.common.v1 import decision_pb2
from libs.pb.prm.orders import v1 as orders_pb
from libs.pb.prm.partners import v1 as partners_pb
from libs.rpc.client import CallFailed, Client
from libs.runtime.cell import running
from services.orders.service import COMPOSITION, build
from tests.builders import NOW
from tests.component.orders.test_service import PARTNER, PRODUCT, SERVICE, Shop

CREDIT = orders_pb.HOLD_REASON_CREDIT


class Harness(Shop):
    """An administrator; `colleague` is somebody in finance."""

    colleague: Client

    async def held(self, pieces: int) -> orders_pb.Order:
        """An order of so many euros, held because there are no terms."""
        price = Money(currency_code="EUR", units=1)
        line = orders_pb.OrderLineDraft(kind=PRODUCT, sku="RTR-1", quantity=pieces, unit_price=price)
        request = orders_pb.SubmitOrderRequest(id=(await self.draft(lines=[line])).id)
        answer = await self.call("SubmitOrder", request)
        order: orders_pb.Order = answer.order
        return order


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[Harness]:
    clock, environ = SteppedClock(NOW), {"PRM_ORDERS_RELEASE_ALONE_UP_TO": '{"EUR": 500}'}
    settings = Settings(data_dir=tmp_path, listen="127.0.0.1:0")
    async with (
        running({COMPOSITION.name: build}, settings, clock=clock, environ=environ, sweep=False) as cell,
        cell.client() as client,
        cell.client("finance", subject="colleague") as colleague,
    ):
        await client.ready(SERVICE)
        found = Harness(cell, client, clock)
        found.colleague = colleague
        facts = partners_pb.PartnerFacts(status=partners_pb.PARTNER_STATUS_ACTIVE, country="DE", tier="GOLD")
        approved = partners_pb.PartnerApproved(partner_id=PARTNER, facts=facts)
        await found.hear(approved, "partners.partner.approved", PARTNER)
        yield found


async def test_a_small_order_is_released_by_one_person(harness: Harness) -> None:
    order = await harness.held(500)
    answer = await harness.call("ReleaseHold", orders_pb.ReleaseHoldRequest(id=order.id, reason=CREDIT))
    assert (answer.order.state, answer.HasField("decision")) == (orders_pb.ORDER_STATE_CONFIRMED, False)


async def test_a_large_one_by_two_of_whom_one_is_in_finance(harness: Harness) -> None:
    order = await harness.held(501)
    asked = await harness.call("ReleaseHold", orders_pb.ReleaseHoldRequest(id=order.id, reason=CREDIT))
    assert asked.order == order
    assert asked.decision.state == decision_pb2.DECISION_STATE_PENDING
    request = orders_pb.ConfirmDecisionRequest(id=asked.decision.id)
    alone = await harness.refused("ConfirmDecision", request)
    assert (alone.code, alone.reason) == ("PERMISSION_DENIED", "SECOND_PERSON_REQUIRED")
    done = await harness.colleague.call(f"{SERVICE}/ConfirmDecision", request)
    assert (done.decision.state, done.decision.decider) == (decision_pb2.DECISION_STATE_CONFIRMED, "dev:colleague")
    found = await harness.call("GetOrder", orders_pb.GetOrderRequest(id=order.id))
    assert found.order.state == orders_pb.ORDER_STATE_CONFIRMED


async def test_finance_does_not_release_what_is_held_for_compliance_and_is_told_who_does(harness: Harness) -> None:
    draft = await harness.draft()
    facts = partners_pb.PartnerFacts(status=partners_pb.PARTNER_STATUS_SUSPENDED, country="DE", tier="GOLD")
    suspended = partners_pb.PartnerSuspended(partner_id=PARTNER, facts=facts)
    await harness.hear(suspended, "partners.partner.suspended", f"{PARTNER}:2")
    await harness.call("SubmitOrder", orders_pb.SubmitOrderRequest(id=draft.id))
    request = orders_pb.ReleaseHoldRequest(id=draft.id, reason=orders_pb.HOLD_REASON_COMPLIANCE)
    with pytest.raises(CallFailed) as failed:
        await harness.colleague.call(f"{SERVICE}/ReleaseHold", request)
    refused = failed.value
    assert (refused.code, refused.reason) == ("PERMISSION_DENIED", "PERMISSION_DENIED")
    assert refused.metadata == {
        "permission": "orders.compliance_hold.release",
        "roles": "administrator, compliance_officer",
    }


async def test_the_job_of_the_service_expires_what_nobody_confirmed(harness: Harness) -> None:
    order = await harness.held(501)
    asked = await harness.call("ReleaseHold", orders_pb.ReleaseHoldRequest(id=order.id, reason=CREDIT))
    harness.clock.advance(timedelta(days=7, seconds=1))
    assert (await harness.cell.run_jobs())["orders__expire_decisions"] == 1
    expired = orders_pb.ListDecisionsRequest(state=decision_pb2.DECISION_STATE_EXPIRED, resource_id=order.id)
    [found] = (await harness.call("ListDecisions", expired)).decisions
    assert (found.id, found.decider) == (asked.decision.id, "")
    with pytest.raises(CallFailed) as failed:
        await harness.colleague.call(f"{SERVICE}/ConfirmDecision", orders_pb.ConfirmDecisionRequest(id=found.id))
    refused = failed.value
    assert (refused.code, refused.reason) == ("FAILED_PRECONDITION", "DECISION_EXPIRED")
