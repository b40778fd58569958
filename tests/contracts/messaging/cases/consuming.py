"""From the stream to the effect: exactly once in effect, in order per document, through every failure that heals."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial

from libs.call import Call, Caller
from libs.clock import monotonic
from libs.env import Env
from libs.errors import NotFound
from libs.messaging.consumers import Consumers
from libs.messaging.dead import list_dead
from libs.messaging.envelope import Envelope
from libs.messaging.inbox import DURABLES, KEPT, Durable, dedup_key
from libs.messaging.intake import Tally, Terms
from libs.messaging.jetstream import JetStream, Outgoing
from libs.messaging.lag import last_event
from libs.messaging.streams import EVENTS
from libs.store.port import create, get
from tests.contracts.messaging.things import HEARD, LEDGERS, Ledger, Ledgers, write_down
from tests.contracts.messaging.world import World

ABOUTS = ("a", "b", "c")
QUICK = Terms(ack_wait_seconds=1.0)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


async def every_event_has_its_effect_in_order(world: World) -> None:
    async def dawdle(env: Env[None], envelope: Envelope, call: Call) -> None:
        for _ in range(int(envelope.body) % 3):
            await asyncio.sleep(0)
        await write_down(env, envelope, call)

    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, dawdle) as consumers,
    ):
        await things.happen_to(ABOUTS, 100)
        await world.until_written(ledgers, _each(ABOUTS, range(1, 101)))
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=300)})


async def a_slow_store_is_not_asked_for_more_than_it_can_answer(world: World) -> None:
    inside = most = 0

    async def count(env: Env[None], envelope: Envelope, call: Call) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await write_down(env, envelope, call)
        inside -= 1

    abouts = [f"thing-{number}" for number in range(40)]
    async with world.scene() as (things, ledgers, jetstream):
        await things.happen_to(abouts, 1)
        async with world.consumers(ledgers, jetstream, count, terms=Terms(at_once=4)):
            await world.until_written(ledgers, _each(abouts, [1]))
    assert most == 4


async def a_handle_gets_the_event_and_on_whose_behalf(world: World) -> None:
    heard: list[tuple[Envelope, Call]] = []

    async def listen(env: Env[None], envelope: Envelope, call: Call) -> None:
        heard.append((envelope, call))

    async with world.scene() as (things, ledgers, jetstream), world.consumers(ledgers, jetstream, listen):
        await things.happen("a", trace=TRACE)
        await world.until(lambda: bool(heard))
        [envelope] = await things.outbox()
        call = Call(
            caller=Caller(subject="system"), method=HEARD, traceparent=TRACE, dedup_key=dedup_key(HEARD, envelope.id)
        )
        assert heard == [(envelope, call)]


async def a_redelivery_changes_nothing(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream), world.consumers(ledgers, jetstream) as consumers:
        await things.happen_to(ABOUTS, 5)
        await world.until_written(ledgers, _each(ABOUTS, range(1, 6)))
        await _publish_again(jetstream, await things.outbox())
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=15, again=15)})
        await world.until_written(ledgers, _each(ABOUTS, range(1, 6)))


async def a_redelivery_that_fails_on_its_own_effect_is_done(world: World) -> None:
    async def create_only(env: Env[None], envelope: Envelope, call: Call) -> None:
        if await get(env.store, LEDGERS, envelope.about):
            raise NotFound("what the first time took away", envelope.about)
        await env.commit(create(LEDGERS, Ledger(id=envelope.about, numbers=(1,))), call=call)

    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, create_only) as consumers,
    ):
        await things.happen_to(ABOUTS, 1)
        await world.until_written(ledgers, _each(ABOUTS, [1]))
        await _publish_again(jetstream, await things.outbox())
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=3, again=3)})
        assert await list_dead(jetstream) == ()


async def a_service_that_was_down_catches_up(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        async with world.consumers(ledgers, jetstream):
            await things.happen("a", 3)
            await world.until_written(ledgers, {"a": range(1, 4)})
        await things.happen("a", 300)
        async with world.consumers(ledgers, jetstream) as again:
            await world.until_written(ledgers, {"a": range(1, 304)})
            await world.until(lambda: again.tallies[HEARD].done == 300)


async def a_consumer_takes_only_its_subject_and_a_wildcard_all(world: World) -> None:
    async with (
        world.ledgers("all") as everything,
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, subject="things.thing.ended") as narrow,
        world.consumers(everything, jetstream, subject=">", service="audit") as wide,
    ):
        await things.happen("a", 10)
        await world.until_written(everything, {"a": range(1, 11)})
        await world.until(lambda: wide.tallies == {"audit__all": Tally(done=10)})
        assert narrow.tallies == {"ledgers__thing_ended": Tally()}


async def replicas_share_the_events(world: World) -> None:
    small = Terms(batch=4)
    abouts = [f"thing {number}" for number in range(50)]
    async with world.scene() as (things, ledgers, jetstream), world.jetstream() as other:
        await things.happen_to(abouts, 4)
        await world.until_stored(jetstream, 200)
        async with (
            world.consumers(ledgers, jetstream, terms=small) as one,
            world.consumers(ledgers, other, terms=small) as two,
        ):
            await _until_once_each(world, ledgers, abouts, range(1, 5))
            assert min(one.tallies[HEARD].done, two.tallies[HEARD].done) > 0


async def a_broker_killed_meanwhile_loses_and_doubles_no_effect(world: World) -> None:
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, terms=QUICK) as consumers,
    ):
        load = asyncio.create_task(things.happen_to(ABOUTS, 100))
        for reached in (40, 150):
            await world.until(partial(_has_done, consumers, reached))
            await world.kill_broker()
        await load
        await _until_once_each(world, ledgers, ABOUTS, range(1, 101))


async def a_consumer_killed_at_any_point_loses_and_doubles_no_effect(world: World) -> None:
    terms = Terms(ack_wait_seconds=0.5, batch=20)
    async with world.scene() as (things, ledgers, jetstream):
        await things.happen_to(ABOUTS, 60)
        for reached in (0, 3, 7, 13):
            async with world.consumers(ledgers, jetstream, terms=terms) as consumers:
                await world.until(partial(_has_done, consumers, reached))
        async with world.consumers(ledgers, jetstream, terms=terms):
            await _until_once_each(world, ledgers, ABOUTS, range(1, 61))


async def an_effect_under_way_when_its_consumer_dies_is_had_by_the_next(world: World) -> None:
    begun = asyncio.Event()

    async def never_end(env: Env[None], envelope: Envelope, call: Call) -> None:
        begun.set()
        await asyncio.Event().wait()

    async with world.scene() as (things, ledgers, jetstream):
        await things.happen("a", 2)
        async with world.consumers(ledgers, jetstream, never_end, terms=QUICK):
            await world.until(begun.is_set)
        async with world.consumers(ledgers, jetstream, terms=QUICK):
            await world.until_written(ledgers, {"a": [1, 2]})


async def a_long_effect_is_not_begun_twice(world: World) -> None:
    begun: list[str] = []
    end = asyncio.Event()

    async def take_long(env: Env[None], envelope: Envelope, call: Call) -> None:
        begun.append(envelope.about)
        await end.wait()
        await write_down(env, envelope, call)

    terms = Terms(ack_wait_seconds=1.0)
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, take_long, terms=terms) as consumers,
    ):
        await things.happen_to(ABOUTS, 2)
        await world.until(lambda: len(begun) == 3)
        long_after = monotonic() + 3 * terms.ack_wait_seconds
        await world.until(lambda: monotonic() > long_after)
        end.set()
        await world.until_written(ledgers, _each(ABOUTS, [1, 2]))
        assert sorted(begun) == ["a", "a", "b", "b", "c", "c"]
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=6)})


async def what_a_stopping_consumer_has_not_begun_goes_to_another_at_once(world: World) -> None:
    begun: list[str] = []
    end = asyncio.Event()

    async def wait(env: Env[None], envelope: Envelope, call: Call) -> None:
        begun.append(envelope.about)
        await end.wait()
        await write_down(env, envelope, call)

    abouts = [f"thing {number}" for number in range(10)]
    terms = Terms(ack_wait_seconds=60.0, batch=2)
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, wait, terms=terms) as stopping,
    ):
        await things.happen_to(abouts, 1)
        await world.until(lambda: len(begun) == 4)
        stop = asyncio.create_task(stopping.drain(world.patience_seconds))
        async with world.jetstream() as other, world.consumers(ledgers, other, terms=terms):
            await world.until_written(ledgers, _each([about for about in abouts if about not in begun], [1]))
        assert not stop.done()
        end.set()
        assert await stop
        assert {about: await ledgers.numbers(about) for about in begun} == _each(begun, (1,))


async def a_store_that_is_away_is_waited_for(world: World) -> None:
    tried: list[str] = []

    async def count(env: Env[None], envelope: Envelope, call: Call) -> None:
        tried.append(envelope.id)
        await write_down(env, envelope, call)

    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, count) as consumers,
    ):
        await things.happen("a")
        await world.until_written(ledgers, {"a": [1]})
        ledgers.store.away = True
        await things.happen("a", 2)
        await world.until(lambda: len(tried) >= 3)
        ledgers.store.away = False
        await world.until_written(ledgers, {"a": [1, 2, 3]})
        await world.until(lambda: consumers.tallies[HEARD].done == 3)
        assert await list_dead(jetstream) == ()


async def a_durable_that_the_broker_lost_goes_back_as_far_as_the_marks(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        async with world.consumers(ledgers, jetstream):
            await things.happen("a", 5)
            await world.until_written(ledgers, {"a": range(1, 6)})
        session = await jetstream.session()
        await session.streams.delete_consumer(EVENTS, HEARD)
        async with world.consumers(ledgers, jetstream) as again:
            await world.until(lambda: again.tallies == {HEARD: Tally(again=5)})
        known = await get(ledgers.store, DURABLES, HEARD)
        assert known is not None
        youngest = await last_event(session)
        assert youngest is not None
        assert known.value.since == youngest - KEPT + timedelta(hours=1)


async def a_durable_that_a_broker_without_events_lost_begins_with_the_next_event(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        async with world.consumers(ledgers, jetstream):
            await things.happen_to(ABOUTS, 2)
            await world.until_written(ledgers, _each(ABOUTS, (1, 2)))
        session = await jetstream.session()
        stream = await session.streams.stream_info(EVENTS)
        await session.streams.delete_stream(EVENTS)
        await session.streams.add_stream(stream.config)
        async with world.consumers(ledgers, jetstream):
            await things.happen_to(ABOUTS, 1)
            await world.until_written(ledgers, _each(ABOUTS, (1, 2, 3)))


async def what_is_older_than_the_marks_is_left_out_of_a_durable_that_replaces_another(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        later = world.clock.now() + timedelta(hours=1)
        await ledgers.store.commit([create(DURABLES, Durable(id=HEARD, at=later, since=later))])
        async with world.consumers(ledgers, jetstream) as consumers:
            await things.happen("a", 2)
            await world.until(lambda: consumers.tallies == {HEARD: Tally(again=2)})
        await world.until_written(ledgers, {"a": ()})


CASES = (
    every_event_has_its_effect_in_order,
    a_slow_store_is_not_asked_for_more_than_it_can_answer,
    a_handle_gets_the_event_and_on_whose_behalf,
    a_redelivery_changes_nothing,
    a_redelivery_that_fails_on_its_own_effect_is_done,
    a_service_that_was_down_catches_up,
    a_consumer_takes_only_its_subject_and_a_wildcard_all,
    replicas_share_the_events,
    a_broker_killed_meanwhile_loses_and_doubles_no_effect,
    a_consumer_killed_at_any_point_loses_and_doubles_no_effect,
    an_effect_under_way_when_its_consumer_dies_is_had_by_the_next,
    a_long_effect_is_not_begun_twice,
    what_a_stopping_consumer_has_not_begun_goes_to_another_at_once,
    a_store_that_is_away_is_waited_for,
    a_durable_that_the_broker_lost_goes_back_as_far_as_the_marks,
    a_durable_that_a_broker_without_events_lost_begins_with_the_next_event,
    what_is_older_than_the_marks_is_left_out_of_a_durable_that_replaces_another,
)


def _each(abouts: Iterable[str], numbers: Sequence[int]) -> dict[str, Sequence[int]]:
    return dict.fromkeys(abouts, numbers)


def _has_done(consumers: Consumers[Env[None]], count: int) -> bool:
    return consumers.tallies[HEARD].done >= count


async def _until_once_each(world: World, ledgers: Ledgers, abouts: Sequence[str], numbers: Sequence[int]) -> None:
    """Each number once per document; a redelivery may have come behind a newer event."""

    async def there() -> bool:
        return all([len(await ledgers.numbers(about)) >= len(numbers) for about in abouts])

    await world.until(there)
    assert {about: sorted(await ledgers.numbers(about)) for about in abouts} == {one: list(numbers) for one in abouts}


async def _publish_again(jetstream: JetStream, envelopes: Sequence[Envelope]) -> None:
    """As a broker does that no longer knows the message ids."""
    session = await jetstream.session()
    again = [Outgoing(one.subject, one.headers() | {"Nats-Msg-Id": f"again {one.id}"}, one.body) for one in envelopes]
    assert not any(await session.publish(again))
