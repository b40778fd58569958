"""What waits and what was missed: lists, recovery, bounds, and how long it is kept."""

from datetime import UTC, datetime

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace

from libs.pb.prm.hooks import v1 as pb
from libs.store.port import UniqueViolation, create, get
from services.hooks.deliveries.consumers import on_event
from services.hooks.deliveries.documents import RECEIVERS
from services.hooks.deliveries.domain.delivery import Receiver
from services.hooks.deliveries.jobs import bound_backlogs, purge_deliveries, read_backlogs, recover_missed
from tests.builders import a_call
from tests.component.hooks.harness import PARTNER, Harness
from tests.component.hooks.receiving import receiving

PENDING, DELIVERED = pb.DELIVERY_STATE_PENDING, pb.DELIVERY_STATE_DELIVERED
MISSED = pb.DELIVERY_STATE_MISSED


async def test_what_happens_while_a_subscription_is_disabled_is_missed_and_comes_when_asked_for(
    served: Harness,
) -> None:
    """Exactly the missed events since an instant come, each once, and nothing that was delivered."""
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        delivered = await served.happen()
        await served.send()
        await served.call(pb.DisableSubscriptionRequest(id=made.id))
        before = await served.happen()
        served.later(hours=1)
        since = served.clock.now()
        missed = [(await served.happen()).id for _ in range(3)]
        served.later(hours=1)
        assert await served.send() == 0
        await served.call(pb.EnableSubscriptionRequest(id=made.id))
        backlog = (await served.call(pb.RedeliverSinceRequest(subscription_id=made.id, since=stamp(since)))).backlog
        assert (backlog.missed_count, backlog.recover_since.ToDatetime()) == (4, since.replace(tzinfo=None))
        assert await recover_missed(served.env) == 3
        assert await recover_missed(served.env) == 0
        await served.send()
        inbox.got, got = [], inbox.got
        await served.send()
    assert sorted(one.headers["webhook-id"] for one in got) == sorted([delivered.id, *missed])
    assert not inbox.got
    left = await served.deliveries(made.id, state=MISSED)
    assert [one.event_id for one in left] == [before.id]
    assert not (await served.backlog(made.id)).HasField("recover_since")


async def test_of_a_deleted_subscription_nothing_is_recovered(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.call(pb.DisableSubscriptionRequest(id=made.id))
        since = served.clock.now()
        await served.happen()
        served.later(seconds=1)
        await served.call(pb.EnableSubscriptionRequest(id=made.id))
        await served.call(pb.RedeliverSinceRequest(subscription_id=made.id, since=stamp(since)))
        await served.call(pb.DeleteSubscriptionRequest(id=made.id))
        assert await recover_missed(served.env) == 0
    assert (await served.only(made.id)).state == MISSED
    assert not (await served.backlog(made.id)).HasField("recover_since")


async def test_one_delivery_comes_again_when_asked_for(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.send()
        await served.call(pb.RedeliverRequest(id=(await served.only(made.id)).id))
        await served.send()
    assert len(inbox.got) == 2
    assert len(set(inbox.ids)) == 1


async def test_one_event_that_comes_twice_is_one_delivery(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    event = served.an_event()

    await on_event(served.env, event, a_call())
    with pytest.raises(UniqueViolation):
        await on_event(served.env, event, a_call())
    assert len(await served.deliveries(made.id)) == 1


async def test_events_of_the_services_themselves_go_nowhere(served: Harness) -> None:
    event = served.an_event()

    await served.subscribe("https://erp.example")
    await on_event(served.env, replace(event, subject="prm.local.orders.calls.recorded"), a_call())
    assert not await read_backlogs(served.env) or not (await read_backlogs(served.env))["prm.hooks.backlog"]


async def test_a_backlog_is_bounded_and_what_is_beyond_is_missed(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    known = await get(served.env.store, RECEIVERS, made.id)
    assert known is None
    await served.happen()
    assert await bound_backlogs(served.env) == 0

    await served.env.commit(create(RECEIVERS, Receiver(id=made.id, full=True)), call=a_call())
    await served.happen()
    assert sorted(one.state for one in await served.deliveries(made.id)) == [PENDING, MISSED]
    assert await bound_backlogs(served.env) == 1
    await served.happen()
    assert (await served.backlog(made.id)).pending_count == 2


async def test_deliveries_and_ended_subscriptions_are_kept_for_the_days_of_the_policy(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    await served.happen()
    await served.call(pb.DeleteSubscriptionRequest(id=made.id))
    served.later(days=29)
    assert await purge_deliveries(served.env) == 0
    served.later(days=2)
    assert await purge_deliveries(served.env) == 2
    assert not (await served.call(pb.ListSubscriptionsRequest())).subscriptions


async def test_the_metric_says_how_much_waits_for_whom(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    for _ in range(3):
        await served.happen()
    [reading] = (await read_backlogs(served.env))["prm.hooks.backlog"]
    assert (reading.value, reading.about) == (3, {"subscription": made.id})


async def test_a_list_shows_the_newest_event_first_in_a_time(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    times = []
    for _ in range(4):
        times.append(served.clock.now())
        await served.happen()
        served.later(minutes=1)
    found = await served.deliveries(made.id, event_since=stamp(times[1]), event_before=stamp(times[3]))
    assert [one.event_time.ToDatetime(UTC) for one in found] == [times[2], times[1]]


async def test_a_partner_lists_its_own_deliveries_by_state(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example", partner=PARTNER)).subscription
    await served.subscribe("https://erp.example")
    mine = await served.happen()
    ask = pb.ListDeliveriesRequest(subscription_id=made.id, state=PENDING)
    assert [one.event_id for one in (await served.call(ask, partner=PARTNER)).deliveries] == [mine.id]
    ask.state = DELIVERED
    assert not (await served.call(ask, partner=PARTNER)).deliveries


def stamp(at: datetime) -> Timestamp:
    """An instant on the wire."""
    found = Timestamp()
    found.FromDatetime(at)
    return found
