"""The messages that a consumer has pulled and not answered yet, in lanes by the document that they are about."""

import asyncio
from collections import deque
from collections.abc import Sequence

from nats.aio.msg import Msg

from libs.messaging.delivery import Delivery

Lanes = dict[str, deque[Delivery]]


class InHand:
    """Lanes by name, each with its deliveries in the order of arrival. A lane is there from its first delivery until
    whoever works on it ends it, so a delivery that arrives meanwhile is never left behind in it."""

    def __init__(self) -> None:
        self._lanes: Lanes = {}
        self._msgs: dict[str, Msg] = {}
        self._fewer = asyncio.Event()

    @property
    def msgs(self) -> tuple[Msg, ...]:
        """All messages in hand."""
        return tuple(self._msgs.values())

    def sort(self, msgs: Sequence[Msg]) -> Lanes:
        """Put messages into their lanes; the lanes that are new."""
        new: Lanes = {}
        for msg in msgs:
            self._msgs[msg.reply] = msg
            delivery = Delivery.of(msg)
            if (lane := self._lanes.get(delivery.lane)) is not None:
                lane.append(delivery)
            else:
                new[delivery.lane] = self._lanes[delivery.lane] = deque((delivery,))
        return new

    def drop_first(self, lane: deque[Delivery]) -> None:
        """The first delivery of a lane was answered."""
        self._msgs.pop(lane.popleft().msg.reply, None)
        self._fewer.set()

    def end(self, name: str, lane: deque[Delivery]) -> None:
        """Nobody works on the lane any more. What is left in it is not answered: its work was cancelled."""
        if self._lanes.get(name) is lane:
            del self._lanes[name]
        for left in lane:
            self._msgs.pop(left.msg.reply, None)
        self._fewer.set()

    async def until(self, most: int) -> None:
        """Wait until at most so many messages are in hand."""
        while len(self._msgs) > most:
            self._fewer.clear()
            await self._fewer.wait()

    def clear(self) -> None:
        """Forget everything: the connection is lost, and the broker delivers it again."""
        self._lanes.clear()
        self._msgs.clear()
        self._fewer.set()
