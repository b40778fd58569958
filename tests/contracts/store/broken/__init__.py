"""Stores with one fault each, over the real SQLite one; the suite must catch every one of them."""

from pathlib import Path

from libs.store.port import Store
from tests.contracts.store.broken import declaring, limits, numbering, querying, reading, writing
from tests.contracts.store.broken.kinds import Broken
from tests.contracts.store.site import Site

BROKEN: tuple[type[Broken], ...] = tuple(
    found
    for module in (writing, limits, numbering, reading, querying, declaring)
    for found in vars(module).values()
    if isinstance(found, type) and issubclass(found, Broken) and found.caught_by
)


class BrokenSite:
    """Files of its own, behind a store with a fault."""

    def __init__(self, broken: type[Broken], path: Path) -> None:
        self._broken = broken
        self._path = path
        self.arguments: tuple[str, ...] = (broken.__name__, str(path))

    async def open(self) -> Store:
        """See Site."""
        return await self._broken.over(self._path)

    async def recover(self) -> None:
        """See Site."""


def broken_site(name: str, path: Path) -> Site:
    """The site of a broken store, by the name of its class."""
    return BrokenSite(next(one for one in BROKEN if one.__name__ == name), path)
