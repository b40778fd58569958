"""The two ways in which a guarded use case runs without committing by itself.

A use case knows nothing of a second person: it loads, decides and commits. What its commit does is up to the
environment it is given.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from libs.call import Call
from libs.decisions.decision import Decision
from libs.document import Document
from libs.env import About, Env
from libs.store.port import Put, Write

D = TypeVar("D", bound=Document)


class _Borrowed(Env[Any]):
    """Everything an environment has, but for its commit."""

    def __init__(self, env: Env[Any]) -> None:
        vars(self).update(vars(env))


class Rehearsal(_Borrowed):
    """Writes nothing: shows what would be refused, and what the resource would become."""

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document as it would be."""
        return write.document


class Ending(_Borrowed):
    """Writes the end of a decision in the commit of what was decided, as the answer to the call. `ended`: the decision,
    once that commit has happened."""

    def __init__(self, env: Env[Any], put: Put[Decision], event: msgspec.Struct, more: Sequence[Write]) -> None:
        super().__init__(env)
        self._env = env
        self._put = put
        self._event = event
        self._more = more
        self.ended: Decision | None = None

    async def commit(self, write: Put[D], *more: Write, events: Sequence[msgspec.Struct | About] = (), call: Call) -> D:
        """The document, written together with the decision."""
        about = [one if isinstance(one, About) else About(one, write.document) for one in events]
        self.ended = await self._env.commit(
            self._put, *self._more, write, *more, events=[self._event, *about], call=call
        )
        return write.document
