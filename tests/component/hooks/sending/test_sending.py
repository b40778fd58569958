"""What a receiver gets, signed; what its answers mean; that nobody waits for another; and that processes share."""

import asyncio
import json
from base64 import b64decode
from datetime import UTC, datetime

import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from libs.clock import SystemClock
from libs.lifetime import alongside
from libs.pb.prm.hooks import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store, UniqueViolation, create, get
from services.hooks.deliveries.consumers import on_event
from services.hooks.deliveries.documents import RECEIVERS
from services.hooks.deliveries.domain.delivery import Receiver
from services.hooks.deliveries.jobs import bound_backlogs, purge_deliveries, read_backlogs, recover_missed
from services.hooks.sending import usecases
from services.hooks.sending.workers import IN_FLIGHT
from tests.builders import a_call
from tests.component.hooks.harness import CONFIRMED, OTHER_PARTNER, PARTNER, Harness, Names
from tests.component.hooks.receiving import Inbox, receiving
from tests.waiting import until

HMAC = pb.SIGNATURE_SCHEME_HMAC_SHA256
PENDING, DELIVERED = pb.DELIVERY_STATE_PENDING, pb.DELIVERY_STATE_DELIVERED
MISSED, GIVEN_UP = pb.DELIVERY_STATE_MISSED, pb.DELIVERY_STATE_GIVEN_UP


async def only(harness: Harness, subscription: pb.Subscription) -> pb.Delivery:
    [found] = await harness.deliveries(subscription.id)
    return found


def ids(inbox: Inbox) -> list[str]:
    return [one.headers["webhook-id"] for one in inbox.got]


async def test_a_receiver_gets_a_cloud_event_with_the_event_as_json_and_nothing_of_who_acted(served: Harness) -> None:
    async with receiving() as inbox:
        await served.subscribe(inbox.url)
        event = await served.happen(order_id="ord_local_01jz8c00000000000000000001")
        await served.send()
    assert inbox.got[0].headers["content-type"] == "application/cloudevents+json"
    assert json.loads(inbox.got[0].body) == {
        "specversion": "1.0",
        "id": event.id,
        "source": "prm/local/orders",
        "type": "prm.orders.v1.OrderConfirmed",
        "subject": event.about,
        "time": event.time.isoformat(),
        "datacontenttype": "application/json",
        "prmversion": 3,
        "prmsubject": CONFIRMED,
        "data": {"order_id": "ord_local_01jz8c00000000000000000001", "partner_id": PARTNER},
    }


async def test_a_third_party_verifies_every_delivery_by_either_scheme(store: Store, keys: Keys) -> None:
    """By the clock of the machine, with which the package compares."""
    harness = Harness(store, keys, clock=SystemClock())  # type: ignore[arg-type]  # nothing here steps it
    async with receiving() as inbox:
        shared = await harness.subscribe(inbox.url, scheme=HMAC)
        signing = await harness.subscribe(inbox.url)
        for _ in range(3):
            await harness.happen()
        await harness.send()
    public = Ed25519PublicKey.from_public_bytes(
        b64decode(signing.subscription.keys[0].public_key.removeprefix("whpk_"))
    )
    by_scheme = {"v1": 0, "v1a": 0}
    for one in inbox.got:
        version, _, signature = one.headers["webhook-signature"].partition(",")
        by_scheme[version] += 1
        if version == "v1":
            assert Webhook(shared.secret).verify(one.body, one.headers)["id"] == one.headers["webhook-id"]
        else:
            signed = f"{one.headers['webhook-id']}.{one.headers['webhook-timestamp']}.".encode() + one.body
            public.verify(b64decode(signature), signed)
    assert by_scheme == {"v1": 3, "v1a": 3}


async def test_both_keys_sign_during_a_rotation(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url, scheme=HMAC)).subscription
        await served.call(pb.RotateKeyRequest(id=made.id, scheme=pb.SIGNATURE_SCHEME_ED25519))
        await served.happen()
        await served.send()
    assert [one.partition(",")[0] for one in inbox.got[0].headers["webhook-signature"].split(" ")] == ["v1", "v1a"]


async def test_an_event_goes_to_those_who_want_it_and_to_no_other(served: Harness) -> None:
    await served.know_partner(OTHER_PARTNER)
    async with receiving() as all_of, receiving() as filtered, receiving() as own, receiving() as other:
        await served.subscribe(all_of.url)
        await served.subscribe(filtered.url, partner_ids=[OTHER_PARTNER])
        await served.subscribe(own.url, partner=PARTNER)
        await served.subscribe(other.url, event_types=["orders.order.closed"])
        mine = await served.happen()
        theirs = await served.happen(partner_id=OTHER_PARTNER)
        await served.happen("orders.order.canceled")
        await served.send()
    assert sorted(ids(all_of)) == sorted([mine.id, theirs.id])
    assert (ids(filtered), ids(own), ids(other)) == ([theirs.id], [mine.id], [])


