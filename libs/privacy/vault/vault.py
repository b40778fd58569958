"""`Vault`: makes, opens and deletes the data keys of one service."""

import asyncio
from binascii import a2b_base64, b2a_base64
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from msgspec.structs import replace
from tink import TinkError, aead

from libs.clock import Clock
from libs.errors import AppError, Code, StoreUnavailable
from libs.ids import Ids
from libs.privacy.kms import KmsRefused, KmsUnavailable
from libs.privacy.vault.documents import KEY_STORE_KINDS, SHEETS, KeySheet
from libs.privacy.vault.opened import OpenedSheets
from libs.privacy.vault.service_key import open_service_key, rewrap
from libs.privacy.vault.sheet import Sheet
from libs.privacy.vault.tokens import KEYS_PER_CLAIM, KEYS_PER_SHEET, KeyId, claim_id
from libs.privacy.wrapping import OpenWrapping
from libs.store.port import IDS_PER_READ, Loaded, Put, Store, VersionConflict, Write, create, get

SHEETS_PER_BATCH = 64
CLAIMS_PER_SHEET = KEYS_PER_SHEET // KEYS_PER_CLAIM
REFILL_BELOW = SHEETS_PER_BATCH * CLAIMS_PER_SHEET // 2
TAKEN_WITHIN = timedelta(hours=12)  # by the clock of the sweep, to which a key is left after that
SHREDDING_ATTEMPTS = 10
_LOCKED = "~2:"

log = structlog.get_logger()


class KeyLost(AppError):
    """Stored personal data cannot be decrypted because its key is missing, and no erasure explains that."""

    code, reason = Code.FAILED_PRECONDITION, "KEY_LOST"

    def __init__(self, kind: str, id: str, key: str = "") -> None:
        super().__init__(f"the key of personal data in {kind} {id} is missing", kind=kind, id=id)
        self.kind = kind
        self.id = id
        self.key = key


class Claimable:
    """Four new keys that no document uses yet, durable in the key store. at: when they were made."""

    __slots__ = ("at", "id", "number", "sheet")

    def __init__(self, sheet: Sheet, number: int, at: datetime) -> None:
        self.sheet = sheet
        self.number = number
        self.id = claim_id(sheet.id, number)
        self.at = at

    def keys(self) -> list[KeyId]:
        """The ids of the four keys."""
        first = self.number * KEYS_PER_CLAIM
        return [KeyId(self.sheet.id, number) for number in range(first, first + KEYS_PER_CLAIM)]


