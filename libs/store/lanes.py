"""Numbers without gaps for the documents that one open store writes: its lane.

The store gives a number when it writes a document, and takes it back if the commit is refused. If the outcome of a
commit is unknown, the store ends the lane and begins another, so the numbers of a lane never have a gap.
"""

import asyncio
from typing import Any

from msgspec.structs import replace

from libs.ids import unique
from libs.store.port import Put


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
