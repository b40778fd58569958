"""What a receiver gets, signed; what its answers mean; that nobody waits for another; and that processes share."""

import asyncio
import json
from base64 import b64decode
from datetime import UTC

from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from libs.clock import SystemClock
from libs.lifetime import alongside
from libs.partner import PartnerStatus
from libs.pb.prm.hooks import v1 as pb
from libs.privacy.keys import Keys
from libs.store.port import Store, get
from services.hooks.deliveries.documents import RECEIVERS
from services.hooks.sending import usecases
from services.hooks.sending.workers import IN_FLIGHT
from services.hooks.settings import PartnerEvents
from tests.component.hooks.harness import CONFIRMED, OTHER_PARTNER, PARTNER, Harness, Names
from tests.component.hooks.receiving import receiving
from tests.waiting import until

HMAC = pb.SIGNATURE_SCHEME_HMAC_SHA256
PENDING, DELIVERED = pb.DELIVERY_STATE_PENDING, pb.DELIVERY_STATE_DELIVERED
MISSED, GIVEN_UP = pb.DELIVERY_STATE_MISSED, pb.DELIVERY_STATE_GIVEN_UP


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
    assert sorted(all_of.ids) == sorted([mine.id, theirs.id])
    assert (filtered.ids, own.ids, other.ids) == ([theirs.id], [mine.id], [])


async def test_a_partner_does_not_learn_the_version_of_a_lead_and_the_vendor_does(served: Harness) -> None:
    event_types = ["deals.lead.offered"]
    async with receiving() as vendor, receiving() as partner:
        await served.subscribe(vendor.url, event_types=event_types)
        await served.subscribe(partner.url, event_types=event_types, partner=PARTNER)
        await served.happen("deals.lead.offered")
        await served.send()
    whole, hidden = json.loads(vendor.got[0].body), json.loads(partner.got[0].body)
    assert whole.pop("prmversion") == 3
    assert hidden == whole


async def test_an_event_that_was_closed_to_partners_goes_to_no_subscription_of_a_partner(served: Harness) -> None:
    async with receiving() as vendor, receiving() as partner:
        await served.subscribe(vendor.url)
        await served.subscribe(partner.url, partner=PARTNER)
        served.env.settings = replace(served.env.settings, partner_events=PartnerEvents())
        event = await served.happen()
        await served.send()
    assert (vendor.ids, partner.ids) == ([event.id], [])


