"""Who subscribes to what, with which keys; a partner's people get their own and no other's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message
from msgspec.structs import replace

from libs.errors import AppError, InvalidInput, NotFound, WrongState
from libs.messaging.catalogue import deliverable
from libs.messaging.events import message_type
from libs.partner import PartnerNotActive, PartnerStatus
from libs.pb.prm.hooks import v1 as pb
from libs.privacy.keys import Keys
from libs.privacy.objects import ForgedObject
from libs.store.port import Query, Store
from services.hooks.settings import Policy
from services.hooks.subscriptions.documents import ROUTES, SUBSCRIPTIONS
from services.hooks.subscriptions.domain.subscription import TooManySubscriptions, routes
from services.hooks.subscriptions.reads import opened
from tests.component.hooks.harness import CONFIRMED, OTHER_PARTNER, PARTNER, Harness, a_subscription

HMAC, ED25519 = pb.SIGNATURE_SCHEME_HMAC_SHA256, pb.SIGNATURE_SCHEME_ED25519


async def reasons(harness: Harness, *, partner: str = "", **fields: Any) -> set[tuple[str, str]]:
    """What is refused in a new subscription, as field and reason."""
    with pytest.raises(InvalidInput) as refused:
        await harness.call(a_subscription(**fields), partner=partner)
    return {(one.field, one.reason) for one in refused.value.violations}


async def stored_routes(harness: Harness) -> set[str]:
    page = await harness.env.store.find(Query(kind=ROUTES, limit=200))
    return {one.value.id for one in page.rows}


async def test_a_shared_secret_is_shown_once_and_a_public_key_always(harness: Harness) -> None:
    shared = await harness.subscribe("https://erp.example/a", scheme=HMAC)
    signing = await harness.subscribe("https://erp.example/b", scheme=ED25519)
    assert shared.secret.startswith("whsec_")
    assert signing.secret == ""
    shown = await harness.call(pb.GetSubscriptionRequest(id=signing.subscription.id))
    assert shown.subscription.keys[0].public_key.startswith("whpk_")
    again = await harness.call(pb.GetSubscriptionRequest(id=shared.subscription.id))
    assert shared.secret.removeprefix("whsec_") not in str(again)


async def test_a_repeated_request_has_the_same_secret_and_makes_one_subscription(harness: Harness) -> None:
    first, second = [await harness.subscribe("https://a.example", scheme=HMAC, request_id="r-1") for _ in range(2)]
    assert first == second
    assert harness.names() == ["SubscriptionCreated"]


async def test_no_secret_lies_in_the_store_in_clear_and_none_opens_under_another_name(harness: Harness) -> None:
    made = await harness.subscribe("https://a.example", scheme=HMAC)
    found = await harness.value(SUBSCRIPTIONS, made.subscription.id)
    clear = opened(harness.env, found, found.keys[0])
    assert len(clear) == 32
    assert clear not in found.keys[0].sealed
    with pytest.raises(ForgedObject):
        opened(harness.env, replace(found, id="another"), found.keys[0])


async def test_unknown_events_are_refused_by_name(harness: Harness) -> None:
    wrong = await reasons(harness, event_types=[CONFIRMED, "orders.order.exploded", "hooks.calls.recorded"])
    assert wrong == {("event_types[1]", "UNKNOWN_EVENT"), ("event_types[2]", "UNKNOWN_EVENT")}


async def test_a_partner_gets_only_events_that_are_open_to_partners(served: Harness) -> None:
    internal = ["deals.conflict.found", "partners.screening.changed", "orders.order.held"]
    wrong = await reasons(served, partner=PARTNER, event_types=internal)
    assert wrong == {(f"event_types[{place}]", "EVENT_NOT_OPEN") for place in range(3)}
    assert (await served.subscribe("https://a.example", event_types=internal)).subscription.partner_id == ""


async def test_a_partner_may_not_filter_by_another_partner(served: Harness) -> None:
    wrong = await reasons(served, partner=PARTNER, partner_ids=[OTHER_PARTNER])
    assert wrong == {("partner_ids", "FILTER_NOT_ALLOWED")}


@pytest.mark.parametrize(
    ("url", "reason"), [("http://erp.example", "NOT_ENCRYPTED"), ("https://192.168.1.1", "ADDRESS_NOT_PUBLIC")]
)
async def test_a_url_that_leads_inside_is_refused(store: Store, keys: Keys, url: str, reason: str) -> None:
    assert await reasons(Harness(store, keys, policy=Policy()), url=url) == {("url", reason)}


async def test_what_one_event_would_cost_is_bounded(harness: Harness) -> None:
    types = sorted(harness.env.settings.partner_events.events)[:51]
    partners = [harness.env.ids.new("ptn") for _ in range(10)]
    assert await reasons(harness, event_types=types, partner_ids=partners) == {("partner_ids", "TOO_MANY_ROUTES")}


async def test_a_partners_subscription_is_its_own_and_nobody_elses_knows_of_it(served: Harness) -> None:
    await served.know_partner(OTHER_PARTNER)
    mine = (await served.subscribe("https://a.example", partner=PARTNER)).subscription
    assert mine.partner_id == PARTNER
    for ask in (
        pb.GetSubscriptionRequest(id=mine.id),
        pb.RotateKeyRequest(id=mine.id),
        pb.DeleteSubscriptionRequest(id=mine.id),
        pb.GetBacklogRequest(subscription_id=mine.id),
        pb.ListDeliveriesRequest(subscription_id=mine.id),
        pb.ListSubscriptionsRequest(partner_id=PARTNER),
    ):
        with pytest.raises(NotFound):
            await served.call(ask, partner=OTHER_PARTNER)
    assert not (await served.call(pb.ListSubscriptionsRequest(), partner=OTHER_PARTNER)).subscriptions
    assert [one.id for one in (await served.call(pb.ListSubscriptionsRequest(), partner=PARTNER)).subscriptions] == [
        mine.id
    ]


async def test_nobody_subscribes_for_another_partner_or_one_that_is_not_in_business(served: Harness) -> None:
    with pytest.raises(NotFound):
        await served.subscribe("https://a.example", partner=PARTNER, partner_id=OTHER_PARTNER)
    await served.know_partner(OTHER_PARTNER, PartnerStatus.SUSPENDED)
    with pytest.raises(PartnerNotActive):
        await served.subscribe("https://a.example", partner_id=OTHER_PARTNER)


async def test_there_is_a_most_of_subscriptions_for_each_partner(store: Store, keys: Keys) -> None:
    harness = Harness(store, keys, policy=Policy(subscriptions=2))
    await harness.know_partner()
    for _ in range(2):
        await harness.subscribe("https://a.example")
    with pytest.raises(TooManySubscriptions) as refused:
        await harness.subscribe("https://a.example")
    assert refused.value.metadata == {"limit": "2"}
    assert await harness.subscribe("https://a.example", partner=PARTNER)


async def test_an_update_sets_what_its_mask_names_and_moves_the_routes(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example", event_types=[CONFIRMED, "orders.order.closed"])).subscription
    changed = await harness.call(
        pb.UpdateSubscriptionRequest(
            id=made.id,
            event_types=[CONFIRMED, "orders.order.canceled"],
            partner_ids=[PARTNER],
            url="https://other.example",
            update_mask=FieldMask(paths=["event_types", "partner_ids"]),
        )
    )
    assert changed.subscription.url == "https://a.example"
    assert await stored_routes(harness) == {
        f"{CONFIRMED}/{PARTNER}/{made.id}",
        f"orders.order.canceled/{PARTNER}/{made.id}",
    }
    assert harness.names() == ["SubscriptionCreated", "SubscriptionUpdated"]


async def test_an_update_may_not_empty_what_is_needed(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    with pytest.raises(InvalidInput) as refused:
        await harness.call(pb.UpdateSubscriptionRequest(id=made.id, update_mask=FieldMask(paths=["*"])))
    assert {(one.field, one.reason) for one in refused.value.violations} == {
        (field, "REQUIRED") for field in ("name", "url", "event_types")
    }


async def test_two_keys_sign_during_a_rotation_and_one_afterwards(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    rotated = await harness.call(pb.RotateKeyRequest(id=made.id, overlap=Duration(seconds=3600), scheme=HMAC))
    assert rotated.secret.startswith("whsec_")
    assert [key.number for key in rotated.subscription.keys] == [1, 2]
    assert rotated.subscription.scheme == HMAC
    harness.later(minutes=59)
    assert len((await harness.call(pb.GetSubscriptionRequest(id=made.id))).subscription.keys) == 2
    harness.later(minutes=2)
    assert [key.number for key in (await harness.call(pb.GetSubscriptionRequest(id=made.id))).subscription.keys] == [2]


async def test_a_second_rotation_ends_the_oldest_key_and_none_overlaps_if_asked(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    await harness.call(pb.RotateKeyRequest(id=made.id))
    third = await harness.call(pb.RotateKeyRequest(id=made.id))
    assert [key.number for key in third.subscription.keys] == [2, 3]
    fourth = await harness.call(pb.RotateKeyRequest(id=made.id, overlap=Duration()))
    assert [key.number for key in fourth.subscription.keys] == [4]


MOVES: dict[str, Callable[[str], Message]] = {
    "update": lambda one: pb.UpdateSubscriptionRequest(id=one, name="Other"),
    "rotate": lambda one: pb.RotateKeyRequest(id=one),
    "disable": lambda one: pb.DisableSubscriptionRequest(id=one),
    "enable": lambda one: pb.EnableSubscriptionRequest(id=one),
    "delete": lambda one: pb.DeleteSubscriptionRequest(id=one),
}
# By the state, which moves are allowed.
ALLOWED: dict[tuple[str, ...], set[str]] = {
    (): {"update", "rotate", "disable", "delete"},
    ("disable",): {"update", "rotate", "enable", "delete"},
    ("delete",): set(),
}


@pytest.mark.parametrize("before", ALLOWED)
@pytest.mark.parametrize("move", MOVES)
async def test_each_state_allows_its_moves_and_no_others(harness: Harness, before: tuple[str, ...], move: str) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    for step in before:
        await harness.call(MOVES[step](made.id))
    if move in ALLOWED[before]:
        await harness.call(MOVES[move](made.id))
    else:
        with pytest.raises(WrongState):
            await harness.call(MOVES[move](made.id))


async def test_a_deleted_subscription_has_no_keys_and_no_routes(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    gone = (await harness.call(pb.DeleteSubscriptionRequest(id=made.id))).subscription
    assert (list(gone.keys), gone.state) == ([], pb.SUBSCRIPTION_STATE_DELETED)
    found = await harness.value(SUBSCRIPTIONS, made.id)
    assert (found.keys, routes(found), await stored_routes(harness)) == ((), (), set())


async def test_an_etag_that_is_stale_changes_nothing(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    await harness.call(pb.RotateKeyRequest(id=made.id, etag=made.etag))
    with pytest.raises(AppError) as refused:
        await harness.call(pb.RotateKeyRequest(id=made.id, etag=made.etag))
    assert refused.value.reason == "ETAG_MISMATCH"


async def test_every_event_that_is_open_to_partners_is_of_the_catalogue_and_carries_a_partner(harness: Harness) -> None:
    for one in harness.env.settings.partner_events.events:
        assert "partner_id" in message_type(deliverable()[one]).DESCRIPTOR.fields_by_name, one


async def test_no_event_of_a_joint_pursuit_tells_a_member_which_claim_it_is(harness: Harness) -> None:
    for one in harness.env.settings.partner_events.events:
        named = message_type(deliverable()[one]).DESCRIPTOR.fields_by_name
        assert not {"membership_id", "registration_id"} <= set(named), one


async def test_an_overlap_of_a_day_is_the_default(harness: Harness) -> None:
    made = (await harness.subscribe("https://a.example")).subscription
    rotated = (await harness.call(pb.RotateKeyRequest(id=made.id))).subscription
    until = rotated.keys[0].expire_time.ToDatetime() - rotated.keys[1].create_time.ToDatetime()
    assert until == timedelta(days=1)
