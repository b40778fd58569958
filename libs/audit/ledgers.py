"""Compares all that an export says about the ends of erasure ledgers: a ledger only grows.

Checkpoints name the ends of all ledgers, and the entries of some events name that of the service that sent them. Both
are signed: the entries by the root of the tree.
"""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from .findings import Finding, Wrong
from .lines import instant
from .reading import Seen, SeenLedger
from .statements import LedgerEnd, Signed

AT_ONCE = timedelta(minutes=1)
"""Two replicas may read the end of their ledger and state it in another order within this time."""


class _Said(NamedTuple):
    """An end, when it was stated, and the line; line 0 for a checkpoint, whose findings are made elsewhere."""

    end: LedgerEnd
    time: datetime
    line: int


def ledger_findings(true: Sequence[Seen], stated: Sequence[SeenLedger], kept: Signed | None) -> Iterator[Finding]:
    """A finding for each statement by which the erasure ledger of a service is shorter than by one before, or has
    another entry at its end. true: the signed checkpoints. stated: by entries."""
    yield from _of_checkpoints([*([Seen(kept, 0, 0)] if kept is not None else []), *true])
    yield from _of_entries(true, stated)


def _of_checkpoints(seen: Sequence[Seen]) -> Iterator[Finding]:
    known: dict[str, LedgerEnd] = {}
    for one in sorted(seen, key=lambda one: (one.signed.statement.tree_size, one.line)):
        for end in one.signed.statement.ledgers:
            before = known.setdefault(end.service, end)
            if text := _contradiction(before, end):
                yield Finding(Wrong.LEDGER_SHORT, one.line, text)
            else:
                known[end.service] = end
        if missing := sorted(known.keys() - {end.service for end in one.signed.statement.ledgers}):
            text = f"the erasure ledger of {', '.join(missing)} is named no more"
            yield Finding(Wrong.LEDGER_SHORT, one.line, text)


def _of_entries(true: Sequence[Seen], stated: Sequence[SeenLedger]) -> Iterator[Finding]:
    """Compare each statement in an entry with all that was said before it, by the times of both."""
    said = [_Said(one.stated.end, one.stated.time, one.line) for one in stated]
    for checkpoint in (one.signed.statement for one in true):
        said += [_Said(end, instant(checkpoint.time), 0) for end in checkpoint.ledgers]
    known: defaultdict[str, _Ledger] = defaultdict(_Ledger)
    for one in sorted(said, key=lambda one: one.time):
        text = known[one.end.service].add(one)
        if text and one.line:
            yield Finding(Wrong.LEDGER_SHORT, one.line, text)


class _Ledger:
    """What was said of one ledger so far. recent: within AT_ONCE. longest: of what was said before that."""

    def __init__(self) -> None:
        self._hashes: dict[int, LedgerEnd] = {}
        self._recent: deque[_Said] = deque()
        self._longest: LedgerEnd | None = None

    def add(self, one: _Said) -> str:
        """Add a later statement; what is wrong with it, empty if nothing is."""
        while self._recent and one.time - self._recent[0].time > AT_ONCE:
            end = self._recent.popleft().end
            if self._longest is None or end.number > self._longest.number:
                self._longest = end
        self._recent.append(one)
        shorter = _contradiction(self._longest, one.end) if self._longest is not None else ""
        return shorter or _contradiction(self._hashes.setdefault(one.end.number, one.end), one.end)


def _contradiction(before: LedgerEnd, after: LedgerEnd) -> str:
    """What is wrong if a ledger ended at `before` and later at `after`; empty if nothing is."""
    if after.number < before.number:
        return f"the erasure ledger of {after.service} ends at entry {after.number}, and ended at {before.number}"
    if after.number == before.number and after.hash != before.hash:
        return f"the erasure ledger of {after.service} has another entry {after.number} than before"
    return ""
