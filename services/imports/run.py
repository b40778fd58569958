"""One mapping from its files to the cell and into the report."""

import asyncio
from collections.abc import AsyncIterator, Callable
from itertools import islice
from pathlib import Path

from google.protobuf.message import Message
from msgspec.structs import replace

from libs.clock import monotonic
from libs.rpc.client import Client
from services.imports.changes import CHANGES
from services.imports.expected import Expected
from services.imports.mapping import MappingFile
from services.imports.notes import Fate, Note, Outcome
from services.imports.outage import OUTAGE_SECONDS, PatientClient
from services.imports.preparation import Preparation, Prepared
from services.imports.report import Report, Totals
from services.imports.sending import PATIENCE_SECONDS, Sender, refusals
from services.imports.updating import Settle, Updater

Watch = Callable[[Totals], None]

HELD_ROWS = 10_000  # rows of a dry run that wait for what comes later in their file; they are judged at its end
_UNKNOWABLE = "CANNOT_BE_KNOWN"
_LATER = "refers to something that these files would bring and the cell does not have yet; the rest is checked then"
_ALONE = (
    "each row was checked against what the cell has now, and not against other rows of the files: whether two of them"
    " take the same number, or more than an account or an invoice has, is known only when they are imported"
)
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
        self._show: Callable[[Message], None] | None = None

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
        update: change what was imported before and differs, as far as the services allow."""
        self._watch = watch or _nobody
        self._started = monotonic()
        await self._converse(
            client, settle=self._settle, patience_seconds=patience_seconds, outage_seconds=outage_seconds, update=update
        )
        self._end()
        return self.totals

    async def knock(self, client: Client) -> None:
        """Ask whether the cell lets this caller import, without sending a row; CallFailed if it does not."""
        if not self._preparation.target.rows:
            return

        async def nothing() -> AsyncIterator[Message]:
            return
            yield

        async for _ in client.converse(self._preparation.target.path, nothing()):
            pass

    def check(self, show: Callable[[Message], None], *, watch: Watch | None = None, unasked: str = "") -> Totals:
        """Do all but send; `show` is given each message that would be sent, which counts as ACCEPTED. unasked: why the
        cell is not asked what it would make of the messages; empty if nobody wants to know."""
        self._watch = watch or _nobody
        self._started = monotonic()
        if unasked:
            self._say("NOT_ASKED", f"the cell was not asked, so what only it knows was not checked: {unasked}")
        for prepared in self._prepared:
            for one in self._sendable([prepared]):
                assert one.message is not None
                show(one.message)
                self._settle(one, Fate.ACCEPTED, ())
                self._tell()
        self._end()
        return self.totals

    async def validate(
        self,
        client: Client,
        show: Callable[[Message], None],
        *,
        expected: Expected,
        watch: Watch | None = None,
        outage_seconds: float = OUTAGE_SECONDS,
        update: bool = False,
    ) -> Totals:
        """As `check`, and the cell is asked what it would make of each message; it changes nothing. Raises as `send`.
        expected: what this run and those before it would create."""
        if not self._preparation.target.rows:
            return self.check(show, watch=watch, unasked="the RPC of this mapping cannot be called without an effect")
        self._watch = watch or _nobody
        self._started = monotonic()
        self._show = show
        held: list[tuple[Prepared, tuple[Note, ...]]] = []

        def settle(prepared: Prepared, fate: Fate, notes: tuple[Note, ...]) -> None:
            if fate is Fate.NOT_YET and expected.has_reference_of(prepared.message):
                self._settle_expected(prepared, notes, expected)
            elif fate is Fate.NOT_YET and len(held) < HELD_ROWS:
                held.append((prepared, notes))
            else:
                if fate not in _LOST:
                    expected.add(prepared.message)
                self._settle(prepared, fate, notes)

        await self._converse(
            client, settle=settle, patience_seconds=0.0, outage_seconds=outage_seconds, update=update, validate=True
        )
        self._settle_held(held, expected)
        self._say("CHECKED_ALONE", _ALONE)
        self._end()
        return self.totals

    async def _converse(
        self,
        client: Client,
        *,
        settle: Settle,
        patience_seconds: float,
        outage_seconds: float,
        update: bool,
        validate: bool = False,
    ) -> None:
        """Send the messages, then change what was imported before, if `update`."""
        target = self._preparation.target
        patient, changes = PatientClient(client, outage_seconds), CHANGES.get(target.path, ())
        updater = Updater(patient, changes, settle=settle, refusals=refusals, rehearse=validate)
        self._sender = sender = Sender(
            client,
            target,
            fetch=self._fetch,
            settle=settle,
            answered=self._tell,
            patience_seconds=patience_seconds,
            outage_seconds=outage_seconds,
            differs=updater.take if update else None,
            validate_only=validate,
        )
        try:
            await sender.send()
            await updater.apply(self._tell)
        except BaseException:
            self._end()
            raise

    def _settle_held(self, held: list[tuple[Prepared, tuple[Note, ...]]], expected: Expected) -> None:
        """Settle the rows that wait for something: by what the files would bring, or as rows that wait for ever."""
        while ready := [one for one in held if expected.has_reference_of(one[0].message)]:
            held = [one for one in held if not expected.has_reference_of(one[0].message)]
            for prepared, notes in ready:
                self._settle_expected(prepared, notes, expected)
        for prepared, notes in held:
            self._settle(prepared, Fate.NOT_YET, notes)

    def _settle_expected(self, prepared: Prepared, notes: tuple[Note, ...], expected: Expected) -> None:
        expected.add(prepared.message)
        said = (replace(note, outcome=Outcome.NOTICED, reason=_UNKNOWABLE, description=_LATER) for note in notes)
        self._settle(prepared, Fate.ACCEPTED, tuple(said))

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
        sendable = [prepared for prepared in read if prepared.message is not None]
        for prepared in sendable if self._show is not None else ():
            assert self._show is not None
            assert prepared.message is not None
            self._show(prepared.message)
        return sendable

    def _settle(self, prepared: Prepared, fate: Fate, notes: tuple[Note, ...]) -> None:
        self.totals.messages[fate] += 1
        if (outcome := _LOST.get(fate)) is None:
            self.totals.rows_sent += prepared.rows
            assert prepared.message is not None
            self.totals.sums.add(prepared.message)
            for note in notes:
                self._report.add(self.totals, note)
        else:
            said = [one if one.outcome is Outcome.NOTICED else replace(one, outcome=outcome) for one in notes]
            said = said or [_silent(prepared, outcome)]
            said[0] = replace(said[0], rows=prepared.rows)
            for note in said:
                self._report.add(self.totals, note)

    def _say(self, reason: str, description: str) -> None:
        note = Note(outcome=Outcome.NOTICED, file=self.totals.name, line=0, reason=reason, description=description)
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
