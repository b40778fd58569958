"""What cannot be processed: put aside with its reason, given back to the consumer that failed, harming nobody else."""

from functools import partial

from msgspec.structs import replace

from libs.call import Call
from libs.env import Env
from libs.errors import NotFound, WrongCell
from libs.messaging.administration import ensure_durable
from libs.messaging.consumers import Consumers
from libs.messaging.dead import DeadLetter, Reason, list_dead, replay_dead
from libs.messaging.delivery import give_back
from libs.messaging.envelope import Envelope
from libs.messaging.intake import DELIVERIES_AT_MOST, Tally, Terms
from libs.messaging.jetstream import JetStream, Outgoing
from libs.messaging.pulling import pulling
from libs.messaging.streams import DEAD, event_subject
from tests.builders import NOW
from tests.contracts.messaging.things import CELL, HEARD, SUBJECT, write_down
from tests.contracts.messaging.world import World


class Broken:
    """A handle that fails at some numbers until it is mended."""

    def __init__(self, *numbers: int, err: Exception | None = None) -> None:
        self.numbers = set(numbers)
        self.err = err or WrongCell("number", here="local", cell="de", endpoint="")

    async def __call__(self, env: Env[None], envelope: Envelope, call: Call) -> None:
        if int(envelope.body) in self.numbers:
            raise self.err
        await write_down(env, envelope, call)


async def a_refusal_is_put_aside_with_its_reason_and_the_rest_goes_on(world: World) -> None:
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, Broken(2)) as consumers,
    ):
        await things.happen("a", 3)
        await world.until_written(ledgers, {"a": [1, 3]})
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=2, buried=1)})
        failed = (await things.outbox())[1]
        letter = await _only_letter(jetstream)
        assert replace(letter, at=NOW) == DeadLetter(
            sequence=1,
            durable=HEARD,
            reason=Reason("WRONG_CELL", "subject=number here=local cell=de endpoint="),
            subject=failed.subject,
            id=failed.id,
            type=failed.type,
            about="a",
            deliveries=1,
            at=NOW,
        )


async def a_bug_is_put_aside_with_its_place_and_without_its_text(world: World) -> None:
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, Broken(1, err=ValueError("ada@example.com"))),
    ):
        await things.happen("a", 2)
        await world.until_written(ledgers, {"a": [2]})
        letter = await _only_letter(jetstream)
        assert letter.reason.code == "BUG"
        assert letter.reason.detail.startswith("ValueError at ")
        assert "burying.py:" in letter.reason.detail
        assert "ada" not in letter.reason.detail


async def what_is_no_event_is_put_aside(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream), world.consumers(ledgers, jetstream) as consumers:
        session = await jetstream.session()
        stray = [
            Outgoing(event_subject(CELL, SUBJECT), {}, b"no headers"),
            Outgoing(event_subject(CELL, SUBJECT), {"ce-id": "half"}, b"half of them"),
        ]
        assert await session.publish(stray) == ["", ""]
        await things.happen("a")
        await world.until_written(ledgers, {"a": [1]})
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=1, buried=2)})
        letters = {(one.reason.code, one.id) for one in await list_dead(jetstream)}
        assert letters == {("UNREADABLE", ""), ("UNREADABLE", "half")}


async def what_may_heal_is_tried_again_in_order(world: World) -> None:
    broken = Broken(1, err=NotFound("partner", "ptn"))
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, broken) as consumers,
    ):
        await things.happen("a", 3)
        await world.until(lambda: consumers.tallies[HEARD].retries >= 2)
        broken.numbers.clear()
        await world.until_written(ledgers, {"a": [1, 2, 3]})
        assert await list_dead(jetstream) == ()


async def what_was_delivered_too_often_is_put_aside_untried(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        session = await jetstream.session()
        await ensure_durable(session, HEARD, [SUBJECT])
        await things.happen("a")
        async with pulling(session, HEARD) as puller:
            for _ in range(DELIVERIES_AT_MOST):
                [msg] = await puller.take()
                await give_back(session, msg, 0.0)
        async with world.consumers(ledgers, jetstream) as consumers:
            await world.until(lambda: consumers.tallies == {HEARD: Tally(buried=1)})
        letter = await _only_letter(jetstream)
        assert (letter.reason.code, letter.deliveries) == ("DELIVERED_TOO_OFTEN", DELIVERIES_AT_MOST + 1)


async def a_letter_comes_back_to_its_consumer_only(world: World) -> None:
    broken = Broken(1, 3)
    async with (
        world.ledgers("audit") as audit,
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, broken) as consumers,
        world.consumers(audit, jetstream, service="audit", subject=">") as others,
    ):
        await things.happen("a", 4)
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=2, buried=2)})
        await world.until_written(audit, {"a": [1, 2, 3, 4]})
        broken.numbers.clear()
        assert await replay_dead(jetstream) == 2
        await world.until_written(ledgers, {"a": [2, 4, 1, 3]})
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=4, buried=2)})
        assert others.tallies == {"audit__all": Tally(done=4)}
        assert (await list_dead(jetstream), await replay_dead(jetstream)) == ((), 0)


