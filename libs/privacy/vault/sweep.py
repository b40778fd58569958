"""Deletes data keys that no stored document uses: those that were made and never used, and those of removed persons.

No key in use is ever deleted. Before the sweep deletes a key that nobody claimed, it claims the key itself in the data
store; a commit that uses the key creates the same claim, so one of the two fails. A burnt claim stays for BURNT_KEPT,
much longer than any process holds a key that it took. After a run no file of the key store has a deleted key.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from libs.privacy.vault.documents import CLAIMS, ENDS, FORMER, SHEETS, KeyClaim, KeyEnd, KeySheet
from libs.privacy.vault.tokens import KEYS_PER_CLAIM, KeyId, claim_id
from libs.privacy.vault.vault import CLAIMS_PER_SHEET, Vault
from libs.store.port import Loaded, Query, Store, Write, create, get, purge

SWEPT_AFTER = timedelta(days=1)  # longer than a key waits to be taken; see TAKEN_WITHIN
BURNT_KEPT = timedelta(days=30)
SHEETS_PER_RUN = 80
ENDS_PER_RUN = 100


async def sweep_keys(vault: Vault, data: Store, now: datetime) -> int:
    """Sweep up to 80 sheets and end up to 100 keys that are due; how many. Repeatable at any point. VersionConflict if
    a key was claimed meanwhile, or another process sweeps too: the next run looks again. StoreUnavailable."""
    page = await vault.key_store.find(
        Query(kind=SHEETS, order="unswept", below=now - SWEPT_AFTER, limit=SHEETS_PER_RUN)
    )
    for loaded in page.rows:
        await _sweep(vault, data, loaded, now)
    done = len(page.rows) + await _end(vault, data, now)
    if done:
        await purge(vault.key_store)
    return done


async def _sweep(vault: Vault, data: Store, loaded: Loaded[KeySheet], now: datetime) -> None:
    """Burn the claims of a sheet that nobody has made, and delete their keys."""
    sheet = loaded.value.id
    ids = [claim_id(sheet, number) for number in range(CLAIMS_PER_SHEET)]
    claims = await data.get_many(CLAIMS, ids)
    if missing := [one for one in ids if one not in claims]:
        await data.commit(_burning(missing, now))
        claims = await data.get_many(CLAIMS, ids)
    await vault.settle(loaded, _burnt(ids, claims))


def _burning(ids: Sequence[str], now: datetime) -> list[Write]:
    burnt = (create(CLAIMS, KeyClaim(id=one, burnt=now)) for one in ids)
    ends = (create(ENDS, KeyEnd(id=one, claim=one, numbers=(), whole=True, due=now + BURNT_KEPT)) for one in ids)
    return [*burnt, *ends]


def _burnt(ids: Sequence[str], claims: Mapping[str, Loaded[KeyClaim]]) -> list[int]:
    """The numbers of the keys whose claim the sweep has. A claim that has gone ended long ago, with its keys."""
    burnt = [place for place, one in enumerate(ids) if one not in claims or claims[one].value.burnt is not None]
    keys_of = (range(place * KEYS_PER_CLAIM, (place + 1) * KEYS_PER_CLAIM) for place in burnt)
    return [number for numbers in keys_of for number in numbers]


async def _end(vault: Vault, data: Store, now: datetime) -> int:
    """Delete keys that no document has used for a while, and what an erasure finds them by."""
    page = await data.find(Query(kind=ENDS, order="due", below=now, limit=ENDS_PER_RUN))
    for loaded in page.rows:
        end = loaded.value
        sheet, _, number = end.claim.partition(".")
        first = int(number) * KEYS_PER_CLAIM
        numbers = range(first, first + KEYS_PER_CLAIM) if end.whole else end.numbers
        await vault.shred(KeyId(sheet, one) for one in numbers)
        claim = await get(data, CLAIMS, end.claim) if end.whole else None
        await data.commit([loaded.delete(), *([claim.delete()] if claim else [])])
    former = await data.find(Query(kind=FORMER, order="due", below=now, limit=ENDS_PER_RUN))
    if former.rows:
        await data.commit([one.delete() for one in former.rows])
    return len(page.rows) + len(former.rows)
