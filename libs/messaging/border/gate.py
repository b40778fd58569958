"""The port of the transfer gate."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from libs.messaging.outbox import OutboxEntry


class Gate(Protocol):
    """Decides which messages may leave the cell now."""

    async def held(self, entries: Sequence[OutboxEntry]) -> Mapping[str, str]:
        """Of these messages, those that may not leave, by id, with the reason in capitals. They are not in the outbox
        any more: the gate has recorded them, and puts them there again once they may leave. StoreUnavailable."""
        ...