async def a_letter_given_back_twice_has_its_effect_once(world: World) -> None:
    broken = Broken(1)
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, broken) as consumers,
    ):
        await things.happen("a")
        await world.until(lambda: consumers.tallies[HEARD].buried == 1)
        session = await jetstream.session()
        raw = await session.streams.get_msg(DEAD, seq=1)
        copy = Outgoing(raw.subject or "", dict(raw.headers or {}) | {"Nats-Msg-Id": "copy"}, raw.data or b"")
        copy.headers["prm-dead-time"] = NOW.isoformat()
        assert await session.publish([copy]) == [""]
        broken.numbers.clear()
        assert await replay_dead(jetstream) == 2
        await world.until(lambda: consumers.tallies == {HEARD: Tally(done=1, again=1, buried=1)})
        await world.until_written(ledgers, {"a": [1]})


async def a_letter_that_fails_again_is_put_aside_again(world: World) -> None:
    async with (
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, Broken(1)) as consumers,
    ):
        await things.happen("a")
        for turn in (1, 2, 3):
            await world.until(partial(_has_buried, consumers, turn))
            letter = await _only_letter(jetstream)
            assert (letter.id, letter.subject) == ((await things.outbox())[0].id, event_subject(CELL, SUBJECT))
            assert await replay_dead(jetstream, sequences=[letter.sequence]) == 1


async def letters_are_chosen_by_consumer_and_number(world: World) -> None:
    async with (
        world.ledgers("audit") as audit,
        world.scene() as (things, ledgers, jetstream),
        world.consumers(ledgers, jetstream, Broken(1, 2)) as consumers,
        world.consumers(audit, jetstream, Broken(2), service="audit", subject=">") as others,
    ):
        await things.happen("a", 2)
        await world.until(lambda: consumers.tallies[HEARD].buried == 2 and others.tallies["audit__all"].buried == 1)
        letters = await list_dead(jetstream)
        assert len(letters) == 3
        mine = [one for one in letters if one.durable == HEARD]
        assert await list_dead(jetstream, durable=HEARD) == tuple(mine)
        assert await list_dead(jetstream, durable=HEARD, after=mine[0].sequence) == tuple(mine[1:])
        assert await list_dead(jetstream, limit=1) == letters[:1]
        assert await replay_dead(jetstream, durable="audit__all", sequences=[mine[0].sequence]) == 0


async def a_letter_the_broker_does_not_take_keeps_its_message(world: World) -> None:
    async with world.scene() as (things, ledgers, jetstream):
        session = await jetstream.session()
        await session.streams.delete_stream(DEAD)
        async with world.consumers(ledgers, jetstream, Broken(2), terms=Terms(ack_wait_seconds=0.5)) as consumers:
            await things.happen("a", 2)
            await things.happen("b")
            await world.until_written(ledgers, {"a": [1], "b": [1]})
            await world.kill_broker()
            await world.until(lambda: consumers.tallies[HEARD].buried == 1)
            assert [one.about for one in await list_dead(jetstream)] == ["a"]


CASES = (
    a_refusal_is_put_aside_with_its_reason_and_the_rest_goes_on,
    a_bug_is_put_aside_with_its_place_and_without_its_text,
    what_is_no_event_is_put_aside,
    what_may_heal_is_tried_again_in_order,
    what_was_delivered_too_often_is_put_aside_untried,
    a_letter_comes_back_to_its_consumer_only,
    a_letter_given_back_twice_has_its_effect_once,
    a_letter_that_fails_again_is_put_aside_again,
    letters_are_chosen_by_consumer_and_number,
    a_letter_the_broker_does_not_take_keeps_its_message,
)


async def _only_letter(jetstream: JetStream) -> DeadLetter:
    letters = await list_dead(jetstream)
    assert len(letters) == 1
    return letters[0]


def _has_buried(consumers: Consumers[Env[None]], count: int) -> bool:
    return consumers.tallies[HEARD].buried == count
