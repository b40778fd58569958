"""A service with rows that are purged: files, whose persons are erased, and slips, which are deleted."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from libs.clock import SteppedClock
from libs.erasing import ERASED
from libs.messaging.events import EventCodec
from libs.messaging.outbox import KINDS as OUTBOX_KINDS
from libs.person import Person, PersonalText
from libs.privacy.aliases import ALIASES, alias_writes
from libs.privacy.keys import Keys
from libs.purging import KINDS as PURGE_KINDS
from libs.purging import PurgeRunEnded, purging
from libs.retention import Action, Retention, ScheduleRow, When
from libs.store.port import Document, Kind, Persons, Store, create
from tests.component.replica import Replica, Shelf
from tests.compositions import COMPOSITIONS

SERVICE = "deals"


class File(Document, frozen=True, kw_only=True):
    """A row with persons. over: when its period started; None: it is in use."""

    owner: Person
    others: tuple[Person, ...] = ()
    note: PersonalText | None = None
    remark: str = ""
    country: str = "DE"
    over: datetime | None = None


class Slip(File, frozen=True, kw_only=True):
    """The same, of another kind."""


async def _country(store: Store, file: File) -> str:
    return file.country


def _named(file: File) -> tuple[Person, ...]:
    return (file.owner, *file.others)


def _rules(kind: str, action: Action) -> tuple[Retention[File], ...]:
    row = ScheduleRow(service=SERVICE, kind=kind, rule="over", record="CLAIMS", trigger="its end", action=action)
    return (Retention(row=row, when=When(starts=lambda file: file.over)),)


FILES = Kind("file", File, persons=Persons(of=_named, country=_country, retained=_rules("file", Action.ERASE_PERSONS)))
SLIPS = Kind("slip", Slip, persons=Persons(of=_named, country=_country, retained=_rules("slip", Action.DELETE)))
PERSONAL = (FILES, SLIPS)
KINDS: tuple[Kind[Any], ...] = (*PERSONAL, ALIASES, ERASED, *PURGE_KINDS, *OUTBOX_KINDS)

JOB = purging(SERVICE, PERSONAL)
DAY = timedelta(days=1)


class Purger(Replica[None]):
    """A replica of the service."""

    def __init__(self, store: Store, keys: Keys, clock: SteppedClock | None = None, shelf: Shelf | None = None) -> None:
        super().__init__(
            SERVICE,
            store,
            keys=keys,
            objects=shelf or Shelf(),
            encode=COMPOSITIONS[SERVICE].encode,
            settings=None,
            clock=clock,
        )

    async def keep(self, *rows: File) -> None:
        """Rows and what they are found by, as services write them."""
        for row in rows:
            kind: Kind[Any] = SLIPS if isinstance(row, Slip) else FILES
            found = await alias_writes(self.env.store, self.env.keys, kind, row.id, after=_named(row))
            await self.env.store.commit([create(kind, row), *found])

    async def purge(self) -> int:
        """One step."""
        return await JOB.run(self.env)

    async def purge_all(self) -> PurgeRunEnded:
        """A day later, a whole run; its report. What was put off is taken up at once."""
        await self.purge()
        self.clock.advance(DAY)
        before = len(self.reports())
        while len(self.reports()) == before:
            await self.purge()
        return self.reports()[-1]

    def reports(self) -> Sequence[PurgeRunEnded]:
        """The reports of the runs that have ended."""
        told = [one for one in self.told if one.type.endswith("PurgeRunEnded")]
        return [EventCodec.decode(one, PurgeRunEnded) for one in told]