async def test_a_delivery_says_how_its_attempts_ended_and_is_tried_again(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        inbox.answer = 503
        await served.send()
        failed = await served.only(made.id)
        assert (failed.state, failed.attempt_count) == (PENDING, 1)
        assert failed.next_attempt_time.ToDatetime() > failed.attempts[0].time.ToDatetime()
        assert await served.send() == 0
        served.later(seconds=10)
        inbox.answer = 200
        await served.send()
    found = await served.only(made.id)
    assert [(one.outcome, one.status_code) for one in found.attempts] == [
        (pb.ATTEMPT_OUTCOME_REFUSED, 503),
        (pb.ATTEMPT_OUTCOME_ACCEPTED, 200),
    ]
    assert found.state == DELIVERED
    assert len(set(inbox.ids)) == 1
    assert (await served.call(pb.GetDeliveryRequest(id=found.id))).delivery == found


async def test_after_ten_failures_a_delivery_is_given_up(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer = 500
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        for _ in range(10):
            assert await served.send() == 1
            due = (await served.only(made.id)).next_attempt_time.ToDatetime(UTC)
            served.later(seconds=max(0.0, (due - served.clock.now()).total_seconds()))
        assert await served.send() == 0
    found = await served.only(made.id)
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


async def test_a_receiver_at_a_new_address_need_not_wait_for_what_the_former_one_asked(served: Harness) -> None:
    async with receiving() as former, receiving() as new:
        former.answer, former.headers = 429, {"Retry-After": "86400"}
        made = (await served.subscribe(former.url)).subscription
        await served.happen()
        await served.send()
        await served.call(pb.UpdateSubscriptionRequest(id=made.id, url=new.url))
        event = await served.happen()
        await served.send()
    assert new.ids == [event.id]
    assert not (await served.backlog(made.id)).HasField("pause_time")


async def test_a_partner_hears_at_another_receiver_that_one_of_its_own_is_disabled(served: Harness) -> None:
    async with receiving() as gone, receiving() as watching:
        gone.answer = 410
        made = (await served.subscribe(gone.url, partner=PARTNER)).subscription
        disabled = "hooks.subscription.disabled"
        await served.subscribe(watching.url, event_types=[disabled], partner=PARTNER)
        await served.happen()
        await served.send()
        assert served.names()[-1] == "SubscriptionDisabled"
        await served.happen(disabled, subscription_id=made.id, cause=pb.DISABLE_CAUSE_GONE)
        await served.send()
    said = json.loads(watching.got[0].body)["data"]
    assert said == {"subscription_id": made.id, "partner_id": PARTNER, "cause": "DISABLE_CAUSE_GONE"}


async def test_410_of_the_former_address_does_not_disable_the_new_one(served: Harness) -> None:
    async with receiving() as former, receiving() as new:
        made = (await served.subscribe(former.url)).subscription

        async def moved(request: web.Request) -> web.StreamResponse:
            await served.call(pb.UpdateSubscriptionRequest(id=made.id, url=new.url))
            return web.Response(status=410)

        former.answer = moved
        event = await served.happen()
        await served.send()
        served.later(seconds=10)
        await served.send()
    assert new.ids == [event.id]


async def test_the_days_of_failing_count_from_the_last_enabling(served: Harness) -> None:
    async with receiving() as inbox:
        inbox.answer = 500
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.send()
        await served.call(pb.DisableSubscriptionRequest(id=made.id))
        served.later(days=6)
        await served.call(pb.EnableSubscriptionRequest(id=made.id))
        await served.send()
        assert len(inbox.got) == 2
    found = (await served.call(pb.GetSubscriptionRequest(id=made.id))).subscription
    assert found.state == pb.SUBSCRIPTION_STATE_ACTIVE


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


async def test_a_name_with_a_private_address_is_not_called_and_the_attempt_says_why(served: Harness) -> None:
    made = (await served.subscribe("https://erp.example")).subscription
    await served.happen()
    await served.send(names=Names("10.1.2.3"))
    assert (await served.only(made.id)).attempts[0].outcome == pb.ATTEMPT_OUTCOME_ADDRESS_REFUSED


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
        assert len(set(inbox.ids)) == IN_FLIGHT + 5


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
        assert await usecases.lease(one.env, made.id, "killed", version=1) is not None
        assert await usecases.lease(other.env, made.id, "other", version=1) is None
        assert await other.send() == 0
        one.later(seconds=31)
        assert await other.send() == 1
    assert len(inbox.got) == 1
    receiver = await get(store, RECEIVERS, made.id)
    assert receiver is not None
    assert receiver.value.holder == ""


async def test_a_deleted_subscription_gets_nothing_and_leaves_the_queue(served: Harness) -> None:
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url)).subscription
        await served.happen()
        await served.call(pb.DeleteSubscriptionRequest(id=made.id))
        await served.happen()
        assert await served.send() == 0
        assert not inbox.got
    assert [one.state for one in await served.deliveries(made.id)] == [MISSED]


async def test_a_suspended_partner_gets_nothing_of_what_waits_and_can_ask_for_it_later(served: Harness) -> None:
    await served.know_partner()
    async with receiving() as inbox:
        made = (await served.subscribe(inbox.url, partner=PARTNER)).subscription
        await served.happen()
        await served.know_partner(status=PartnerStatus.SUSPENDED, version=2)
        assert await served.send() == 0
        assert not inbox.got
        assert [one.state for one in await served.deliveries(made.id)] == [MISSED]
        await served.know_partner(version=3)
        await served.call(pb.RedeliverRequest(id=(await served.only(made.id)).id), partner=PARTNER)
        assert await served.send() == 1
    assert len(inbox.got) == 1
