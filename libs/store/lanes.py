"""Numbers without gaps for the documents that one open store writes: its lane.

The store gives a number when it writes a document, and takes it back if the commit is refused. If the outcome of a
commit is unknown, the store ends the lane and begins another, so the numbers of a lane never have a gap.
"""

import asyncio
from collections.abc import Iterable
from itertools import islice
from typing import Any

from msgspec.structs import replace

from libs.ids import unique
from libs.store.port import Put

DOUBTS = 10_000
LOOKS = 4  # a server may write a commit a minute after the connection broke


class Lane:
    """The current lane of a store. last: the number given last, 0 at first. lock: for an engine that runs several
    commits at once, of which only one may give numbers at a time."""

    def __init__(self) -> None:
        self.name = unique()
        self.last = 0
        self.lock = asyncio.Lock()

    def number(self, put: Put[Any]) -> Put[Any]:
        """The write of the document with the next number; sets the number in `put.place` too."""
        assert put.place is not None
        self.last += 1
        put.place.lane, put.place.number = self.name, self.last
        return Put(put.kind, replace(put.document, lane=self.name, number=self.last))

    def end(self) -> None:
        """Begin another lane, because it is unknown whether the documents numbered last were written."""
        self.name = unique()
        self.last = 0


class Written:
    """The lanes in which this process has written. reached: the highest number of each that is known to be durable, and
    so are all numbers below it. current: the lane of the newest commit, empty before the first. begun: set when there
    is a new lane."""

    def __init__(self) -> None:
        self.reached: dict[str, int] = {}
        self.current = ""
        self.begun = asyncio.Event()
        self._doubts: dict[str, int] = {}

    def add(self, lane: str, number: int) -> None:
        """Add the place of a document of a commit that succeeded."""
        if lane not in self.reached:
            self.current = lane
            self.begun.set()
        if number > self.reached.get(lane, 0):
            self.reached[lane] = number

    def doubt(self, ids: Iterable[str]) -> None:
        """Add the ids of numbered documents of a commit whose outcome is unknown; more than DOUBTS are not kept."""
        room = DOUBTS - len(self._doubts)
        self._doubts |= dict.fromkeys(islice(ids, room), LOOKS)

    def doubtful(self) -> tuple[str, ...]:
        """The ids to look up now; each is returned LOOKS times, unless it is `settle`d."""
        found = tuple(self._doubts)
        self._doubts = {one: left - 1 for one, left in self._doubts.items() if left > 1}
        return found

    def settle(self, id: str, lane: str, number: int) -> None:
        """Add the place of a doubtful document that is stored; its lane may be an earlier one."""
        self._doubts.pop(id, None)
        self.reached[lane] = max(number, self.reached.get(lane, 0))
