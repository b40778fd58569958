"""Stores that err when they number."""

from collections.abc import Sequence
from typing import ClassVar

from msgspec.structs import replace

from libs.store.port import Put, Store, Write
from tests.contracts.store.broken.kinds import Broken


class NumbersBeforeItWrites(Broken):
    """Gives numbers to what is refused as well."""

    caught_by: ClassVar[tuple[str, ...]] = (
        "numbers_have_no_gap_whoever_is_refused",
        "several_of_one_commit_are_numbered_in_their_order",
        "a_large_commit_that_is_refused_leaves_no_gap",
    )
    lane = "one"

    def __init__(self, inner: Store) -> None:
        super().__init__(inner)
        self.last = 0

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit([self._numbered(write) for write in writes])

    def _numbered(self, write: Write) -> Write:
        if not isinstance(write, Put) or write.place is None:
            return write
        self.last += 1
        write.place.lane, write.place.number = self.lane, self.last
        return Put(write.kind, replace(write.document, lane=self.lane, number=self.last))


class KeepsItsLane(NumbersBeforeItWrites):
    """Numbers in the same lane whenever it is opened."""

    caught_by = ("a_store_that_is_opened_again_begins_another_lane",)
