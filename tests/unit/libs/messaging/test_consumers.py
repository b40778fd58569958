"""What consumers are called, and how they and a relay end."""

from pathlib import Path

import pytest

from libs.messaging.consumers import consuming, durable_name, durables_of
from libs.messaging.intake import Consumer, Tally
from libs.messaging.relay import relaying
from tests.compositions import COMPOSITIONS
from tests.contracts.messaging.things import HEARD, SUBJECT, write_down
from tests.contracts.messaging.world import a_world


@pytest.mark.parametrize(
    ("service", "subject", "name"),
    [
        ("orders", "deals.registration.approved", "orders__registration_approved"),
        ("orders", "deals.registration.*", "orders__registration_all"),
        ("orders", "deals.>", "orders__deals_all"),
        ("compliance", ">", "compliance__all"),
    ],
)
def test_a_durable_is_named_after_service_and_subject(service: str, subject: str, name: str) -> None:
    assert durable_name(service, subject) == name


@pytest.mark.parametrize("service", sorted(COMPOSITIONS))
def test_no_two_consumers_of_a_service_have_the_same_name(service: str) -> None:
    found = [durable_name(service, one.subject, one.part) for one in COMPOSITIONS[service].consumers]
    assert sorted(found) == sorted(set(found))


@pytest.mark.parametrize(
    ("subject", "taken"),
    [
        ("deals.registration.approved", {"deals.registration.approved"}),
        ("deals.registration.*", {"deals.registration.approved", "deals.registration.won"}),
        ("*.registration.won", {"deals.registration.won"}),
        ("deals.>", {"deals.registration.approved", "deals.registration.won", "deals.conflict.found"}),
        (">", {"deals.registration.approved", "deals.registration.won", "deals.conflict.found", "deals"}),
        ("deals.registration", set()),
    ],
)
def test_a_consumer_takes_what_its_subject_says(subject: str, taken: set[str]) -> None:
    consumer = Consumer(subject, write_down)
    told = ("deals.registration.approved", "deals.registration.won", "deals.conflict.found", "deals")
    assert {one for one in told if consumer.takes(one)} == taken


def test_two_consumers_of_one_name_are_refused() -> None:
    table = [Consumer("deals.order.created", write_down), Consumer("orders.order.created", write_down)]
    with pytest.raises(ValueError, match="two consumers have the name ledgers__order_created"):
        durables_of("ledgers", table)
    apart = [table[0], Consumer("orders.order.created", write_down, part="own")]
    assert list(durables_of("ledgers", apart)) == ["ledgers__order_created", "ledgers__order_created_own"]


async def test_a_relay_ends_when_everything_handed_over_is_acknowledged(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, world.things() as things, world.jetstream() as jetstream:
        async with relaying(things.store, jetstream, world.clock) as relay:
            things.relay = relay
            await things.happen("a", 1)
            await world.until_stored(jetstream, 1)  # without a connection it leaves all to the next start
            await things.happen("a", 49)
        assert await world.count_stored(jetstream) == 50
        assert (relay.stats.backlog, relay.stats.oldest_seconds) == (0, 0.0)


async def test_a_relay_does_not_wait_for_a_broker_that_is_away(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, world.things() as things, world.jetstream() as jetstream:
        await world.stop_broker()
        async with relaying(things.store, jetstream, world.clock, drain_seconds=60.0) as relay:
            things.relay = relay
            await things.happen("a", 3)
        assert relay.stats.backlog == 3
        assert relay.stats.oldest_seconds > 0


async def test_consumers_end_when_what_they_began_is_done(tmp_path: Path) -> None:
    table = [Consumer(SUBJECT, write_down)]
    async with a_world(tmp_path) as world, world.scene() as (things, ledgers, jetstream):
        async with consuming("ledgers", env=ledgers.env, jetstream=jetstream, table=table) as consumers:
            await things.happen("a", 5)
            await world.until_written(ledgers, {"a": range(1, 6)})
        assert consumers.tallies == {HEARD: Tally(done=5)}
