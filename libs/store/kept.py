"""A cache of decoded documents, for kinds with `kept=True`: a document that has not changed is decoded once.

An engine reads ids and versions first, and bodies only if one of them is not in the cache. So no query is answered from
the cache alone, and its answer is as fresh as any read.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from libs.store.codec import size_bytes
from libs.store.port import D, Kind, Loaded

KEPT_BYTES = 8 * 1024 * 1024  # as JSON; decoded documents take a few times as much


class Kept:
    """The rows of one store that were read last, each in one version. room_bytes: the most that they may have as
    JSON."""

    def __init__(self, room_bytes: int = KEPT_BYTES) -> None:
        self._rows: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()
        self._room_bytes = room_bytes

    def rows(self, kind: Kind[D], heads: Iterable[tuple[str, int]]) -> list[Loaded[D]] | None:
        """The rows with these ids and versions, in this order; None if one of them is not in the cache."""
        found: list[Loaded[D]] = []
        for one, version in heads:
            loaded = self._rows.get((kind.name, one))
            if loaded is None or loaded.kind is not kind or loaded.value.version != version:
                return None
            self._rows.move_to_end((kind.name, one))
            found.append(loaded)
        return found

    def keep(self, rows: Sequence[Loaded[D]]) -> None:
        """Add these rows, and remove the least recently used ones if the cache is too large."""
        for loaded in rows:
            key = (loaded.kind.name, loaded.value.id)
            if (before := self._rows.pop(key, None)) is not None:
                self._room_bytes += size_bytes(before)
            self._rows[key] = loaded
            self._room_bytes -= size_bytes(loaded)
        while self._room_bytes < 0:
            _, dropped = self._rows.popitem(last=False)
            self._room_bytes += size_bytes(dropped)