class Vault:
    """The data keys of a service; made by `open`. Keys are made in batches and are durable before anybody gets them.
    rewrap: wraps the key of the service anew if the cell's key was rotated; whether it was."""

    def __init__(
        self, key_store: Store, service_key: aead.Aead, ids: Ids, clock: Clock, rewrap: Callable[[], Awaitable[bool]]
    ) -> None:
        self.key_store = key_store
        self.rewrap = rewrap
        self._service_key = service_key
        self.ids = ids
        self._clock = clock
        self._opened = OpenedSheets()
        self._free: deque[Claimable] = deque()
        self._refill: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls, key_store: Store, open_wrapping: OpenWrapping, *, service: str, ids: Ids, clock: Clock
    ) -> "Vault":
        """The vault of a service over its key store, which it closes. ServiceKeyLocked, StoreUnavailable,
        KmsUnavailable, KmsRefused."""
        await key_store.ensure(KEY_STORE_KINDS)
        service_key = await open_service_key(key_store, open_wrapping(), service)

        async def again() -> bool:
            try:
                return await rewrap(key_store, open_wrapping(), service)
            except (KmsUnavailable, KmsRefused) as err:  # the former key still opens; the next run tries again
                log.warning("service_key_not_rewrapped", service=service, cause=err)
                return False

        return cls(key_store, service_key, ids, clock, again)

    async def close(self) -> None:
        """Close the key store. Keys that were made and not used stay there until the sweep."""
        if self._refill is not None:
            self._refill.cancel()
            with suppress(asyncio.CancelledError, StoreUnavailable):
                await self._refill
        self._opened.clear()
        await self.key_store.close()

    def take(self) -> Claimable | None:
        """Keys for a document; None if there are none in stock: then call `stock` and try again. The commit that uses
        them must create their claim."""
        oldest = self._clock.now() - TAKEN_WITHIN
        while self._free:
            found = self._free.popleft()
            if found.at > oldest:
                if len(self._free) < REFILL_BELOW:
                    self._refill_soon()
                return found
        return None

    def give_back(self, unused: Iterable[Claimable]) -> None:
        """Return keys whose commit certainly wrote nothing."""
        self._free.extendleft(unused)

    async def stock(self, claims: int) -> None:
        """Make keys until there are so many claims in stock. StoreUnavailable."""
        while len(self._free) < claims:
            await asyncio.shield(self._refill_soon())

    def look(self) -> Callable[[str], Sheet | None]:
        """What finds an opened sheet by its id, for use at once; None for one that must be read from the key store."""
        return self._opened.current()

    async def sheets(self, ids: Collection[str]) -> dict[str, Sheet]:
        """The sheets with these ids, read from the key store. For one that does not exist a sheet without keys.
        StoreUnavailable."""
        wanted, found = tuple(ids), dict[str, Sheet]()
        for start in range(0, len(wanted), IDS_PER_READ):
            read = await self.key_store.get_many(SHEETS, wanted[start : start + IDS_PER_READ])
            for one, loaded in read.items():
                found[one] = sheet = self._open(loaded.value)
                self._opened.keep(sheet)
        if len(found) < len(wanted):
            found |= {one: Sheet.missing(one) for one in wanted if one not in found}
        return found

    async def sheet(self, id: str) -> Sheet:
        """One sheet, as `sheets` reads it. StoreUnavailable."""
        loaded = (await self.key_store.get_many(SHEETS, (id,))).get(id)
        if loaded is None:
            return Sheet.missing(id)
        found = self._open(loaded.value)
        self._opened.keep(found)
        return found

    def lock(self, text: str, name: str) -> str:
        """A short text encrypted with the key of the service, for what is no person's alone and lives for days. The
        same text if it is encrypted already."""
        if text.startswith(_LOCKED):
            return text
        sealed = self._service_key.encrypt(text.encode(), name.encode())
        return _LOCKED + b2a_base64(sealed, newline=False).decode()

    def unlock(self, text: str, name: str) -> str:
        """The text that `lock` encrypted under this name, or the same text if it was not encrypted. TinkError."""
        if not text.startswith(_LOCKED):
            return text
        return bytes(self._service_key.decrypt(a2b_base64(text[len(_LOCKED) :]), name.encode())).decode()

    async def shred(self, keys: Iterable[KeyId]) -> None:
        """Delete data keys, from the key store and from memory; keys that do not exist are ignored. Other processes
        stop using them when the life of their opened sheets ends. StoreUnavailable."""
        for sheet, group in groupby(sorted(keys), lambda key: key.sheet):
            await self._shred(sheet, [key.number for key in group])

    async def settle(self, loaded: Loaded[KeySheet], unused: Collection[int]) -> None:
        """Delete the keys of a sheet that nobody uses, and mark it as swept. VersionConflict, StoreUnavailable."""
        left = self._open(loaded.value).without(unused)
        swept = loaded.value.id
        self._free = deque(one for one in self._free if one.sheet.id != swept)
        await self.key_store.commit([self._changed(loaded, left, swept=True)])
        self._opened.drop(swept)

    async def _shred(self, id: str, numbers: Collection[int]) -> None:
        for _ in range(SHREDDING_ATTEMPTS):
            loaded = await get(self.key_store, SHEETS, id)
            if loaded is None:
                break
            left = self._open(loaded.value).without(numbers)
            try:
                await self.key_store.commit([self._changed(loaded, left)])
                break
            except VersionConflict:
                continue  # another process deletes other keys of the sheet
        else:
            raise StoreUnavailable(f"{SHREDDING_ATTEMPTS} attempts to delete keys of one sheet met others")
        self._opened.drop(id)

    def _changed(self, loaded: Loaded[KeySheet], left: Sheet, *, swept: bool = False) -> Write:
        if left.empty:
            return loaded.delete()
        unswept = None if swept else loaded.value.unswept
        return loaded.put(replace(loaded.value, wrapped=left.wrap(self._service_key), unswept=unswept))

    def _open(self, stored: KeySheet) -> Sheet:
        try:
            return Sheet.opened(stored.id, stored.wrapped, self._service_key)
        except TinkError:
            log.exception("key_sheet_damaged", id=stored.id)
            raise

    def _refill_soon(self) -> "asyncio.Task[None]":
        if self._refill is None or self._refill.done():
            self._refill = asyncio.create_task(self._make())
            self._refill.add_done_callback(_report)
        return self._refill

    async def _make(self) -> None:
        made = [Sheet.made(self.ids.bare()) for _ in range(SHEETS_PER_BATCH)]
        now = self._clock.now()
        writes: list[Put[KeySheet]] = [
            create(SHEETS, KeySheet(id=one.id, wrapped=one.wrap(self._service_key), unswept=now)) for one in made
        ]
        await self.key_store.commit(writes)
        for sheet in made:
            self._opened.keep(sheet)
            self._free.extend(Claimable(sheet, number, now) for number in range(CLAIMS_PER_SHEET))


def _report(refill: "asyncio.Task[None]") -> None:
    """Log why no keys were made; whoever waits for them gets the error as well."""
    if not refill.cancelled() and (err := refill.exception()) is not None:
        log.warning("keys_not_made", cause=err)
