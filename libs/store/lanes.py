"""Numbers without gaps for the documents of one open store: its lane.

A number is given when a document is written and taken back with a commit that was refused. Where nobody knows whether a
commit landed, the lane ends and another begins: so whatever was lost, the numbers of a lane have no gap.
"""

import asyncio
from typing import Any

from msgspec.structs import replace

from libs.ids import unique
from libs.store.port import Put


class Lane:
    """The lane of this moment. last: the number given last, 0 at first. lock: for an engine that has several commits
    under way, which must give their numbers one after the other."""

    def __init__(self) -> None:
        self.name = unique()
        self.last = 0
        self.lock = asyncio.Lock()

    def number(self, put: Put[Any]) -> Put[Any]:
        """The write with the next number in its document, and in its place."""
        assert put.place is not None
        self.last += 1
        put.place.lane, put.place.number = self.name, self.last
        return Put(put.kind, replace(put.document, lane=self.name, number=self.last))

    def end(self) -> None:
        """Begin another: it is not known whether the numbers given last were written."""
        self.name = unique()
        self.last = 0
