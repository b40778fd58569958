"""Who is signed in: sessions on the server, bounded in number and life. The browser has an opaque cookie only."""

import hmac
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from libs.call import Caller
from libs.clock import Clock
from libs.ids import unique
from libs.rpc.client import Session as Positions
from services.console.forms import Data
from services.console.provider import Granted

MAX_FORMER = 1_000
MAX_OF_ONE_PERSON = 10


class Session(msgspec.Struct, kw_only=True):
    """One person who is signed in. csrf: what every form must bring. positions: of this person's changes, so that the
    next page shows them. kept: what was typed into a form whose session had expired, by the form's address."""

    id: str
    caller: Caller
    granted: Granted
    csrf: str
    begun: datetime
    used: datetime
    positions: Positions
    kept: dict[str, Data]
    notice: str = ""

    def is_own(self, csrf: str) -> bool:
        """Whether a form comes from a page of this session."""
        return hmac.compare_digest(csrf.encode(), self.csrf.encode())


class Sessions:
    """The sessions. The oldest ends when there are too many, first one of the same person."""

    def __init__(self, clock: Clock, *, at_most: int, idle: timedelta, life: timedelta) -> None:
        self._clock, self._at_most, self._idle, self._life = clock, at_most, idle, life
        self._sessions: OrderedDict[str, Session] = OrderedDict()
        self._former: OrderedDict[str, str] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def find(self, id: str) -> Session | None:
        """The session with this id if it is alive; it is used now."""
        found, now = self._sessions.get(id), self._clock.now()
        if found is None:
            return None
        if now - found.used > self._idle or now - found.begun > self._life:
            self.end(id)
            return None
        found.used = now
        self._sessions.move_to_end(id)
        return found

    def begin(self, caller: Caller, granted: Granted) -> Session:
        """A new session with a new id."""
        now = self._clock.now()
        own = [one.id for one in self._sessions.values() if one.caller.identity == caller.identity]
        for former in own[: max(0, len(own) - MAX_OF_ONE_PERSON + 1)]:
            self.end(former)
        while len(self._sessions) >= self._at_most:
            self.end(next(iter(self._sessions)))
        session = Session(
            id=unique() + unique(),
            caller=caller,
            granted=granted,
            csrf=unique(),
            begun=now,
            used=now,
            positions=Positions(),
            kept={},
        )
        self._sessions[session.id] = session
        return session

    def end(self, id: str) -> None:
        """End a session, if there is one."""
        if (found := self._sessions.pop(id, None)) is not None:
            self._former[id] = found.caller.identity
            if len(self._former) > MAX_FORMER:
                self._former.popitem(last=False)

    def person_of(self, id: str) -> str:
        """The identity of the person whose session this is or was; empty if that is not known any more."""
        found = self._sessions.get(id)
        return found.caller.identity if found is not None else self._former.get(id, "")
