"""From a commit to the stream: nothing is lost, nothing is stored twice, one document's events keep their order."""

import asyncio
from collections import Counter
from functools import partial

from libs.clock import SteppedClock
from libs.errors import StoreUnavailable
from libs.messaging.envelope import Envelope
from libs.messaging.relay import Pace, Relay
from libs.messaging.streams import StreamLimits
from tests.builders import NOW
from tests.contracts.messaging.things import Things
from tests.contracts.messaging.world import World
from tests.store_faults import FailingCommits

ABOUTS = ("a", "b", "c")


async def events_are_stored_as_committed(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream, world.relay(things, jetstream):
        await things.happen("a", 2)
        await things.happen("b")
        assert await world.until_stored(jetstream, 3) == await things.outbox()


async def events_about_one_document_keep_their_order(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream, world.relay(things, jetstream):
        await things.happen_to(ABOUTS, 200)
        stored = await world.until_stored(jetstream, 600)
        assert _versions(stored) == {about: list(range(1, 201)) for about in ABOUTS}


async def a_relay_that_starts_again_stores_nothing_twice(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream:
        async with world.relay(things, jetstream):
            await things.happen_to(ABOUTS, 10)
            before = await world.until_stored(jetstream, 30)
        async with world.relay(things, jetstream) as again:
            await world.until(lambda: again.stats.published >= 30)
        assert await world.stored(jetstream) == before


async def commands_succeed_while_the_broker_is_away_and_their_events_arrive_later(world: World) -> None:
    await world.stop_broker()
    async with world.things() as things, world.jetstream() as jetstream, world.relay(things, jetstream) as relay:
        await things.happen_to(ABOUTS, 10)
        assert relay.stats.backlog == 30
        await world.start_broker()
        assert _ids(await world.until_stored(jetstream, 30)) == _ids(await things.outbox())
        await world.until(lambda: relay.stats.backlog == 0)


async def a_broker_killed_under_load_loses_and_doubles_nothing(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream, world.relay(things, jetstream) as relay:
        load = asyncio.create_task(things.happen_to(ABOUTS, 150))
        for reached in (60, 150, 300):
            await world.until(partial(_has_published, relay, reached))
            await world.kill_broker()
        await load
        stored = await world.until_stored(jetstream, 450)
        assert _ids(stored) == _ids(await things.outbox())
        assert _versions(stored) == {about: list(range(1, 151)) for about in ABOUTS}


async def a_relay_killed_at_any_point_loses_nothing(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream:
        for turn in range(8):
            async with world.relay(things, jetstream) as relay:
                load = asyncio.create_task(things.happen_to(ABOUTS, 10))
                await world.until(partial(_has_published, relay, turn * 4))
            await load
        async with world.relay(things, jetstream):
            assert _ids(await world.until_stored(jetstream, 240)) == _ids(await things.outbox())


async def what_memory_does_not_take_is_read_from_the_store(world: World) -> None:
    async with (
        world.things() as things,
        world.jetstream() as jetstream,
        world.relay(things, jetstream, pace=Pace(queue_events=3)) as relay,
    ):
        await things.happen_to([f"thing {number}" for number in range(20)], 10)
        assert _ids(await world.until_stored(jetstream, 200)) == _ids(await things.outbox())
        await world.until(lambda: relay.stats.backlog == 0)


async def after_a_power_cut_all_that_was_acknowledged_in_the_window_is_there_again(world: World) -> None:
    async with world.things() as things, world.jetstream() as jetstream, world.relay(things, jetstream) as relay:
        await things.happen_to(ABOUTS, 20)
        before = await world.until_stored(jetstream, 60)
        await world.until(lambda: relay.stats.backlog == 0)
        await world.cut_power()
        after = await world.until_stored(jetstream, 60)
        assert sorted(after, key=_id) == sorted(before, key=_id)
        assert _versions(after) == _versions(before)


async def rows_go_once_the_window_is_over(world: World) -> None:
    async with (
        world.things() as things,
        world.jetstream() as jetstream,
        world.relay(things, jetstream, pace=Pace(window_seconds=0.05)),
    ):
        await things.happen_to(ABOUTS, 80)

        async def gone() -> bool:
            return not await things.outbox()

        await world.until(gone)
        assert await world.count_stored(jetstream) == 240


async def two_relays_over_one_store_delete_each_row_and_store_each_event_once(world: World) -> None:
    pace = Pace(window_seconds=0.05)
    async with world.things() as things, world.jetstream() as jetstream, world.jetstream() as other:
        await things.happen_to(ABOUTS, 50)
        async with world.relay(things, other, pace=pace), world.relay(things, jetstream, pace=pace):

            async def gone() -> bool:
                return not await things.outbox()

            await world.until(gone)
        assert await world.count_stored(jetstream) == 150


async def what_a_dead_process_left_is_published_by_another(world: World) -> None:
    async with (
        world.things() as things,
        world.jetstream() as jetstream,
        world.relay(things, jetstream, pace=Pace(orphan_seconds=0.3)) as relay,
    ):
        await things.happen("a")
        await world.until(lambda: relay.stats.published >= 1)
        dead = Things(things.store, SteppedClock(NOW))
        await dead.happen("b", 3)
        assert _ids(await world.until_stored(jetstream, 4)) == _ids(await things.outbox())


async def a_commit_whose_answer_was_lost_is_published_if_it_landed(world: World) -> None:
    async with (
        world.things() as things,
        world.jetstream() as jetstream,
        world.relay(things, jetstream, pace=Pace(doubt_seconds=0.05)) as relay,
    ):
        await things.happen("a")
        await world.until(lambda: relay.stats.published >= 1)
        store = things.store
        assert isinstance(store, FailingCommits)
        store.refuse_next(StoreUnavailable("refused"))
        store.lose_next_answer(StoreUnavailable("answer lost"))
        for about in ("refused", "landed"):
            try:
                await things.happen(about)
            except StoreUnavailable:
                continue
            raise AssertionError("the commit was answered")
        stored = await world.until_stored(jetstream, 2)
        assert [one.about for one in stored] == ["a", "landed"]


async def a_full_stream_refuses_and_the_events_wait(world: World) -> None:
    async with world.things() as things:
        tight = StreamLimits(events_bytes=8_000)
        async with world.jetstream(limits=tight) as jetstream, world.relay(things, jetstream) as relay:
            await things.happen_to(ABOUTS, 20)
            assert not await relay.drain(0.3)
            assert 0 < await world.count_stored(jetstream) < 60
        async with world.jetstream() as jetstream, world.relay(things, jetstream):
            assert _ids(await world.until_stored(jetstream, 60)) == _ids(await things.outbox())


CASES = (
    events_are_stored_as_committed,
    events_about_one_document_keep_their_order,
    a_relay_that_starts_again_stores_nothing_twice,
    commands_succeed_while_the_broker_is_away_and_their_events_arrive_later,
    a_broker_killed_under_load_loses_and_doubles_nothing,
    a_relay_killed_at_any_point_loses_nothing,
    what_memory_does_not_take_is_read_from_the_store,
    after_a_power_cut_all_that_was_acknowledged_in_the_window_is_there_again,
    rows_go_once_the_window_is_over,
    two_relays_over_one_store_delete_each_row_and_store_each_event_once,
    what_a_dead_process_left_is_published_by_another,
    a_commit_whose_answer_was_lost_is_published_if_it_landed,
    a_full_stream_refuses_and_the_events_wait,
)


def _has_published(relay: Relay, count: int) -> bool:
    return relay.stats.published >= count


def _id(envelope: Envelope) -> str:
    return envelope.id


def _ids(envelopes: list[Envelope]) -> Counter[str]:
    """How often each event occurs."""
    return Counter(one.id for one in envelopes)


def _versions(envelopes: list[Envelope]) -> dict[str, list[int]]:
    """Per document the versions, in the order of the stream."""
    return {about: [one.version for one in envelopes if one.about == about] for about in ABOUTS}
