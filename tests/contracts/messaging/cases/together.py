"""Events whose effects one commit takes: the effects are the same, in the same order per document."""

import asyncio
from collections.abc import Sequence

from libs.call import SYSTEM, Call
from libs.env import Env
from libs.errors import WrongCell
from libs.messaging.dead import list_dead
from libs.messaging.envelope import Envelope
from libs.messaging.intake import EVENTS_TOGETHER, Tally, Terms
from tests.contracts.messaging.things import HEARD, note_all_down, note_down
from tests.contracts.messaging.world import World

ABOUTS = ("a", "b", "c", "d", "e")
TIMES = 40
QUICK = Terms(ack_wait_seconds=1.0)


class Together:
    """A `handle_many` that remembers what it was given. hangs: whether it never ends."""

    def __init__(self, *, hangs: bool = False) -> None:
        self.given: list[tuple[tuple[str, int], ...]] = []
        self.calls: list[Call] = []
        self._hangs = hangs

    async def __call__(self, env: Env[None], envelopes: Sequence[Envelope], call: Call) -> None:
        self.given.append(tuple((one.about, int(one.body)) for one in envelopes))
        self.calls.append(call)
        if self._hangs:
            await asyncio.Event().wait()
        await note_all_down(env, envelopes, call)


async def effects_share_commits_and_keep_their_order(world: World) -> None:
    many = Together()
    async with world.scene() as (things, ledgers, jetstream):
        await things.happen_to(ABOUTS, TIMES)
        await world.until_stored(jetstream, len(ABOUTS) * TIMES)
        async with world.consumers(ledgers, jetstream, note_down, many=many) as consumers:
            await world.until_written(ledgers, {about: range(1, TIMES + 1) for about in ABOUTS})
            await world.until(lambda: consumers.tallies == {HEARD: Tally(done=len(ABOUTS) * TIMES)})
        assert max(len(one) for one in many.given) == EVENTS_TOGETHER
        assert set(many.calls) == {Call(caller=SYSTEM, method=HEARD)}


async def an_event_that_fails_is_put_aside_alone(world: World) -> None:
    async def refuse(env: Env[None], envelopes: Sequence[Envelope], call: Call) -> None:
        if any((one.about, int(one.body)) == ("b", 2) for one in envelopes):
            raise WrongCell("number", here="local", cell="de", endpoint="")
        await note_all_down(env, envelopes, call)

    async def refuse_one(env: Env[None], envelope: Envelope, call: Call) -> None:
        await refuse(env, (envelope,), call)

    async with world.scene() as (things, ledgers, jetstream):
        await things.happen_to(ABOUTS, 3)
        await world.until_stored(jetstream, len(ABOUTS) * 3)
        async with world.consumers(ledgers, jetstream, refuse_one, many=refuse) as consumers:
            await world.until(lambda: consumers.tallies == {HEARD: Tally(done=len(ABOUTS) * 3 - 1, buried=1)})
            await world.until_written(ledgers, {about: [1, 3] if about == "b" else [1, 2, 3] for about in ABOUTS})
        [letter] = await list_dead(jetstream)
        assert (letter.about, letter.reason.code) == ("b", "WRONG_CELL")


async def what_was_delivered_before_is_handled_by_itself(world: World) -> None:
    first, second = Together(hangs=True), Together()
    async with world.scene() as (things, ledgers, jetstream):
        await things.happen_to(ABOUTS, 1)
        await world.until_stored(jetstream, len(ABOUTS))
        async with world.consumers(ledgers, jetstream, note_down, many=first, terms=QUICK):
            await world.until(lambda: bool(first.given))
        async with world.consumers(ledgers, jetstream, note_down, many=second, terms=QUICK):
            await world.until_written(ledgers, {about: [1] for about in ABOUTS})
        handled = [one for given in first.given for one in given]
        assert len(handled) > 1
        assert not any(one in handled for given in second.given for one in given)


CASES = (
    effects_share_commits_and_keep_their_order,
    an_event_that_fails_is_put_aside_alone,
    what_was_delivered_before_is_handled_by_itself,
)