async def test_a_delivery_says_how_its_attempts_ended_and_is_tried_again(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        inbox.answer = 503
        await served.send()
        failed = await only(served, made)
        assert (failed.state, failed.attempt_count) == (PENDING, 1)
        assert failed.next_attempt_time.ToDatetime() > failed.attempts[0].time.ToDatetime()
        assert await served.send() == 0
        served.later(seconds=10)
        inbox.answer = 200
        await served.send()
    found = await only(served, made)
    assert [(one.outcome, one.status_code) for one in found.attempts] == [
        (pb.ATTEMPT_OUTCOME_REFUSED, 503),
        (pb.ATTEMPT_OUTCOME_ACCEPTED, 200),
    ]
    assert found.state == DELIVERED
    assert len(set(ids(inbox))) == 1
    assert (await served.call(pb.GetDeliveryRequest(id=found.id))).delivery == found


async def test_after_ten_failures_a_delivery_is_given_up(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer = 500
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        for _ in range(10):
            assert await served.send() == 1
            due = (await only(served, made)).next_attempt_time.ToDatetime(UTC)
            served.later(seconds=max(0.0, (due - served.clock.now()).total_seconds()))
        assert await served.send() == 0
    found = await only(served, made)
    assert (found.state, found.attempt_count, len(inbox.got)) == (GIVEN_UP, 10, 10)


async def test_retry_after_keeps_the_sender_away_from_the_receiver(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer, inbox.headers = 429, {"Retry-After": "600"}
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.send()
        await served.happen()
        served.later(seconds=590)
        assert await served.send() == 0
        assert (await served.backlog(made.id)).HasField("pause_time")
        inbox.answer, inbox.headers = 200, {}
        served.later(seconds=11)
        await served.send()
        served.later(minutes=6)
        await served.send()
    assert {one.state for one in await served.deliveries(made.id)} == {DELIVERED}
    assert not (await served.backlog(made.id)).HasField("pause_time")


async def test_410_disables_the_subscription_and_says_so(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer = 410
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.send()
        served.later(days=1)
        assert await served.send() == 0
    found = (await served.call(pb.GetSubscriptionRequest(id=made.id))).subscription
    assert (found.state, found.disable_cause) == (pb.SUBSCRIPTION_STATE_DISABLED, pb.DISABLE_CAUSE_GONE)
    assert served.names() == ["SubscriptionCreated", "SubscriptionDisabled"]


async def test_five_failing_days_disable_the_subscription_and_one_success_does_not(served: Harness) -> None:
    async with receiving() as inbox, receiving() as fair:
        inbox.answer = 500
        made = (await served.subscribe(inbox.url)).subscription
        better = (await served.subscribe(fair.url)).subscription
        for day in range(6):
            await served.happen()
            fair.answer = 200 if day == 3 else 500
            await served.send()
            served.later(days=1)
    states = [
        (await served.call(pb.GetSubscriptionRequest(id=one.id))).subscription.disable_cause for one in (made, better)
    ]
    assert states == [pb.DISABLE_CAUSE_FAILING, pb.DISABLE_CAUSE_UNSPECIFIED]


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


async def test_one_delivery_comes_again_when_asked_for(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.send()
        await served.call(pb.RedeliverRequest(id=(await only(served, made)).id))
        await served.send()
    assert len(inbox.got) == 2
    assert len(set(ids(inbox))) == 1


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


async def test_a_name_with_a_private_address_is_not_called_and_the_attempt_says_why(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    await served.happen()
    await served.send(names=Names("10.1.2.3"))
    assert (await only(served, made)).attempts[0].outcome == pb.ATTEMPT_OUTCOME_ADDRESS_REFUSED


async def test_a_receiver_that_hangs_slows_no_other(served: Harness) -> None:
    """The sender runs, one receiver never answers: the other one gets everything meanwhile."""
    entered, never = asyncio.Event(), asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        entered.set()
        await never.wait()
        return web.Response()

    async with receiving() as dead, receiving() as well:
        dead.answer = hang
        stuck = (await served.subscribe(dead.url)).subscription
        await served.subscribe(well.url)
        async with served.sender() as sender, alongside(sender.run()):
            await served.happen()
            await entered.wait()
            for _ in range(40):
                await served.happen()
            await until(lambda: len(well.got) == 41)
            assert len(dead.got) == 1
            assert (await served.backlog(stuck.id)).pending_count == 41
            never.set()
            await until(lambda: len(dead.got) >= 41)


async def test_a_failing_receiver_is_tried_with_one_delivery_at_a_time(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer = 500
        await served.subscribe(inbox.url)
        for _ in range(IN_FLIGHT + 5):
            await served.happen()
        await served.send()
        assert len(inbox.got) == IN_FLIGHT
        served.later(seconds=2)
        await served.send()
        assert len(inbox.got) == IN_FLIGHT + 1
        inbox.answer = 200
        served.later(minutes=1)
        await served.send()
        assert len(set(ids(inbox))) == IN_FLIGHT + 5


async def test_a_new_address_counts_for_what_waits_already(served: Harness) -> None:
    async with receiving() as former, receiving() as new:
        former.answer = 500
        made = (await served.subscribe(former.url)).subscription
        await served.happen()
        await served.send()
        await served.call(pb.UpdateSubscriptionRequest(id=made.id, url=new.url))
        served.later(minutes=1)
        await served.send()
    assert (len(former.got), len(new.got)) == (1, 1)


async def test_processes_share_receivers_and_take_over_from_one_that_was_killed(store: Store, keys: Keys) -> None:
    one = Harness(store, keys)
    other = Harness(store, keys, clock=one.clock)
    async with receiving() as inbox:
        made = (await one.subscribe(inbox.url)).subscription
        await one.happen()
        assert await usecases.lease(one.env, made.id, "killed") is not None
        assert await usecases.lease(other.env, made.id, "other") is None
        assert await other.send() == 0
        one.later(seconds=31)
        assert await other.send() == 1
    assert len(inbox.got) == 1
    receiver = await get(store, RECEIVERS, made.id)
    assert receiver is not None
    assert receiver.value.holder == ""


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


async def test_a_deleted_subscription_gets_nothing_and_leaves_the_queue(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.call(pb.DeleteSubscriptionRequest(id=made.id))
        await served.happen()
        assert await served.send() == 0
        assert not inbox.got
    assert [one.state for one in await served.deliveries(made.id)] == [MISSED]


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
