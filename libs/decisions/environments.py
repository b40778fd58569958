"""The two ways in which a guarded use case runs without committing by itself.

A use case knows nothing of a second person: it loads, decides and commits. What its commit does is up to the
environment it is given.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from libs.call import Call
from libs.decisions.decision import Decision
from libs.document import Document
from libs.env import About, Env
from libs.store.port import Put, VersionConflict, Write

D = TypeVar("D", bound=Document)


class _Borrowed(Env[Any]):
    """Everything an environment has, but for its commit."""

    def __init__(self, env: Env[Any]) -> None:
        vars(self).update(vars(env))

    async def unchanged(self, document: D, *, call: Call) -> D:
        """The document; nothing is kept for a repetition, because the answer to the call may be a decision."""
        return document


class Rehearsal(_Borrowed):
    """Writes nothing: shows what would be refused, and what the resource would become."""

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document as it would be."""
        return write.document


class Alone(_Borrowed):
    """Commits what one person may do alone. needed: asked once more with the document as it is to be written,
    because another act may have come between; VersionConflict if it now takes a second person, so that the act
    begins again."""

    def __init__(self, env: Env[Any], needed: Callable[[Any], Awaitable[bool]]) -> None:
        super().__init__(env)
        self._env = env
        self._needed = needed

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document, written."""
        if await self._needed(write.document):
            raise VersionConflict(write.kind.name, write.document.id)
        return await self._env.commit(write, *more, events=events, call=call)

    async def unchanged(self, document: D, *, call: Call) -> D:
        """The document, kept for a repetition as the answer."""
        return await self._env.unchanged(document, call=call)


class Ending(_Borrowed):
    """Writes the end of a decision in the commit of what was decided, as the answer to the call. `ended`: the decision,
    once that commit has happened."""

    def __init__(self, env: Env[Any], put: Put[Decision], event: msgspec.Struct) -> None:
        super().__init__(env)
        self._env = env
        self._put = put
        self._event = event
        self.ended: Decision | None = None

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document, written together with the decision."""
        about = [one if isinstance(one, About) else About(one, write.document) for one in events]
        self.ended = await self._env.commit(self._put, write, *more, events=[self._event, *about], call=call)
        return write.document
