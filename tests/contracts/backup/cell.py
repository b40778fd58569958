"""A cell of one service `shop` with a few documents, and what a backup of it needs."""

from pathlib import Path

import pyrage
from msgspec.structs import replace

from libs.backup.artefact import BACKUP, Artefact, Part
from libs.backup.ledger import restore_ledger
from libs.backup.restoring import Backup, Counts, restore
from libs.backup.taking import Outlet, Taken, take
from libs.clock import SystemClock
from libs.config import Settings
from libs.lane_head import LaneState
from libs.messaging.lanes import LANE_COUNT, LANES, LaneCount, LaneRow
from libs.messaging.outbox import KINDS as MESSAGING_KINDS
from libs.privacy.keys import Keys, create_keys, open_keys
from libs.privacy.ledger.documents import Erased
from libs.privacy.ledger.ledger import Ledger
from libs.privacy.vault.documents import KEY_STORE_KINDS, SERVICE_KEYS, ServiceKey
from libs.store.opening import open_key_store_of, open_ledger_of, open_store_of
from libs.store.port import Document, Index, Kind, Store, create
from libs.store.restoring import RESTORING

CELL, SHOP = "de", "shop"
ERASED = "case-0"


class Good(Document, frozen=True, kw_only=True):
    """Something with a number that no other has."""

    number: int
    text: str = ""
    large: int = 2**50


GOODS = Kind("good", Good, (Index(("number",), unique=True),))
DATA_KINDS = (GOODS, *MESSAGING_KINDS, RESTORING)


class Shop:
    """The cell: its settings, keys and recipient. folder: of the keys, backups and SQLite stores."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.folder = folder
        self.settings = settings
        create_keys(folder / "keysets", [SHOP, BACKUP])
        self.keys: Keys = open_keys(folder / "keysets").of(BACKUP)
        self.identity = pyrage.x25519.Identity.generate()
        self.recipient = str(self.identity.to_public())

    async def opened(self, settings: Settings | None = None) -> Store:
        """The data store of the service."""
        store = await open_store_of(SHOP, CELL, settings or self.settings)
        await store.ensure(DATA_KINDS)
        return store

    async def fill(self, goods: int) -> None:
        """Write so many goods, each twice, an open lane and a key."""
        store = await self.opened()
        for number in range(goods):
            good = Good(id=f"gds_de_{number:04}", number=number, text="ä" * number)
            await store.commit([create(GOODS, good)])
            loaded = (await store.get_many(GOODS, [good.id]))[good.id]
            await store.commit([loaded.put(replace(good, text="\n" + good.text))])
        await store.commit([create(LANE_COUNT, LaneCount(id="count", lanes=1)), create(LANES, open_lane("a"))])
        await store.close()
        keys = await open_key_store_of(SHOP, CELL, self.settings)
        await keys.ensure(KEY_STORE_KINDS)
        await keys.commit([create(SERVICE_KEYS, ServiceKey(id="key", wrapped=b"\0\xff", under="1"))])
        await keys.close()
        await self.erase(ERASED)

    async def ledger(self, settings: Settings | None = None) -> Ledger:
        """The ledger of the service, checked."""
        return await Ledger.open(await open_ledger_of(SHOP, CELL, settings or self.settings), self.keys.of(SHOP), SHOP)

    async def erase(self, *cases: str, settings: Settings | None = None) -> None:
        """Append an erasure of a person for each case."""
        ledger = await self.ledger(settings)
        for case in cases:
            await ledger.append([Erased(case_id=case, kind="good", row="gds_de_0000", persons=("psn_de_1",))])
            await ledger.end(case, [f"{case}-hash"])
        await ledger.close()

    async def take(self) -> Taken:
        """A backup, in the folder `backups`."""
        return await take(
            dict.fromkeys(Part, Outlet(self.folder / "backups", self.recipient)),
            (SHOP,),
            self.settings,
            cell=CELL,
            keys=self.keys,
            keys_folder=self.folder / "keysets",
            clock=SystemClock(),
        )

    def open(self, data: Path, keys: Path, ledger: Path | None = None, *, cell: str = CELL) -> Backup:
        """The backup in these folders."""
        identity = str(self.identity)
        key = self.keys.public_key
        return Backup.open(data, keys, ledger, trusted=key, data_identity=identity, keys_identity=identity, cell=cell)

    async def lengthen(self, ledger: Path | None, settings: Settings) -> None:
        """Restore nothing but the ledger."""
        copy = Artefact.open(ledger, Part.LEDGER, self.keys.public_key) if ledger is not None else None
        await restore_ledger(copy, str(self.identity), SHOP, CELL, settings)

    async def restore(self, taken: Taken, settings: Settings, *, ledger: Path | None = None) -> Counts:
        """Restore a backup into the stores of these settings, with another ledger if one is given."""
        kinds = {SHOP: DATA_KINDS}
        folder = self.folder / "restored-keysets"
        backup = self.open(taken.data, taken.keys, ledger or taken.ledger)
        return await restore(backup, kinds, settings, keys_folder=folder, clock=SystemClock())


def open_lane(name: str) -> LaneRow:
    """The row of a lane whose process lives."""
    at = SystemClock().now()
    return LaneRow(
        id=name,
        ordinal=1,
        number=3,
        state=LaneState.OPEN,
        heard_time=at,
        stated_number=3,
        stated_time=at,
        next_time=at,
    )
