"""One mapping from its files to the cell and into the report."""

import asyncio
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from google.protobuf.message import Message
from msgspec.structs import replace

from libs.clock import monotonic
from libs.rpc.client import Client
from services.imports.mapping import MappingFile
from services.imports.notes import Fate, Note, Outcome
from services.imports.preparation import Preparation, Prepared
from services.imports.report import Report, Totals
from services.imports.sending import OUTAGE_SECONDS, PATIENCE_SECONDS, Sender, refusals
from services.imports.updating import UPDATABLE, Updater

Watch = Callable[[Totals], None]

_LOST = {Fate.REFUSED: Outcome.REFUSED, Fate.NOT_YET: Outcome.NOT_YET}
_NOTHING_SAID = {
    Outcome.REFUSED: "the service gave no reason",
    Outcome.NOT_YET: "a fact it needs has not arrived in time: its partner, say, or the order it amends",
}


class Run:
    """The import of one mapping; runs once. MappingMistakes if the mapping and the files do not fit."""

    def __init__(self, mapping: MappingFile, folder: Path, report: Report) -> None:
        self.totals = Totals(mapping.name)
        self._preparation = Preparation(mapping, folder)
        self._prepared = iter(self._preparation)
        self._report = report
        self._watch: Watch = _nobody
        self._sender: Sender | None = None
        self._started = 0.0

    @property
    def service(self) -> str:
        """Full name of the service the messages go to."""
        return self._preparation.target.path.partition("/")[0]

    async def send(
        self,
        client: Client,
        *,
        watch: Watch | None = None,
        patience_seconds: float = PATIENCE_SECONDS,
        outage_seconds: float = OUTAGE_SECONDS,
        update: bool = False,
    ) -> Totals:
        """Send everything; CallFailed or BrokenAnswer if that cannot go on. `watch` receives the totals as they grow.
        patience_seconds: how long a row may be NOT_YET; outage_seconds: how long the cell may answer nothing.
        update: set what differs in partners that were imported before."""
        self._watch = watch or _nobody
        self._started = monotonic()
        updater = Updater(client, settle=self._settle, refusals=refusals)
        updates = update and self._preparation.target.path == UPDATABLE
        self._sender = sender = Sender(
            client,
            self._preparation.target,
            fetch=self._fetch,
            settle=self._settle,
            answered=self._tell,
            patience_seconds=patience_seconds,
            outage_seconds=outage_seconds,
            differs=updater.take if updates else None,
        )
        try:
            await sender.send()
            await updater.apply()
        finally:
            self._end()
        return self.totals

    def check(self, show: Callable[[Message], None], *, watch: Watch | None = None) -> Totals:
        """Do all but send; `show` is given each message that would be sent, which counts as ACCEPTED."""
        self._watch = watch or _nobody
        self._started = monotonic()
        for prepared in self._prepared:
            for one in self._sendable([prepared]):
                assert one.message is not None
                show(one.message)
                self._settle(one, Fate.ACCEPTED, ())
                self._tell()
        self._end()
        return self.totals

    async def _fetch(self, wanted: int) -> list[Prepared]:
        """So many messages, fewer at the end. Reading and mapping keeps the processor busy, so it has a thread."""
        found: list[Prepared] = []
        while len(found) < wanted:
            missing = wanted - len(found)
            read = await asyncio.to_thread(list, islice(self._prepared, missing))
            found += self._sendable(read)
            if len(read) < missing:
                break
        return found

    def _sendable(self, read: list[Prepared]) -> list[Prepared]:
        """Those that are to be sent; all there is to say before that goes into the report."""
        for prepared in read:
            for note in prepared.notes:
                self._report.add(self.totals, note)
            if prepared.message is None and any(note.outcome is Outcome.REFUSED for note in prepared.notes):
                self.totals.messages[Fate.REFUSED] += 1
        self._count()
        return [prepared for prepared in read if prepared.message is not None]

    def _settle(self, prepared: Prepared, fate: Fate, notes: tuple[Note, ...]) -> None:
        self.totals.messages[fate] += 1
        if (outcome := _LOST.get(fate)) is None:
            self.totals.rows_sent += prepared.rows
            assert prepared.message is not None
            self.totals.sums.add(prepared.message)
            for note in notes:
                self._report.add(self.totals, note)
        else:
            said = [replace(note, outcome=outcome) for note in notes] or [_silent(prepared, outcome)]
            said[0] = replace(said[0], rows=prepared.rows)
            for note in said:
                self._report.add(self.totals, note)

    def _end(self) -> None:
        self._count()
        self._report.close(self.totals)

    def _tell(self) -> None:
        self._count()
        self._watch(self.totals)

    def _count(self) -> None:
        self.totals.rows_read = self._preparation.rows_read
        self.totals.rows_elsewhere = self._preparation.rows_elsewhere
        self.totals.seconds = monotonic() - self._started
        self.totals.waiting = self._sender.waiting if self._sender else 0


def _nobody(totals: Totals) -> None:
    """Who watches when nobody does."""


def _silent(prepared: Prepared, outcome: Outcome) -> Note:
    file, line = prepared.origin
    return Note(
        outcome=outcome,
        file=file,
        line=line,
        external_id=prepared.external_id,
        reason=outcome.value,
        description=_NOTHING_SAID[outcome],
    )
