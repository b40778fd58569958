"""Stores that err about what is too much, or take large commits apart."""

from collections.abc import Sequence

from msgspec.structs import replace

from libs.store.codec import encode
from libs.store.port import LimitExceeded, Put, Write
from tests.contracts.store.broken.kinds import Broken
from tests.contracts.store.documents import Item


class HasNoLimits(Broken):
    """Takes what is too much, and drops it."""

    caught_by = ("a_document_may_be_large_and_not_larger", "a_commit_has_1200_writes_at_most")

    async def commit(self, writes: Sequence[Write]) -> None:
        try:
            await self.inner.commit(writes)
        except LimitExceeded:
            return


class CommitsByTheHundred(Broken):
    """Writes a large commit in several."""

    caught_by = (
        "a_commit_of_1200_writes_is_written_as_a_whole_or_not_at_all",
        "large_commits_and_small_ones_at_once_all_land_but_the_refused",
    )

    async def commit(self, writes: Sequence[Write]) -> None:
        for start in range(0, len(writes), 100):
            await self.inner.commit(writes[start : start + 100])


class SendsOneMessage(Broken):
    """Takes no more than what fits into 16 MiB."""

    caught_by = ("a_commit_may_be_larger_than_a_message",)

    async def commit(self, writes: Sequence[Write]) -> None:
        if sum(len(encode(write.document)) for write in writes if isinstance(write, Put)) > 16 * 2**20:
            raise LimitExceeded("message too large")
        await self.inner.commit(writes)


class CutsText(Broken):
    """Has columns of 64 kB."""

    caught_by = ("a_document_may_be_large_and_not_larger",)

    async def commit(self, writes: Sequence[Write]) -> None:
        await self.inner.commit([_cut(write) for write in writes])


def _cut(write: Write) -> Write:
    if isinstance(write, Put) and isinstance(write.document, Item):
        return Put(write.kind, replace(write.document, name=write.document.name[: 2**16]))
    return write
