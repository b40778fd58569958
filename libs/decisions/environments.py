"""The environments in which a guarded use case runs; each replaces its commit.

A use case knows nothing of a second person: it loads, decides and commits. The environment decides what the commit
does.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import msgspec

from libs.call import Call
from libs.decisions.decision import Decision
from libs.document import Document
from libs.env import About, Env
from libs.store.port import Loaded, Put, VersionConflict, Write

D = TypeVar("D", bound=Document)


class _Borrowed(Env[Any]):
    """Everything of an environment except its commit."""

    def __init__(self, env: Env[Any]) -> None:
        vars(self).update(vars(env))

    async def unchanged(self, found: Loaded[D], *, call: Call) -> D:
        """The document. It is not recorded as the answer to the request, because that answer may be a decision."""
        return found.value


class Rehearsal(_Borrowed):
    """Writes nothing: the use case raises what it would refuse, or returns the changed resource."""

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The changed document, not written."""
        return write.document


class Alone(_Borrowed):
    """Commits an act that needs only one person. needed: is called again with the document that is about to be written,
    because another act may have been committed meanwhile. VersionConflict if a second person is needed now, so that
    the act begins again."""

    def __init__(self, env: Env[Any], needed: Callable[[Any], Awaitable[bool]]) -> None:
        super().__init__(env)
        self._env = env
        self._needed = needed

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document, written."""
        if await self._needed(write.document):
            raise VersionConflict(write.kind.name, write.document.id)
        return await self._env.commit(write, *more, events=events, call=call)

    async def unchanged(self, found: Loaded[D], *, call: Call) -> D:
        """The document, recorded as the answer to the request."""
        return await self._env.unchanged(found, call=call)


class Ending(_Borrowed):
    """Writes the end of a decision in the commit of its use case. ended: the decision after that commit, which is the
    answer to the call; None before."""

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
