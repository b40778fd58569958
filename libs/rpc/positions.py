"""Read after write across services: the position that a mutation returns, and the wait of a call in another service
until the events of that position have arrived.

A position is opaque: it is the list of the events of one commit, encrypted with a key of the cell, so that a caller
cannot use it to probe for a document that it did not write. A call with positions waits until the service knows each
document in that version or a newer one. A call without any waits briefly if an event may lift its refusal.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import Protocol, TypeVar

import msgspec

from libs.arrivals import Arrivals
from libs.call import Mark
from libs.clock import monotonic
from libs.country import Directory
from libs.errors import AppError, Code, InvalidInput, Violation
from libs.ids import foreign_mark, marked, unmarked

HEADER = "prm-position"
POSITIONS_PER_CALL = 16
POSITION_BYTES = 7 * 1024  # of the 8 KiB of headers that common clients accept
REACH_SECONDS = 5.0
ANSWER_SECONDS = 0.1  # of a call's time, kept for its answer

# The nouns whose events some service keeps a projection of (`Consumer.knows`); a test compares them.
KEPT = frozenset(
    {
        *("deals.registration", "orders.order"),
        *("partners.partner", "partners.territory", "partners.gate", "partners.certification"),
        "partners.agreement",
    }
)

_SEALED_AS = "position"
_NEEDLESS = "="

T = TypeVar("T")
Reached = Callable[[Mark], Awaitable[bool]]


class Seal(Protocol):
    """Encryption with the keys of the cell; implemented in libs.privacy.keys."""

    def seal_for_all(self, data: bytes, name: str) -> bytes:
        """The data, encrypted for every service of the cell and bound to a name."""
        ...

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """The decrypted data; an AppError if it was not encrypted with a key of the cell under that name."""
        ...


class PositionNotReached(AppError):
    """The events of a position of the call have not arrived in this service in time; nothing was done."""

    code, reason = Code.UNAVAILABLE, "POSITION_NOT_REACHED"
    retry_after_seconds = 1.0

    def __init__(self, missing: int) -> None:
        super().__init__(
            f"the events about {missing} document(s) of the position have not arrived here yet; nothing was done",
            missing=missing,
        )


class Positions:
    """The positions of one service. reached: tells whether the service has processed an event. directory: positions
    begin with the code of this cell, so that one of another cell is recognised. lift_seconds: how long `lifted` tries
    again."""

    def __init__(
        self, seal: Seal, arrivals: Arrivals, reached: Reached, directory: Directory, *, lift_seconds: float
    ) -> None:
        self._lift_seconds = lift_seconds
        self._directory = directory
        self._seal = seal
        self._arrivals = arrivals
        self._reached = reached

    def trailer(self, marks: Iterable[Mark]) -> tuple[tuple[str, str], ...]:
        """The position for these events, as trailing metadata; empty if no service keeps a projection of any of them,
        or if the position exceeds POSITION_BYTES."""
        kept = sorted(mark for mark in set(marks) if mark.subject.rpartition(".")[0] in KEPT)
        if not kept:
            return ()
        by_subject = groupby(kept, key=lambda mark: mark.subject)
        told = [(subject, [mark[1:] for mark in group]) for subject, group in by_subject]
        sealed = self._seal.seal_for_all(msgspec.msgpack.encode(told), _SEALED_AS)
        token = marked(urlsafe_b64encode(sealed).decode().rstrip(_NEEDLESS), self._directory.here.code)
        return ((HEADER, token),) if len(token) <= POSITION_BYTES else ()

    def read(self, headers: Sequence[str]) -> tuple[Mark, ...]:
        """The events in the positions of a call; InvalidInput with each invalid position, or if there are too many;
        WrongCell for one that another cell gave."""
        tokens = [token.strip() for header in headers for token in header.split(",")]
        if len(tokens) > POSITIONS_PER_CALL:
            what = f"a call brings at most {POSITIONS_PER_CALL} positions, these are {len(tokens)}"
            raise InvalidInput([Violation(HEADER, what, "TOO_MANY_POSITIONS")])
        found, wrong = dict[Mark, None](), list[Violation]()
        for place, token in enumerate(tokens):
            if code := foreign_mark(token, self._directory.here.code):
                self._directory.refuse("this position", code, field=f"{HEADER}[{place}]")
            try:
                found |= dict.fromkeys(self._opened(token))
            except (AppError, ValueError, msgspec.MsgspecError):
                what = "is no position that this cell gave"
                wrong.append(Violation(f"{HEADER}[{place}]", what, "POSITION_INVALID"))
        if wrong:
            raise InvalidInput(wrong)
        return tuple(found)

    async def reach(self, headers: Sequence[str], *, until: float, caller: str) -> None:
        """Wait until the events in the positions of a call have arrived, REACH_SECONDS at most; PositionNotReached,
        InvalidInput, WrongCell. until: the deadline of the call, in monotonic seconds. caller: `Caller.identity`."""
        missing = await self._missing(self.read(headers))
        if not missing:
            return
        about, seconds = {mark.about for mark in missing}, _at_most(REACH_SECONDS, until)
        with self._arrivals.waiting(about, seconds=seconds, caller=caller) as waiter:
            while await waiter.again():
                if not (missing := await self._missing(missing)):
                    return
        raise PositionNotReached(len({mark.about for mark in missing}))

    async def lifted(self, refusal: AppError, attempt: Callable[[], Awaitable[T]], *, until: float, caller: str) -> T:
        """Repeat `attempt` when an event may have lifted the refusal, for `lift_seconds` at most; its answer. Raises
        the last refusal if no attempt succeeds. until, caller: as for `reach`."""
        seconds = _at_most(self._lift_seconds, until)
        with self._arrivals.waiting((refusal.lifted_by,), seconds=seconds, caller=caller) as waiter:
            while await waiter.again():
                try:
                    return await attempt()
                except AppError as err:
                    if not err.lifted_by:
                        raise
                    refusal = err
        raise refusal

    async def _missing(self, marks: Sequence[Mark]) -> tuple[Mark, ...]:
        return tuple([mark for mark in marks if not await self._reached(mark)])

    def _opened(self, token: str) -> list[Mark]:
        token = unmarked(token)
        sealed = urlsafe_b64decode(token + _NEEDLESS * (-len(token) % 4))
        told = msgspec.msgpack.decode(
            self._seal.unseal(sealed, _SEALED_AS), type=list[tuple[str, list[tuple[str, int]]]]
        )
        return [Mark(subject, about, version) for subject, documents in told for about, version in documents]


def _at_most(seconds: float, until: float) -> float:
    return min(seconds, until - monotonic() - ANSWER_SECONDS)
