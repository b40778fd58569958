"""What a store keeps decoded, of the kinds that ask for it: a document that has not changed is decoded once.

An engine asks for ids and versions first, and reads bodies only where one of them is not held. So nothing is answered
from here alone, and what is kept is as fresh as any read.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Any

from libs.store.codec import size_bytes
from libs.store.port import D, Kind, Loaded

KEPT_BYTES = 8 * 1024 * 1024  # as JSON; decoded it is a few times as much


class Kept:
    """The rows of one store that were read last, each in one version, `room_bytes` of them at most."""

    def __init__(self, room_bytes: int = KEPT_BYTES) -> None:
        self._rows: OrderedDict[tuple[str, str], Loaded[Any]] = OrderedDict()
        self._room_bytes = room_bytes

    def rows(self, kind: Kind[D], heads: Iterable[tuple[str, int]]) -> list[Loaded[D]] | None:
        """The rows with these ids and versions, in this order; None if one of them is not held."""
        found: list[Loaded[D]] = []
        for one, version in heads:
            loaded = self._rows.get((kind.name, one))
            if loaded is None or loaded.kind is not kind or loaded.value.version != version:
                return None
            self._rows.move_to_end((kind.name, one))
            found.append(loaded)
        return found

    def keep(self, rows: Sequence[Loaded[D]]) -> None:
        """Hold these, and drop what was not asked for longest where there is no room."""
        for loaded in rows:
            key = (loaded.kind.name, loaded.value.id)
            if (before := self._rows.pop(key, None)) is not None:
                self._room_bytes += size_bytes(before)
            self._rows[key] = loaded
            self._room_bytes -= size_bytes(loaded)
        while self._room_bytes < 0:
            _, dropped = self._rows.popitem(last=False)
            self._room_bytes += size_bytes(dropped)
